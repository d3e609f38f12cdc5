// Measures which lines, branches and functions of contracts/ the Solidity tests reach, prints a table and writes
// contracts/coverage.json. Takes a minute or two; the compiler runs without its optimizer. The random campaign is
// left out, so that what counts as reached is reached in every run.
//
//   npm run contracts:coverage
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const workFolder = join(root, "contracts/cache/coverage");
const summaryFile = join(root, "contracts/coverage.json");

/** Contracts that hold or move money: all but this share of their branches must be reached. */
const money = [
  /^arbitrum\/(L1|L2)\//,
  /^arbitrum\/ControlledGateway/,
  /^bonding\//,
  /^extensions\/BondingManager/,
  /^governance\//,
  /^pm\//,
  /^rounds\/RoundsManager/,
  /^token\//,
  /^treasury\//,
];
const leastBranchShare = 0.95;

function fail(sentence) {
  process.stderr.write(`contracts:coverage: ${sentence}\n`);
  process.exit(1);
}

function measure() {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const forge = join(root, `node_modules/@foundry-rs/forge-${process.platform}-${arch}/bin/forge`);
  if (!existsSync(forge)) fail(`forge is not installed for this platform (${forge}): run npm install`);
  mkdirSync(workFolder, { recursive: true });
  const report = join(workFolder, "lcov.info");
  const run = spawnSync(
    forge,
    [
      ...["coverage", "--no-match-contract", "InvariantsTest", "--exclude-tests", "--color", "never"],
      ...["--report", "lcov", "--report-file", report],
      ...["--out", join(workFolder, "out"), "--cache-path", join(workFolder, "forge")],
    ],
    {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      // The shim's first line finds Node on the PATH: make it this one.
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}` },
    },
  );
  if (run.error !== undefined) fail(`forge did not start: ${run.error.message}`);
  if (run.status !== 0) {
    const failed = run.stdout.split("\n").filter((line) => line.startsWith("[FAIL"));
    fail(`forge coverage failed:\n${(failed.length > 0 ? failed : [run.stdout, run.stderr]).join("\n")}`);
  }
  return readFileSync(report, "utf8");
}

/** Counts and unreached lines of one file's part of an lcov report. */
function readRecord(text) {
  const values = (key) => [...text.matchAll(new RegExp(`^${key}:(.*)$`, "gm"))].map((match) => match[1]);
  const pair = (found, hit) => ({ reached: Number(values(hit)[0] ?? 0), of: Number(values(found)[0] ?? 0) });
  const missed = (key, at) =>
    values(key)
      .map((value) => value.split(","))
      .filter((parts) => ["0", "-"].includes(parts[at]))
      .map((parts) => Number(parts[0]));
  return {
    source: values("SF")[0].replaceAll("\\", "/"),
    lines: pair("LF", "LH"),
    branches: pair("BRF", "BRH"),
    functions: pair("FNF", "FNH"),
    unreachedLines: missed("DA", 1).join(", "),
    unreachedBranchesAtLines: [...new Set(missed("BRDA", 3))].join(", "),
  };
}

const share = ({ reached, of }) => (of === 0 ? 1 : reached / of);
const cell = (counts) => `${(100 * share(counts)).toFixed(1)} % (${counts.reached}/${counts.of})`;

function table(contracts) {
  const rows = contracts.map(([name, found]) => [name, cell(found.lines), cell(found.branches), cell(found.functions)]);
  const all = [["contract", "lines", "branches", "functions"], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) => row.map((text, column) => text.padEnd(widths[column])).join("  ")).join("\n");
}

const contracts = measure()
  .split("end_of_record")
  .filter((text) => text.includes("SF:contracts/"))
  .map(readRecord)
  .map(({ source, ...found }) => [source.replace(/^contracts\//, "").replace(/\.sol$/, ""), found])
  .sort(([a], [b]) => (a < b ? -1 : 1));
if (contracts.length < 30) fail(`the report has ${contracts.length} contracts only`);

process.stdout.write(`${table(contracts)}\n`);
writeFileSync(summaryFile, `${JSON.stringify(Object.fromEntries(contracts), null, 2)}\n`);

const tooFew = contracts.filter(
  ([name, { branches }]) => money.some((pattern) => pattern.test(name)) && share(branches) < leastBranchShare,
);
if (tooFew.length > 0) {
  const lines = tooFew.map(([name, f]) => `  ${name}: ${cell(f.branches)}, not at ${f.unreachedBranchesAtLines}`);
  fail(`fewer than ${100 * leastBranchShare} % of the branches are reached in\n${lines.join("\n")}`);
}
