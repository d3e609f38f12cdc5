import type { Address, Hash32, Hex } from "@livepeer-ts/kernel";

/** One contract read, encoded; `decode` turns the answer into its value. */
export type ContractRead<T> = {
  readonly to: Address;
  readonly data: Hex;
  /** Contract function, for messages. */
  readonly name: string;
  decode(answer: Hex): T;
};

/** The values of a list of reads. */
export type ReadValues<R extends readonly ContractRead<unknown>[]> = {
  -readonly [K in keyof R]: R[K] extends ContractRead<infer T> ? T : never;
};

/** A block header, as far as the roles need it. */
export type ChainHeader = {
  readonly number: bigint;
  readonly hash: Hash32;
  readonly parentHash: Hash32;
  /** L1 block number; the block's own number on chains without one. */
  readonly l1BlockNumber: bigint;
  /** Unix time, s. */
  readonly timestampSec: bigint;
  /** Wei per gas; undefined before EIP-1559. */
  readonly baseFeeWei: bigint | undefined;
};

/** Typed reads of a chain. Every method rejects with `rpc_unavailable` or `rpc_error`. */
export interface ChainReader {
  chainId(signal: AbortSignal): Promise<bigint>;
  header(block: "latest" | bigint | Hash32, signal: AbortSignal): Promise<ChainHeader | undefined>;
  /** Balance in wei. */
  balance(address: Address, signal: AbortSignal): Promise<bigint>;
  /** True when the address holds code. */
  hasCode(address: Address, signal: AbortSignal): Promise<boolean>;
  /** One value, after block `at` (default: the latest). */
  read<T>(read: ContractRead<T>, signal: AbortSignal, at?: bigint): Promise<T>;
  /** All values after block `at` (default: the latest), in one request where Multicall3 is deployed. */
  readAll<const R extends readonly ContractRead<unknown>[]>(
    reads: R,
    signal: AbortSignal,
    at?: bigint,
  ): Promise<ReadValues<R>>;
  /** Estimated cost of gas, wei. */
  gasPrice(signal: AbortSignal): Promise<bigint>;
}
