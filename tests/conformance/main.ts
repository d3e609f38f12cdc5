import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type CaseResult, projectVectors, runVectors } from "./run-vectors.ts";

const { values } = parseArgs({
  options: { vectors: { type: "string" }, suite: { type: "string" }, json: { type: "boolean", default: false } },
});
const folder = resolve(values.vectors ?? projectVectors);
if (!existsSync(folder)) {
  process.stderr.write(`there is no folder ${folder}: give one with --vectors\n`);
  process.exit(2);
}

const results = await runVectors(folder, values.suite);
const count = (status: CaseResult["status"]) => results.filter((result) => result.status === status).length;
const [passed, failed, skipped] = [count("passed"), count("failed"), count("skipped")];

// with --json: one line of JSON, then the same last line as without
if (values.json) {
  process.stdout.write(`${JSON.stringify({ folder, passed, failed, skipped, cases: results })}\n`);
} else {
  for (const [suite, cases] of Map.groupBy(results, (result) => result.suite)) {
    const of = (status: CaseResult["status"]) => cases.filter((result) => result.status === status).length;
    process.stdout.write(`${suite}: ${of("passed")} passed, ${of("failed")} failed, ${of("skipped")} skipped\n`);
    for (const result of cases.filter((item) => item.status === "failed")) {
      process.stdout.write(`  FAILED ${result.id}${result.note === null ? "" : ` (${result.note})`}\n`);
      process.stdout.write(
        `    expected ${JSON.stringify(result.expected)}\n    got      ${JSON.stringify(result.got)}\n`,
      );
    }
  }
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || passed + skipped === 0 ? 1 : 0;
