import { rational } from "@livepeer-ts/kernel";
import { expect, test } from "vitest";
import { differencesOf, Within } from "./within.ts";

const share = new Within(rational(29n, 3n), rational(1n), rational(1n, 1000n));

test("a rounded value may lie within its bounds and no wei further", () => {
  const isFine = (value: unknown) =>
    differencesOf(new Map([["share", share]]), new Map([["share", value]])).length === 0;
  expect([7n, 8n, 9n, 10n, 11n, "9", undefined].map(isFine)).toEqual([false, false, true, false, false, false, false]);
  const whole = new Within(rational(9n), rational(1n), rational(0n));
  expect([7n, 8n, 9n, 10n].map((value) => whole.holds(value))).toEqual([false, true, true, false]);
});

test("what is not rounded has to be equal, also inside a list, and nothing may be missing on either side", () => {
  const expected = new Map<string, unknown>([
    ["delegator", [5n, "A1", share]],
    ["round", 4n],
    ["only here", 1n],
  ]);
  expect(
    differencesOf(
      expected,
      new Map<string, unknown>([
        ["delegator", [5n, "A1", 9n]],
        ["round", 4n],
        ["only here", 1n],
      ]),
    ),
  ).toEqual([]);
  const got = new Map<string, unknown>([
    ["delegator", [5n, "A2", 9n]],
    ["round", 5n],
    ["only there", 1n],
  ]);
  expect(differencesOf(expected, got)).toEqual([
    "delegator: the model says [5, A1, 9.666667 (-1.000000, +0.001000)], the chain [5, A2, 9]",
    "round: the model says 4, the chain 5",
    "only here: the model says 1, the chain undefined",
    "only there: the model says undefined, the chain 1",
  ]);
});
