import { expect, test } from "vitest";
import { referencePages, stalePages } from "../../scripts/generate-reference.ts";

test("the generated reference pages agree with the code", () => {
  expect(referencePages().length).toBeGreaterThan(0);
  expect(stalePages(), "run: node scripts/bootstrap.mjs scripts/generate-reference.ts").toEqual([]);
});
