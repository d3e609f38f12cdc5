import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairQueue } from "./fair-queue.ts";

/** Takes everything, in the order in which it is given out. */
function drained(queue: FairQueue<string>): string[] {
  const order: string[] = [];
  while (
    queue.take((item) => {
      order.push(item);
      return true;
    })
  );
  return order;
}

describe("a fair queue", () => {
  it("says the turn that an item really gets, whoever came and left before", () => {
    const action = fc.record({
      client: fc.constantFrom("a", "b", "c", "d"),
      act: fc.constantFrom("push", "push", "take"),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const queue = new FairQueue<string>();
        const clients = new Map<string, string>();
        for (const [index, { client, act }] of actions.entries()) {
          if (act === "take") {
            queue.take((item) => clients.delete(item));
            continue;
          }
          clients.set(String(index), client);
          queue.push(client, String(index));
        }
        const told = new Map([...clients].map(([item, client]) => [item, queue.positionOf(client, item)]));
        expect(drained(queue).map((item) => told.get(item))).toEqual(Array.from(clients, (_, index) => index + 1));
      }),
    );
  });

  it("knows no turn of what is not there", () => {
    const queue = new FairQueue<string>();
    queue.push("a", "first");
    expect([queue.positionOf("a", "other"), queue.positionOf("b", "first")]).toEqual([undefined, undefined]);
    queue.remove("a", "first");
    expect(queue.positionOf("a", "first")).toBeUndefined();
  });
});
