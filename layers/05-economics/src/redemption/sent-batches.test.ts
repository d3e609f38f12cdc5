import { type Hash32, toAddress } from "@livepeer-ts/kernel";
import type { TxIntent, TxSubmitter } from "@livepeer-ts/protocol";
import { describe, expect, it } from "vitest";
import { recipientRandHashOf, ticketHash } from "../tickets/ticket.ts";
import { batchId, batchRedeemCallData, ticketsInBatch } from "./redeem-calls.ts";
import { SentBatches } from "./sent-batches.ts";

const address = (byte: string) => toAddress(`0x${byte.repeat(20)}`);

function winner(senderNonce: number) {
  const ticket = {
    sender: address("aa"),
    recipient: address("bb"),
    faceValueWei: 5n,
    winProb: 1n,
    senderNonce,
    recipientRand: 7n,
    recipientRandHash: recipientRandHashOf(7n),
    signature: new Uint8Array(65),
    creationRound: 3n,
    creationRoundBlockHash: `0x${"01".repeat(32)}` as Hash32,
  };
  return { ...ticket, ticketHash: ticketHash(ticket) };
}

const [one, two, three] = [winner(1), winner(2), winner(3)] as const;

function intent(at: number, winners: readonly ReturnType<typeof winner>[], change: Partial<TxIntent>): TxIntent {
  return { id: batchId(winners, at), data: batchRedeemCallData(winners), ...change } as TxIntent;
}

/** A submitter that sent these, newest first. */
function sent(...intents: TxIntent[]): TxSubmitter {
  return {
    find: async (id: string) => intents.find((it) => it.id === id),
    findLatest: async () => intents,
  } as unknown as TxSubmitter;
}

const mined = (success: boolean) =>
  ({ state: "final", mined: { success } }) as unknown as Pick<TxIntent, "state" | "mined">;

describe("batches of earlier runs", () => {
  it("are read back from their call data", () => {
    const { data } = intent(1, [one, two], {});
    expect(ticketsInBatch(data)).toEqual([one.ticketHash, two.ticketHash]);
    expect(ticketsInBatch("0x12345678")).toEqual([]);
  });

  it("answer for their tickets: the latest that had, or may have, an effect", async () => {
    const first = intent(1, [one, two], mined(true));
    const second = intent(2, [two, three], { state: "sending" });
    const reverted = intent(3, [one, three], mined(false));
    const abandoned = intent(4, [one, two, three], { state: "abandoned" });
    const batches = new SentBatches(sent(abandoned, reverted, second, first));
    await batches.recover();
    expect(await batches.of(one.ticketHash)).toBe(first);
    expect(await batches.of(two.ticketHash)).toBe(second);
    expect(await batches.of(three.ticketHash)).toBe(second);
    batches.forget(two.ticketHash);
    expect(await batches.of(two.ticketHash)).toBeUndefined();
  });

  it("have names of their own, also for the same tickets", () => {
    expect(batchId([one, two], 1)).not.toBe(batchId([one, two], 2));
  });

  it("do not hold a ticket whose batch was never sent", async () => {
    const batches = new SentBatches(sent());
    batches.add("redeem-batch:1", [one]);
    expect(await batches.of(one.ticketHash)).toBeUndefined();
  });
});
