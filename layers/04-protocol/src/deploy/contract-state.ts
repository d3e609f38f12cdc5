import { type Address, LpError } from "@livepeer-ts/kernel";
import type { Abi } from "viem";
import type { ChainSession } from "./chain-session.ts";

/** What a contract answers without being asked for anything in particular, by function name, as text. */
export type ContractState = ReadonlyMap<string, string>;

export type StateChange = { readonly name: string; readonly before: string; readonly after: string };

/** These follow the block, not what was stored. */
const clocks = new Set(["blockNum", "currentRound", "currentRoundStartBlock", "currentRoundLocked", "clock"]);

/** Reads every view without arguments. One that reverts is a state too: its reason. */
export async function readState(session: ChainSession, contract: Address, abi: Abi): Promise<ContractState> {
  const state = new Map<string, string>();
  for (const item of abi) {
    if (item.type !== "function" || item.inputs.length > 0 || clocks.has(item.name)) continue;
    if (item.stateMutability !== "view" && item.stateMutability !== "pure") continue;
    try {
      state.set(item.name, String(await session.read(abi, contract, item.name, [])));
    } catch (error) {
      if (!(error instanceof LpError) || error.retryable) throw error;
      state.set(item.name, error.message);
    }
  }
  return state;
}

/** Values of the first state that are others in the second. */
export function changedState(before: ContractState, after: ContractState): StateChange[] {
  return [...before]
    .map(([name, value]) => ({ name, before: value, after: after.get(name) ?? "no answer" }))
    .filter((change) => change.before !== change.after);
}
