import type { Address } from "@livepeer-ts/kernel";

/** Someone who might do the work. */
export type DirectoryEntry = {
  /** Base URL with scheme, host and port, without a trailing slash. */
  readonly uri: string;
  /** On-chain identity, when the source knows it. */
  readonly address: Address | undefined;
  /** Active stake in LPT wei, when the source knows it. */
  readonly stakeWei: bigint | undefined;
  /** 1 = trusted (configured by hand), 0 = untrusted (found on chain). */
  readonly score: number;
};

/** Where the gateway learns who is there: a configured list, a webhook, the chain. */
export interface OrchestratorDirectory {
  list(signal: AbortSignal): Promise<readonly DirectoryEntry[]>;
}
