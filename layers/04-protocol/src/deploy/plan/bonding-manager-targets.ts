import type { Abi } from "viem";
import { bondingManagerAbi, bondingManagerRewardCallerAbi } from "../../abi/index.ts";
import {
  bondingManagerActiveRedeemersCode,
  bondingManagerCode,
  bondingManagerRewardCallerCode,
} from "../bytecode/index.ts";
import type { ContractCode } from "../contract-code.ts";

/**
 * What stands behind the BondingManager proxy: the public source, the live network's code (only active transcoders are
 * credited with fees), or that with reward callers (LIP-118). All three keep the same storage.
 */
export type BondingManagerVariant = "base" | "active-redeemers" | "reward-caller";

/** Code and ABI of each variant, the simplest first. */
export const bondingManagerTargets: Readonly<
  Record<BondingManagerVariant, { readonly code: ContractCode; readonly abi: Abi }>
> = {
  base: { code: bondingManagerCode, abi: bondingManagerAbi },
  "active-redeemers": { code: bondingManagerActiveRedeemersCode, abi: bondingManagerAbi },
  "reward-caller": { code: bondingManagerRewardCallerCode, abi: bondingManagerRewardCallerAbi },
};

/** Names of the variants. */
export const bondingManagerVariants = Object.keys(bondingManagerTargets) as readonly BondingManagerVariant[];
