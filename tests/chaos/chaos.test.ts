import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { expect, it } from "vitest";
import { runChaos } from "./chaos-run.ts";

const seed = 20261129;

it("streams lose nothing while machines are killed and frozen at random", async () => {
  console.log(`chaos seed=${seed}`);
  const folder = await mkdtemp(join(tmpdir(), "livepeer-chaos-test-"));
  try {
    const { lost, duplicated, gaps, segments } = await runChaos({
      kills: 6,
      remuxStreams: 5,
      realStreams: 1,
      everySeconds: 2,
      longestFreezeMs: 5000,
      random: simRandom(seed, "chaos"),
      folder,
      say: (line) => console.log(line),
    });
    expect({ lost, duplicated, gaps }).toEqual({ lost: 0, duplicated: 0, gaps: 0 });
    expect(segments).toBeGreaterThan(6 * 6); // six streams, and more than the first segments of each
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
