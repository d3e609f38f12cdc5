import { freePaymentSender } from "@livepeer-ts/economics";
import type { PaymentSender, SegmentRecord } from "@livepeer-ts/execution";
import { LpError } from "@livepeer-ts/kernel";
import { expect, it } from "vitest";
import { offChainWorld, sourceBytes } from "./off-chain-world.ts";

const affordable = 2;

/** Pays for two segments; then the deposit is empty. */
function emptyingSender(): PaymentSender {
  let paid = 0;
  return {
    ...freePaymentSender,
    session: (offer) => ({
      ...freePaymentSender.session(offer),
      async pay(units) {
        if (paid++ >= affordable) throw new LpError({ code: "sender_no_deposit", message: "no sender deposit" });
        return freePaymentSender.session(offer).pay(units);
      },
    }),
  };
}

it("closes the stream with a reason, and blames no orchestrator, when the gateway's deposit is used up", async () => {
  const seed = 3;
  console.log(`SIM seed=${seed}`);
  const { sim, gateway, events } = offChainWorld(seed, 2, { payments: emptyingSender() });
  let stream: Awaited<ReturnType<typeof gateway.ingest.publish>> | undefined;
  sim.schedule(0, "publish", () => {
    const request = { protocol: "rtmp", url: "rtmp://g1.test/live/sim", clientAddress: "10.0.0.9" } as const;
    void gateway.ingest.publish(request).then((opened) => {
      stream = opened;
    });
  });
  for (let seqNo = 0; seqNo <= affordable; seqNo++) {
    sim.schedule(1000 + seqNo * 2000, `source ${seqNo}`, () => {
      const segment = { seqNo, bytes: sourceBytes(seqNo), durationMs: 2000, container: "mpegts" } as const;
      void stream?.segment(segment, { width: 1280, height: 720 });
    });
  }
  await sim.run(20_000);
  expect(sim.failures).toEqual([]);
  const reason =
    "this gateway cannot pay for the stream (no sender deposit): its operator must fund deposit and reserve";
  expect(stream?.closed.reason).toMatchObject({ message: reason });
  const last = events.of<SegmentRecord>("segment.done").at(-1);
  expect(last?.attempts.map(({ error }) => error?.code)).toEqual(["sender_no_deposit"]);
  expect(events.of<{ reason: string }>("stream.ended").map((ended) => ended.reason)).toEqual([reason]);
  expect(gateway.registry.streams).toEqual([]);
});
