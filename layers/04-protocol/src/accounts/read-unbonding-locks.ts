import type { Address } from "@livepeer-ts/kernel";
import type { AddressBook } from "../contracts/address-book.ts";
import { protocolReads } from "../contracts/protocol-reads.ts";
import type { ChainReader } from "../ports/chain-reader.ts";

/** LPT on its way out of staking. */
export type UnbondingLock = {
  readonly id: bigint;
  readonly delegator: Address;
  readonly amountWei: bigint;
  /** From this round on it can be withdrawn. */
  readonly withdrawRound: bigint;
};

/** Newest locks of an account that are looked at. */
const maxLocks = 1000n;

/** The locks of an account that are neither withdrawn nor rebonded, oldest first. */
export async function readUnbondingLocks(
  delegator: Address,
  deps: { readonly reader: ChainReader; readonly book: AddressBook },
  signal: AbortSignal,
): Promise<readonly UnbondingLock[]> {
  const reads = protocolReads(deps.book);
  const [, , , , , , next] = await deps.reader.read(reads.delegator(delegator), signal);
  const first = next > maxLocks ? next - maxLocks : 0n;
  const ids = Array.from({ length: Number(next - first) }, (_, i) => first + BigInt(i));
  const locks = await deps.reader.readAll(
    ids.map((id) => reads.unbondingLock(delegator, id)),
    signal,
  );
  return ids
    .map((id, i) => {
      const [amountWei, withdrawRound] = locks[i] as (typeof locks)[number];
      return { id, delegator, amountWei, withdrawRound };
    })
    .filter(({ withdrawRound }) => withdrawRound > 0n);
}
