import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { liveSecret, startLiveWorld } from "../support/live-world.ts";

const root = join(import.meta.dirname, "..", "..");
const environment = join(root, ".tools", "python-client");
const isThere = existsSync(join(environment, "ready"));
if (!isThere) process.stderr.write("SKIPPED: the Python client of live runners is not installed (npm test does it)\n");

describe.skipIf(!isThere)("the published Python SDK, unmodified", () => {
  it("registers a runner, finds and reserves it, calls it, reads its channels, and lets it go", async () => {
    const world = await startLiveWorld();
    try {
      const script = join(root, "tests", "clients", "python", "live_runner_client.py");
      const args = [script, world.orchestratorUrl, liveSecret];
      const { stdout } = await promisify(execFile)(join(environment, "bin", "python"), args, { timeout: 50_000 });
      expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
        events: ["reserved", "released"],
        apps: ["demo/python"],
        echo: "hi",
        numbers: [0, 1, 2],
        where: "/where/x?y=z",
        active: true,
        stream: ["data: 0", "data: 1", "data: 2"],
        left: [],
      });
    } finally {
      await world.stop();
    }
  });
});
