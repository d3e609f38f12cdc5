import { contractCall } from "@livepeer-ts/protocol";
import { controllerAbi } from "@livepeer-ts/protocol/abi";
import { sendAsOwner } from "@livepeer-ts/protocol/deploy";
import { privateKeyToAccount } from "viem/accounts";
import type { ChainCall } from "./chain-command.ts";
import type { ChainResult } from "./chain-result.ts";
import { controllerOf, openChain } from "./open-chain.ts";
import { signingKey } from "./signing-key.ts";

/** `livepeer chain pause` and `unpause`: the protocol's main switch. */
export function pauseCommand(name: "pause" | "unpause"): (call: ChainCall) => Promise<ChainResult> {
  const state = name === "pause" ? "paused" : "running";
  return async ({ flags }) => {
    const { session } = await openChain(flags);
    const controller = await controllerOf(flags, session);
    const isPaused = await session.read(controllerAbi, controller, "paused", []);
    if (isPaused === (name === "pause")) {
      return { data: { controller, isPaused, transactions: 0 }, lines: [`the protocol is ${state} already`] };
    }
    const account = privateKeyToAccount(await signingKey(flags, session));
    const sent = await sendAsOwner(session, controller, account, {
      what: `${name} the protocol`,
      to: controller,
      data: contractCall(controllerAbi, name, []),
    });
    return {
      data: { controller, isPaused: await session.read(controllerAbi, controller, "paused", []), ...sent },
      lines: [`the protocol is ${state}`, `transactions: ${sent.transactions}, gas: ${sent.gasUsed}`],
    };
  };
}
