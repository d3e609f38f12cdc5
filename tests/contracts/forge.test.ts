import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forgeBinary, root, run } from "./support/forge.ts";

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

/** In this file because it uses the build that the test above made. */
test("a campaign that is stopped keeps what is done, goes on there, and begins anew when told to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "livepeer-campaign-"));
  const command = ["tests/contracts/campaign/main.ts", "--folder", folder, "--piece", "20", "--workers", "1"];
  try {
    const first = spawn(process.execPath, [...command, "--calls", "100000", "--seed", "5"], { cwd: root });
    const ended = once(first, "close");
    let output = "";
    first.stderr.on("data", (text) => {
      output += text;
    });
    first.stdout.on("data", (text) => {
      const already = output.includes(" min left");
      output += text;
      if (already || !output.includes(" min left")) return;
      first.kill("SIGINT");
      first.kill("SIGINT"); // a terminal and npm may both send it
    });
    const [code] = await ended;
    const kept = Number(/stopped; (\d+) calls are kept/.exec(output)?.[1]);
    expect(output).toMatch(/seed 0x5 {2}20 of 100000 calls {2}\d+ calls\/s {2}[\d.]+ min left/);
    expect({ code, kept }).toEqual({ code: 130, kept: expect.any(Number) });
    expect(kept % 20).toBe(0);

    const goal = kept + 10;
    const second = await run(process.execPath, [...command, "--calls", String(goal)]);
    expect(second.stdout).toContain(`going on: seed 0x5, ${kept} of ${goal} calls done`);
    expect(second.stdout).toContain(`every rule held in ${goal} calls`);
    expect(second.code).toBe(0);

    const other = await run(process.execPath, [...command, "--calls", "1", "--seed", "6"]);
    expect(other.stderr).toContain("a campaign with seed 0x5 is under way");
    expect(other.code).toBe(2);
    const anew = await run(process.execPath, [...command, "--calls", "1", "--seed", "6", "--reset"]);
    expect(anew.stdout).toContain("every rule held in 1 calls (first seed 0x6)");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
