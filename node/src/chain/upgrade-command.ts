import { type Hex, LpError } from "@livepeer-ts/kernel";
import {
  type BondingManagerVariant,
  bondingManagerVariants,
  type ProxiedContract,
  proxiedContracts,
  upgradeContract,
} from "@livepeer-ts/protocol/deploy";
import type { FlagValues } from "../flags/go-flags.ts";
import type { ChainCall } from "./chain-command.ts";
import { type ChainResult, columns } from "./chain-result.ts";
import { controllerOf, openChain } from "./open-chain.ts";
import { signingKey } from "./signing-key.ts";

/** `livepeer chain upgrade`: this build's code behind the proxy of a contract, its state kept. */
export async function upgradeCommand({ flags, say }: ChainCall): Promise<ChainResult> {
  const contract = oneOf("contract", flags, proxiedContracts);
  const variant = variantOf(flags, contract);
  const commit = flags.get("git-commit").replace(/^0x/, "");
  if (commit !== "" && !/^[0-9a-f]{40}$/.test(commit)) {
    throw new LpError({ code: "bad_flag", message: `--git-commit ${commit} is none: give 40 hexadecimal digits` });
  }
  const { session } = await openChain(flags);
  const controller = await controllerOf(flags, session);
  const upgraded = await upgradeContract({
    session,
    controller,
    key: await signingKey(flags, session),
    contract,
    ...(variant === undefined ? {} : { variant }),
    ...(commit === "" ? {} : { gitCommitHash: `0x${commit}` as Hex }),
    onStep: say,
  });
  const { proxy, previousTarget, target, transactions, gasUsed, valuesRead, changes } = upgraded;
  return {
    data: { contract, variant, controller, ...upgraded },
    lines: [
      transactions === 0
        ? `${contract} runs this code already (${target})`
        : `${contract} at ${proxy} runs ${target} instead of ${previousTarget}; transactions: ${transactions}, gas: ${gasUsed}`,
      changes.length === 0
        ? `${valuesRead} values read through the proxy before and after: all the same`
        : `${changes.length} of ${valuesRead} values read through the proxy differ; look whether others used the contract meanwhile:`,
      ...columns(changes.map(({ name, before, after }) => [name, before, after])),
    ],
  };
}

function variantOf(flags: FlagValues, contract: ProxiedContract): BondingManagerVariant | undefined {
  if (contract === "BondingManager") return oneOf("variant", flags, bondingManagerVariants);
  if (flags.get("variant") === "") return undefined;
  throw new LpError({ code: "bad_flag", message: `${contract} has no variants: leave --variant out` });
}

function oneOf<T extends string>(flag: string, flags: FlagValues, choices: readonly T[]): T {
  const value = flags.get(flag) as T;
  if (choices.includes(value)) return value;
  throw new LpError({
    code: "bad_flag",
    message: `${value === "" ? `--${flag} is missing` : `--${flag} ${value} is not known`}: give one of ${choices.join(", ")}`,
  });
}
