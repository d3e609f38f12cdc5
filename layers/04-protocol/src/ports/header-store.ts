import type { Hash32 } from "@livepeer-ts/kernel";
import type { ChainLog } from "../watch/chain-log.ts";

/** A block as the watcher remembers it (go-livepeer's table `blockheaders`). */
export type StoredHeader = {
  readonly number: bigint;
  readonly hash: Hash32;
  readonly parentHash: Hash32;
  /** L1 block number; the block's own number on chains without one. */
  readonly l1BlockNumber: bigint;
  /** Watched logs of the block, needed to take them back in a reorganization. */
  readonly logs: readonly ChainLog[];
};

/** The watcher's place in the chain. Writing resolves only when durable. */
export interface HeaderStore {
  /** All remembered headers, by number. */
  load(): Promise<readonly StoredHeader[]>;
  /** Replaces all remembered headers at once. */
  save(headers: readonly StoredHeader[]): Promise<void>;
}
