import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { type GasReport, gasComplaints, gasReportText, measureGas } from "./gas/gas-report.ts";

const file = new URL("../../contracts/gas.json", import.meta.url);

describe("gas", () => {
  let text: string;
  let snapshot: GasReport;
  let measured: GasReport;

  beforeAll(async () => {
    text = await readFile(file, "utf8");
    snapshot = JSON.parse(text) as GasReport;
    measured = await measureGas();
  }, 600_000);

  test("no call is dearer than in contracts/gas.json, nor more than 2 % above the original", () => {
    expect(gasComplaints(measured.calls, snapshot.calls)).toEqual([]);
  });

  test("the file is what the command writes", () => {
    expect(gasReportText(snapshot)).toBe(text);
    expect(snapshot.calls.map(({ call }) => call)).toEqual(measured.calls.map(({ call }) => call));
  });
});

test("a dearer, a missing and an unknown call are told", () => {
  const lines = [
    { call: "a", gas: 101 },
    { call: "b", gas: 103, original: 100 },
    { call: "c", gas: 102, original: 100 },
  ];
  const snapshot = [
    { call: "a", gas: 100 },
    { call: "b", gas: 103 },
    { call: "d", gas: 1 },
  ];
  expect(gasComplaints(lines, snapshot).slice(0, 4)).toEqual([
    "a: 101, dearer than the 100 of contracts/gas.json",
    "b: 103, more than 2 % above the original's 100",
    "c: not in contracts/gas.json; run npm run contracts:gas",
    "d: in contracts/gas.json, not measured",
  ]);
});
