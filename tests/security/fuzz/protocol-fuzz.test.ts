import { describe, expect, it } from "vitest";
import { fuzz, fuzzTargets } from "./protocol-fuzz.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 20261129);
const inputs = 3000;
const maxGrowthBytes = 128 * 1024 * 1024;
const allWeights = fuzzTargets.reduce((sum, { weight }) => sum + weight, 0);

describe("messages that a stranger spoiled", () => {
  it.each(fuzzTargets)(
    "do no harm to the $name, and each is answered",
    async (target) => {
      console.log(`protocol fuzz seed=${seed}`);
      const outcome = await fuzz(target, Math.round((inputs * target.weight) / allWeights), seed);
      console.log(`${target.name}: ${outcome.inputs} inputs, ${JSON.stringify(outcome.answers)}`);
      expect(outcome.defects).toEqual([]);
      expect(outcome.grownBytes).toBeLessThan(maxGrowthBytes);
      expect(Object.keys(outcome.answers)).not.toEqual([]);
    },
    120_000,
  );
});
