import { startAnvil } from "@livepeer-ts/protocol/adapters";
import { expect, test } from "vitest";
import { operations } from "./differential/operations.ts";
import { newTally, playHistory } from "./differential/play.ts";

// Three histories are the same every time, one is new. STAKING_SEED=n plays history n alone, STAKING_HISTORIES=m that and
// the following ones, STAKING_STEPS sets their length: 100 histories of 500 steps take about half an hour.
const fixed = [1, 2, 3];
const fresh = Date.now() % 1_000_000_000;
const wanted = process.env["STAKING_SEED"];
const count = Number(process.env["STAKING_HISTORIES"] ?? 1);
const seeds = wanted === undefined ? [...fixed, fresh] : Array.from({ length: count }, (_, i) => Number(wanted) + i);
const steps = Number(process.env["STAKING_STEPS"] ?? 250);
/** Far more than is needed: the limit is there for a chain that hangs. */
const msPerStep = 400;

test(
  "our staking contracts do what the model of the rules does, whatever is done with them",
  async () => {
    const tally = newTally();
    for (const seed of seeds) {
      process.stdout.write(`staking history: STAKING_SEED=${seed} STAKING_STEPS=${steps}\n`);
      const anvil = await startAnvil();
      try {
        await playHistory(anvil.rpcUrl, seed, steps, tally);
      } finally {
        await anvil.stop();
      }
    }
    if (wanted !== undefined) return;
    // Histories in which little happens prove little.
    expect(tally.done.size).toBe(Object.keys(operations).length);
    expect(tally.refused.size).toBeGreaterThan(15);
    expect(tally.evictions).toBeGreaterThan(5);
  },
  60_000 + seeds.length * steps * msPerStep,
);
