// `npm run contracts:gas`: measures what the protocol's calls cost and writes contracts/gas.json.
// `--check` writes nothing and fails where a call got dearer or is dearer than the original's.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type GasReport, gasComplaints, gasReportText, measureGas } from "./gas-report.ts";

const file = new URL("../../../contracts/gas.json", import.meta.url);
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });

const report = await measureGas();
for (const { call, gas, original, ratio } of report.calls) {
  const beside = original === undefined ? "" : `  original ${String(original).padStart(9)}  ratio ${ratio?.toFixed(3)}`;
  console.log(`${String(gas).padStart(9)}${beside.padEnd(38)}  ${call}`);
}
const snapshot = values.check ? (JSON.parse(await readFile(file, "utf8")) as GasReport) : report;
const complaints = gasComplaints(report.calls, snapshot.calls);
for (const complaint of complaints) console.error(complaint);
if (!values.check) await writeFile(file, gasReportText(report));
process.exitCode = complaints.length === 0 ? 0 : 1;
