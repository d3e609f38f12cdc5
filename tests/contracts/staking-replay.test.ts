import { readFile } from "node:fs/promises";
import { startAnvil } from "@livepeer-ts/protocol/adapters";
import { expect, test } from "vitest";
import { replayStakingHistory, type StakingHistory } from "./support/staking-replay.ts";

test("a recorded staking history of the reference contracts gives the same results and states on ours", async () => {
  const file = new URL("../../spec/vectors/contracts-staking-1.json", import.meta.url);
  const history = JSON.parse(await readFile(file, "utf8")) as StakingHistory;
  expect(history.steps.length).toBeGreaterThan(100);
  const anvil = await startAnvil();
  try {
    expect(await replayStakingHistory(history, anvil.rpcUrl)).toEqual([]);
  } finally {
    await anvil.stop();
  }
}, 60_000);
