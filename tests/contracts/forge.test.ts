import { expect, test } from "vitest";
import { forgeBinary, run } from "./support/forge.ts";

/** The report as JUnit writes it: the one in JSON carries every call of every test. */
test("the Solidity tests and invariants pass", async () => {
  const { code, stdout, stderr } = await run(forgeBinary(), ["test", "--junit"]);
  const totals = /<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)"/.exec(stdout);
  if (totals === null) throw new Error(`forge gave no report:\n${stdout}${stderr}`);
  const [, tests, ...wrong] = totals.map(Number);

  expect([...stdout.matchAll(/\[FAIL[^\n<]*/g)].map(([line]) => line)).toEqual([]);
  expect(wrong).toEqual([0, 0]);
  expect(code).toBe(0);
  expect(tests).toBeGreaterThanOrEqual(230);
}, 600_000);
