import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../../node/src/main.ts", import.meta.url));

/** Runs the demo as a person would; resolves with its exit code and last line. */
function demo(args: readonly string[]): Promise<{ code: number | null; lastLine: string; log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, "demo", "--json", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let log = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, lastLine: output.trim().split("\n").at(-1) ?? "", log }));
  });
}

describe("npm run demo", () => {
  it("streams, pays, redeems and loses nothing while the busiest orchestrator is killed", async () => {
    const { code, lastLine, log } = await demo(["--seconds", "40", "--kill"]);
    const figures = JSON.parse(lastLine);
    expect(figures.failures, log).toEqual([]);
    expect(code).toBe(0);
    expect(figures.killed).toMatch(/^0x/);
    expect(figures.lostSegments).toBe(0);
    expect(figures.renditions.map((rendition: { name: string }) => rendition.name).sort()).toEqual([
      "240p",
      "360p",
      "source",
    ]);
    expect(figures.wei.paid).toBe(figures.wei.credited);
    expect(figures.tickets.redeemed).toBeGreaterThanOrEqual(1);
    expect(figures.processesLeft).toBe(0);
  }, 180_000);
});
