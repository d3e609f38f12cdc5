// `npm test`: static checks, then every suite. Ends with `N passed, N failed`. With CI=true a skipped test is a failure.
// Arguments are passed to Vitest, for example a path.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "livepeer-test-"));
const report = join(scratch, "report.json");
const counts = { passed: 0, failed: 0, skipped: 0 };

if (args.length === 0) {
  const check = spawnSync(process.execPath, [join(root, "scripts", "check.mjs")], { cwd: root, stdio: "inherit" });
  counts[check.status === 0 ? "passed" : "failed"]++;
}
const vitest = spawnSync(
  process.execPath,
  [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...args,
  ],
  { cwd: root, stdio: "inherit" },
);
try {
  const result = JSON.parse(readFileSync(report, "utf8"));
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests;
  counts.skipped = result.numPendingTests + (result.numTodoTests ?? 0);
  for (const suite of result.testResults)
    if (suite.status === "failed" && suite.assertionResults.length === 0) counts.failed++;
} catch (error) {
  console.error(`no test report: ${error.message}`);
  counts.failed++;
}
if (vitest.status !== 0 && counts.failed === 0) counts.failed++;
if (counts.skipped > 0) {
  console.error(`${counts.skipped} skipped: a real part is missing, see above`);
  if (process.env.CI === "true") counts.failed += counts.skipped;
}
rmSync(scratch, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
