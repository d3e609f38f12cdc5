import { expect, test } from "vitest";
import { forgeBinary, run } from "./support/forge.ts";

type ForgeReport = Readonly<
  Record<
    string,
    { readonly test_results: Readonly<Record<string, { readonly status: string; readonly reason: string | null }>> }
  >
>;

test("the Solidity tests and invariants pass", async () => {
  const { code, stdout, stderr } = await run(forgeBinary(), ["test", "--json"]);
  const start = stdout.indexOf("{");
  if (start < 0) throw new Error(`forge gave no report:\n${stdout}${stderr}`);
  const report = JSON.parse(stdout.slice(start)) as ForgeReport;

  const failures: string[] = [];
  let passed = 0;
  for (const [suite, { test_results }] of Object.entries(report)) {
    for (const [name, { status, reason }] of Object.entries(test_results)) {
      if (status === "Success") passed++;
      else failures.push(`${suite} ${name}: ${status} ${reason ?? ""}`);
    }
  }
  expect(failures).toEqual([]);
  expect(code).toBe(0);
  expect(passed).toBeGreaterThanOrEqual(90);
}, 180_000);
