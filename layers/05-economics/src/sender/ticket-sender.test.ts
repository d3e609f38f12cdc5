import {
  compareRational,
  type Hash32,
  LpError,
  paddedBigEndian,
  rational,
  toAddress,
  weiPerEther,
} from "@livepeer-ts/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeySigner } from "../signer/key-signer.ts";
import { ticketExpectedValue } from "../tickets/ticket.ts";
import { TicketSender } from "./ticket-sender.ts";

const hash = `0x${"01".repeat(32)}` as Hash32;
const signer = createKeySigner(paddedBigEndian(5n, 32));
const current = () => ({
  lastInitializedRound: 6n,
  l1BlockHash: hash,
  previousL1BlockHash: hash,
  startL1Block: 60n,
  roundLength: 60n,
  poolSize: 1n,
  lastSeenL1Block: 100n,
});
const funds = {
  depositWei: weiPerEther,
  withdrawRound: 0n,
  reserveWei: weiPerEther,
  reserveClaimedWei: 0n,
  claimedByMeWei: 0n,
};

describe("a sender", () => {
  it("pays no offer beyond its limits, whatever an orchestrator writes into it", () => {
    const [maxTicketEvWei, maxTotalEvWei, depositMultiplier] = [rational(5000n), rational(20_000n), 4n];
    const sender = new TicketSender(
      { maxTicketEvWei, maxTotalEvWei, depositMultiplier },
      { signer, rounds: { current }, funds: () => funds },
    );
    const number = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.bigInt({ min: 0n, max: 10_000n }));
    const block = fc.bigInt({ min: 0n, max: 300n });
    let accepted = 0;
    fc.assert(
      fc.property(
        number,
        number,
        block,
        fc.integer({ min: 1, max: 100 }),
        (faceValueWei, winProb, expirationBlock, count) => {
          const params = {
            ...{ recipient: toAddress(`0x${"bb".repeat(20)}`), faceValueWei, winProb, expirationBlock },
            ...{ recipientRandHash: hash, seed: 1n, expirationParams: undefined },
          };
          try {
            sender.checkParams(params, count);
          } catch (error) {
            return error instanceof LpError;
          }
          accepted++;
          const ev = ticketExpectedValue(params);
          if (expirationBlock <= 101n) return false;
          if (ev.num === 0n) return true;
          return (
            compareRational(ev, maxTicketEvWei) <= 0 &&
            compareRational({ num: ev.num * BigInt(count), den: ev.den }, maxTotalEvWei) <= 0 &&
            faceValueWei <= weiPerEther / depositMultiplier
          );
        },
      ),
      { numRuns: 2000, seed: 4 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it("forgets offers that ended, the oldest when none did, and knows no more than so many", () => {
    const sender = new TicketSender({ maxSessions: 2 }, { signer, rounds: { current }, funds: () => funds });
    const start = (n: number, expirationBlock: bigint) =>
      sender.startSession({
        ...{ recipient: toAddress(`0x${"bb".repeat(20)}`), faceValueWei: 10n, winProb: 1n, expirationBlock },
        ...{ recipientRandHash: `0x${String(n).padStart(64, "0")}` as Hash32, seed: 1n, expirationParams: undefined },
      });
    const [old, good] = [start(1, 90n), start(2, 140n)];
    const third = start(3, 140n);
    expect(() => sender.expectedValue(old)).toThrow(`error loading session: ${old}`);
    sender.expectedValue(good);
    start(4, 140n);
    expect(() => sender.expectedValue(good)).toThrow("error loading session");
    sender.expectedValue(third);
  });
});
