import { create } from "@bufbuild/protobuf";
import {
  type PriceInfo,
  PriceInfoSchema,
  type TicketExpirationParams,
  TicketExpirationParamsSchema,
  type TicketParams,
  TicketParamsSchema,
} from "@livepeer-ts/execution";
import {
  type Address,
  addressFromBytes,
  addressToBytes,
  bigEndianToBigInt,
  type Hash32,
  hashFromBytes,
  hashToBytes,
  LpError,
  minimalBigEndian,
  type Rational,
  rational,
} from "@livepeer-ts/kernel";

/** What a recipient offers for tickets. */
export type OfferedTicketParams = {
  readonly recipient: Address;
  readonly faceValueWei: bigint;
  /** Numerator over 2^256 − 1. */
  readonly winProb: bigint;
  readonly recipientRandHash: Hash32;
  readonly seed: bigint;
  /** L1 block at which the offer ends. */
  readonly expirationBlock: bigint;
  /** Undefined when the recipient left it out. */
  readonly expirationParams: { readonly creationRound: bigint; readonly creationRoundBlockHash: Hash32 } | undefined;
};

/** The offer in a message. Numbers are bytes without leading zeros. */
export function ticketParamsToWire(params: OfferedTicketParams): TicketParams {
  return create(TicketParamsSchema, {
    recipient: addressToBytes(params.recipient),
    faceValue: minimalBigEndian(params.faceValueWei),
    winProb: minimalBigEndian(params.winProb),
    recipientRandHash: hashToBytes(params.recipientRandHash),
    seed: minimalBigEndian(params.seed),
    expirationBlock: minimalBigEndian(params.expirationBlock),
    ...(params.expirationParams === undefined
      ? {}
      : { expirationParams: expirationParamsToWire(params.expirationParams) }),
  });
}

/** Creation round and hash in a message. */
export function expirationParamsToWire(params: {
  readonly creationRound: bigint;
  readonly creationRoundBlockHash: Hash32;
}): TicketExpirationParams {
  return create(TicketExpirationParamsSchema, {
    creationRound: params.creationRound,
    creationRoundBlockHash: hashToBytes(params.creationRoundBlockHash),
  });
}

/** Reads an offer from a message; leading zeros of numbers are tolerated. */
export function ticketParamsFromWire(params: TicketParams): OfferedTicketParams {
  const expiration = params.expirationParams;
  return {
    recipient: addressFromBytes(params.recipient),
    faceValueWei: bigEndianToBigInt(params.faceValue),
    winProb: bigEndianToBigInt(params.winProb),
    recipientRandHash: hashFromBytes(params.recipientRandHash),
    seed: bigEndianToBigInt(params.seed),
    expirationBlock: bigEndianToBigInt(params.expirationBlock),
    expirationParams:
      expiration === undefined
        ? undefined
        : {
            creationRound: expiration.creationRound,
            creationRoundBlockHash: hashFromBytes(expiration.creationRoundBlockHash),
          },
  };
}

/** The price as an exact fraction. Throws `price_invalid` with the protocol's texts (`expected price is nil`, `pixels per unit is 0`). */
export function priceFromWire(price: PriceInfo | undefined): Rational {
  if (price === undefined) throw new LpError({ code: "price_invalid", message: "expected price is nil" });
  if (price.pixelsPerUnit === 0n) throw new LpError({ code: "price_invalid", message: "pixels per unit is 0" });
  return rational(price.pricePerUnit, price.pixelsPerUnit);
}

/** A price in a message; numerator and denominator must fit int64. */
export function priceToWire(price: Rational, capability = 0, constraint = ""): PriceInfo {
  return create(PriceInfoSchema, { pricePerUnit: price.num, pixelsPerUnit: price.den, capability, constraint });
}
