import { LpError } from "@livepeer-ts/kernel";
import { contractCall } from "@livepeer-ts/protocol";
import { roundsManagerAbi } from "@livepeer-ts/protocol/abi";
import { privateKeyToAccount } from "viem/accounts";
import type { ChainCall } from "./chain-command.ts";
import type { ChainResult } from "./chain-result.ts";
import { controllerOf, openChain, requireContract } from "./open-chain.ts";
import { readRound, roundLine } from "./read-round.ts";
import { signingKey } from "./signing-key.ts";

/** `livepeer chain round show` and `round initialize`. */
export async function roundCommand({ flags, words }: ChainCall): Promise<ChainResult> {
  const action = words[0] ?? "show";
  if (action !== "show" && action !== "initialize") {
    throw new LpError({ code: "bad_flag", message: `"round ${action}" is not understood: write show or initialize` });
  }
  const { session } = await openChain(flags);
  const controller = await controllerOf(flags, session);
  const rounds = await requireContract(session, controller, "RoundsManager");
  const read = async () => {
    const round = await readRound(session, rounds);
    if (round !== undefined) return round;
    throw new LpError({
      code: "contract_missing",
      message: `the RoundsManager ${rounds} has no round length yet, its deployment did not come to an end: run livepeer chain deploy again with the same key`,
    });
  };
  const before = await read();
  if (action === "show") return { data: before, lines: [roundLine(before)] };
  if (before.isInitialized) {
    const early =
      before.currentRound === 0n
        ? [`Round 0 counts as initialized; the first that can be begins at block ${before.roundLength}.`]
        : [];
    return {
      data: { ...before, transactions: 0 },
      lines: [`round ${before.currentRound} is initialized already`, ...early],
    };
  }
  const account = privateKeyToAccount(await signingKey(flags, session));
  const data = contractCall(roundsManagerAbi, "initializeRound", []);
  const { gasUsed } = await session.send(account, { what: "initialize the round", to: rounds, data });
  const after = await read();
  return {
    data: { ...after, transactions: 1, gasUsed },
    lines: [`initialized: round ${roundLine(after)}`, `gas: ${gasUsed}`],
  };
}
