import { type Hash32, LpError, maxUint256, rational, zeroHash } from "@livepeer-ts/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ticketExpectedValue } from "../tickets/ticket.ts";
import { type FaceValueInputs, offeredFaceValue, offeredWinProb, offerTerms } from "./ticket-offer.ts";

const hash = (n: number) => `0x${n.toString(16).padStart(64, "0")}` as Hash32;
const inputs: FaceValueInputs = {
  ticketEvWei: 1000n,
  redeemGas: 350_000n,
  gasPriceWei: 7n,
  txCostMultiplier: 100n,
  maxFloatWei: 10n ** 18n,
  maxFaceValueWei: 0n,
};
const time = { lastSeenL1Block: 650n, lastInitializedRound: 10n, l1BlockHash: hash(1), previousL1BlockHash: hash(2) };

const detailsOf = (change: Partial<FaceValueInputs>) => {
  try {
    offeredFaceValue({ ...inputs, ...change });
  } catch (error) {
    if (error instanceof LpError) return { message: error.message, ...error.details };
  }
  return undefined;
};

describe("an offer", () => {
  it("is good for 40 blocks of the last round, or of the one before where its hash is not known", () => {
    expect(offerTerms(inputs, time, rational(1n))).toMatchObject({
      ...{ expirationBlock: 690n, creationRound: 10n, creationRoundBlockHash: hash(1) },
      faceValueWei: 350_000n * 7n * 100n,
    });
    expect(offerTerms(inputs, { ...time, l1BlockHash: zeroHash }, rational(1n))).toMatchObject({
      ...{ creationRound: 9n, creationRoundBlockHash: hash(2) },
    });
  });

  it("of price 0 needs no reserve and no tickets", () => {
    expect(offerTerms({ ...inputs, maxFloatWei: -5n }, time, rational(0n))).toMatchObject({
      faceValueWei: 0n,
      winProb: 0n,
    });
  });

  it("that cannot be made tells peers one sentence, and the operator both numbers and the flag", () => {
    expect(detailsOf({ maxFloatWei: 999n })).toEqual({
      message: "insufficient sender reserve",
      ...{ faceValueWei: "999", maxFloatWei: "999", wantedWei: "1000", flag: "-ticketEV" },
    });
    const dear = { gasPriceWei: 4_000_000_000n, maxFloatWei: 350_000n * 3_000_000_000n - 1n };
    expect(detailsOf(dear)).toMatchObject({
      message: "insufficient sender reserve",
      ...{ faceValueWei: String(dear.maxFloatWei), wantedWei: String(350_000n * 4_000_000_000n), flag: "-redeemGas" },
    });
    expect(detailsOf({ ...dear, maxFloatWei: dear.maxFloatWei + 1n })).toBeUndefined();
    expect(detailsOf({ gasPriceWei: 4_000_000_000n, maxFaceValueWei: 5000n })).toMatchObject({ flag: "-maxFaceValue" });
  });

  it("is worth at least what was wanted and hardly more, and never above float or maximum", () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 24n });
    fc.assert(
      fc.property(
        amount,
        amount,
        amount,
        fc.bigInt({ min: 0n, max: 10n ** 24n }),
        (ev, gasPriceWei, maxFloatWei, most) => {
          const given = { ...inputs, ticketEvWei: ev, gasPriceWei, maxFloatWei, maxFaceValueWei: most };
          let faceValueWei: bigint;
          try {
            faceValueWei = offeredFaceValue(given);
          } catch (error) {
            return error instanceof LpError && error.code === "insufficient_sender_reserve";
          }
          const winProb = offeredWinProb(faceValueWei, ev);
          const { num, den } = ticketExpectedValue({ faceValueWei, winProb });
          return (
            faceValueWei <= maxFloatWei &&
            (most === 0n || faceValueWei <= most) &&
            winProb <= maxUint256 &&
            num >= ev * den &&
            num <= (ev + 1n) * den
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
