import { type Address, toAddress } from "@livepeer-ts/kernel";
import type { AddressBook } from "../contracts/address-book.ts";
import { protocolReads } from "../contracts/protocol-reads.ts";
import type { ChainReader } from "../ports/chain-reader.ts";

const statusNames = ["Pending", "Bonded", "Unbonded"] as const;

/** An account that stakes. Amounts in wei. */
export type DelegatorState = {
  readonly address: Address;
  readonly bondedWei: bigint;
  /** Fees as of the last claim. */
  readonly feesWei: bigint;
  readonly delegate: Address;
  /** Staked with it by others. */
  readonly delegatedWei: bigint;
  readonly startRound: bigint;
  readonly lastClaimRound: bigint;
  readonly nextUnbondingLockId: bigint;
  /** With everything earned since the last claim. */
  readonly pendingStakeWei: bigint;
  readonly pendingFeesWei: bigint;
  readonly status: (typeof statusNames)[number];
};

/** Reads one account. Rejects when the chain cannot be read. */
export async function readDelegator(
  address: Address,
  deps: { readonly reader: ChainReader; readonly book: AddressBook },
  signal: AbortSignal,
): Promise<DelegatorState> {
  const reads = protocolReads(deps.book);
  const [detail, pendingStakeWei, pendingFeesWei, status] = await deps.reader.readAll(
    [reads.delegator(address), reads.pendingStake(address), reads.pendingFees(address), reads.delegatorStatus(address)],
    signal,
  );
  const [bondedWei, feesWei, delegate, delegatedWei, startRound, lastClaimRound, nextUnbondingLockId] = detail;
  return {
    address,
    bondedWei,
    feesWei,
    delegate: toAddress(delegate),
    delegatedWei,
    startRound,
    lastClaimRound,
    nextUnbondingLockId,
    pendingStakeWei,
    pendingFeesWei,
    status: statusNames[status] ?? "Unbonded",
  };
}
