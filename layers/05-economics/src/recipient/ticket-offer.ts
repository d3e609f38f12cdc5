import { type Hash32, maxUint256, type Rational, rational, zeroRational } from "@livepeer-ts/kernel";
import { type KnownRounds, newestHashedRound } from "../tickets/hashed-round.ts";
import { offerErrors } from "../wire/ticket-errors.ts";

/** Gas that the reference counts for one redemption. */
export const redeemGasOf = { arbitrum: 1_200_000n, other: 350_000n } as const;

/** Gas of one redemption for a network name (`arbitrum-one-mainnet` …). */
export function redeemGasForNetwork(network: string): bigint {
  return network.startsWith("arbitrum-one") ? redeemGasOf.arbitrum : redeemGasOf.other;
}

/** Blocks for which an offer is good. */
export const offerValidityBlocks = 40n;

/** What the face value of an offer depends on, in wei. */
export type FaceValueInputs = {
  /** Wanted expected value of a ticket (`-ticketEV`). */
  readonly ticketEvWei: bigint;
  readonly redeemGas: bigint;
  readonly gasPriceWei: bigint;
  /** Face value in units of a redemption's cost. */
  readonly txCostMultiplier: bigint;
  readonly maxFloatWei: bigint;
  /** 0 = no limit (`-maxFaceValue`). */
  readonly maxFaceValueWei: bigint;
};

const economicGasPriceWei = 3_000_000_000n;
const evMultiplier = 100n;

/** Face value that the sender is good for and that is worth redeeming. Throws `insufficient sender reserve`. */
export function offeredFaceValue(inputs: FaceValueInputs): bigint {
  const { ticketEvWei, redeemGas, maxFaceValueWei } = inputs;
  const txCostWei = redeemGas * inputs.gasPriceWei;
  let faceValueWei = txCostWei * inputs.txCostMultiplier;
  if (faceValueWei < ticketEvWei) faceValueWei = ticketEvWei * evMultiplier;
  if (faceValueWei > inputs.maxFloatWei) faceValueWei = inputs.maxFloatWei;
  if (maxFaceValueWei > 0n && faceValueWei > maxFaceValueWei) faceValueWei = maxFaceValueWei;
  const numbers = { faceValueWei: String(faceValueWei), maxFloatWei: String(inputs.maxFloatWei) };
  if (faceValueWei < ticketEvWei)
    throw offerErrors.insufficientReserve({ ...numbers, wantedWei: String(ticketEvWei), flag: "-ticketEV" });
  if (faceValueWei < txCostWei && faceValueWei < redeemGas * economicGasPriceWei)
    throw offerErrors.insufficientReserve({
      ...numbers,
      wantedWei: String(txCostWei),
      redeemGas: String(redeemGas),
      gasPriceWei: String(inputs.gasPriceWei),
      flag: maxFaceValueWei > 0n && faceValueWei === maxFaceValueWei ? "-maxFaceValue" : "-redeemGas",
    });
  return faceValueWei;
}

/** Win probability (numerator over 2^256 − 1) that gives the face value at least the wanted expected value. */
export function offeredWinProb(faceValueWei: bigint, ticketEvWei: bigint): bigint {
  if (faceValueWei === 0n) return 0n;
  if (faceValueWei === ticketEvWei) return maxUint256;
  const quotient = maxUint256 / faceValueWei;
  const remainder = maxUint256 % faceValueWei;
  // the reference looks at the low 64 bits of the remainder only
  const winProb = ticketEvWei * (BigInt.asUintN(64, remainder) === 0n ? quotient : quotient + 1n);
  return winProb > maxUint256 ? maxUint256 : winProb;
}

/** Face value ÷ cost of a redemption; 0 when redemptions cost nothing. Throws `insufficient sender reserve`. */
export function txCostMultiplierOf(inputs: FaceValueInputs): Rational {
  const txCostWei = inputs.redeemGas * inputs.gasPriceWei;
  const faceValueWei = offeredFaceValue(inputs);
  return txCostWei <= 0n ? zeroRational : rational(faceValueWei, txCostWei);
}

/** Where the chain is, for an offer. */
export type OfferTime = KnownRounds & { readonly lastSeenL1Block: bigint };

/** The part of an offer that does not depend on the random number. */
export type OfferTerms = {
  readonly faceValueWei: bigint;
  readonly winProb: bigint;
  readonly expirationBlock: bigint;
  readonly creationRound: bigint;
  readonly creationRoundBlockHash: Hash32;
};

/** The terms for a price; price 0 needs no tickets. Throws `insufficient sender reserve`. */
export function offerTerms(inputs: FaceValueInputs, time: OfferTime, price: Rational): OfferTerms {
  const faceValueWei = price.num === 0n ? 0n : offeredFaceValue(inputs);
  return {
    faceValueWei,
    winProb: offeredWinProb(faceValueWei, inputs.ticketEvWei),
    expirationBlock: time.lastSeenL1Block + offerValidityBlocks,
    ...newestHashedRound(time),
  };
}
