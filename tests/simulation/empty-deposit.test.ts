import { freePaymentSender } from "@livepeer-ts/economics";
import type { PaymentSender, SegmentRecord } from "@livepeer-ts/execution";
import { LpError } from "@livepeer-ts/kernel";
import { expect, it } from "vitest";
import { offChainWorld } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

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
  const published = publishStream({ sim, gateway }, { count: affordable + 1 });
  await sim.run(20_000);
  expect(sim.failures).toEqual([]);
  const reason =
    "this gateway cannot pay for the stream (no sender deposit): its operator must fund deposit and reserve";
  expect(published.opened()?.closed.reason).toMatchObject({ message: reason });
  const last = events.of<SegmentRecord>("segment.done").at(-1);
  expect(last?.attempts.map(({ error }) => error?.code)).toEqual(["sender_no_deposit"]);
  expect(events.of<{ reason: string }>("stream.ended").map((ended) => ended.reason)).toEqual([reason]);
  expect(gateway.registry.streams).toEqual([]);
});
