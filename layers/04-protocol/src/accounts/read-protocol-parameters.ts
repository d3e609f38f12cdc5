import type { AddressBook } from "../contracts/address-book.ts";
import { protocolReads } from "../contracts/protocol-reads.ts";
import type { ChainReader } from "../ports/chain-reader.ts";

/** What the protocol runs by. Shares in the units of the contracts. */
export type ProtocolParameters = {
  readonly poolMaxSize: bigint;
  readonly roundLength: bigint;
  readonly roundLockAmount: bigint;
  /** Rounds. */
  readonly unbondingPeriod: bigint;
  readonly inflation: bigint;
  readonly inflationChange: bigint;
  readonly targetBondingRate: bigint;
  readonly totalBondedWei: bigint;
  /** LPT of this chain. */
  readonly totalSupplyWei: bigint;
  /** LPT of L1 and L2 together. */
  readonly globalSupplyWei: bigint;
  readonly isPaused: boolean;
};

/** Reads the parameters. Rejects when the chain cannot be read. */
export async function readProtocolParameters(
  deps: { readonly reader: ChainReader; readonly book: AddressBook },
  signal: AbortSignal,
): Promise<ProtocolParameters> {
  const reads = protocolReads(deps.book);
  const [
    poolMaxSize,
    roundLength,
    roundLockAmount,
    unbondingPeriod,
    inflation,
    inflationChange,
    targetBondingRate,
    totalBondedWei,
    totalSupplyWei,
    globalSupplyWei,
    isPaused,
  ] = await deps.reader.readAll(
    [
      reads.poolMaxSize(),
      reads.roundLength(),
      reads.roundLockAmount(),
      reads.unbondingPeriod(),
      reads.inflation(),
      reads.inflationChange(),
      reads.targetBondingRate(),
      reads.totalBonded(),
      reads.tokenSupply(),
      reads.globalTotalSupply(),
      reads.isPaused(),
    ],
    signal,
  );
  return {
    poolMaxSize,
    roundLength,
    roundLockAmount,
    unbondingPeriod,
    inflation,
    inflationChange,
    targetBondingRate,
    totalBondedWei,
    totalSupplyWei,
    globalSupplyWei,
    isPaused,
  };
}
