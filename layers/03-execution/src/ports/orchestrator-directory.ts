import type { Address } from "@livepeer-ts/kernel";

/** Someone who might do the work. */
export type DirectoryEntry = {
  /** Base URL with scheme, host and port, without a trailing slash. */
  readonly uri: string;
  /** On-chain identity, when the source knows it. */
  readonly address: Address | undefined;
  /** Active stake in LPT wei, when the source knows it. */
  readonly stakeWei: bigint | undefined;
  /** 1 and above = trusted (configured by hand), 0 = untrusted (found on chain); anything else is not used. */
  readonly score: number;
};

/** Where the gateway learns who is there: a configured list, a webhook, the chain. */
export interface OrchestratorDirectory {
  list(signal: AbortSignal): Promise<readonly DirectoryEntry[]>;
}

export type Trust = "trusted" | "untrusted";

/** What a score stands for; undefined: neither, as in the protocol's gateways. */
export function trustOf({ score }: Pick<DirectoryEntry, "score">): Trust | undefined {
  if (score >= 1) return "trusted";
  return score === 0 ? "untrusted" : undefined;
}
