import { expect, test } from "vitest";
import { BodyBudget } from "./body-budget.ts";

test("one peer cannot take what all peers have, and gets its share back", () => {
  const budget = new BodyBudget({ totalBytes: 10_000, perPeerBytes: 6000 });
  const first = budget.lease("a");
  const second = budget.lease("a");
  const other = budget.lease("b");
  first.take(4000);
  expect(() => second.take(4000)).toThrow("try again when earlier requests are answered");
  expect([first.isExceeded, second.isExceeded]).toEqual([false, true]);
  other.take(4000);
  first.end();
  first.end();
  budget.lease("a").take(5000);
  expect(() => budget.lease("c").take(4000)).toThrow();
  other.end();
  budget.lease("c").take(4000);
});

test("bytes in small pieces cost what they occupy", () => {
  const budget = new BodyBudget({ totalBytes: 10_000 });
  const lease = budget.lease("a");
  let taken = 0;
  expect(() => {
    for (; taken < 10_000; taken++) lease.take(1);
  }).toThrow();
  expect(taken).toBeLessThan(100);
  lease.end();
  expect(budget.heldBytes).toBe(0);
});
