import { startAnvil } from "@livepeer-ts/protocol/adapters";
import { normalResult, readStakingHistory, type StakingStep } from "../staking-history/history.ts";
import { accountsOf, StakingReplay, type StakingState } from "../staking-history/replay.ts";
import type { CaseOutcome, HistorySuite } from "../suite.ts";

/** Plays the history on our contracts, on a chain of its own; a step that differs shows only what differs. */
export const historySuite: HistorySuite = async function* (recorded) {
  const history = readStakingHistory(recorded);
  const anvil = await startAnvil({ accounts: accountsOf(history) });
  try {
    const replay = await StakingReplay.prepare(history, anvil.rpcUrl);
    for (const [index, step] of history.steps.entries()) {
      const result = await replay.run(step, index);
      const state = await replay.state(Object.keys(step.after.accounts));
      const id = `${String(index).padStart(4, "0")}-${step.op}-${step.who}`;
      yield { id, ...differences(step, result, state) };
    }
  } finally {
    await anvil.stop();
  }
};

function differences(step: StakingStep, result: string, state: StakingState): CaseOutcome {
  const expected: Record<string, unknown> = { result: normalResult(step.result) };
  const got: Record<string, unknown> = { result };
  const note = (field: string, wanted: unknown, found: unknown) => {
    if (JSON.stringify(wanted) === JSON.stringify(found)) return;
    expected[field] = wanted;
    got[field] = found;
  };
  for (const [field, wanted] of Object.entries(step.after)) {
    if (field !== "accounts") note(field, wanted, state.system[field]);
  }
  for (const [name, fields] of Object.entries(step.after.accounts)) {
    for (const [field, wanted] of Object.entries(fields))
      note(`${name}.${field}`, wanted, state.accounts[name]?.[field]);
  }
  return { expected, got };
}
