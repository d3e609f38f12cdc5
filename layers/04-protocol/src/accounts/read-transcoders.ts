import { type Address, toAddress } from "@livepeer-ts/kernel";
import type { AddressBook } from "../contracts/address-book.ts";
import { protocolReads } from "../contracts/protocol-reads.ts";
import type { ChainReader } from "../ports/chain-reader.ts";

/** An orchestrator as the chain has it. Shares are of 1,000,000. */
export type TranscoderState = {
  readonly address: Address;
  /** Empty when it never registered one. */
  readonly serviceUri: string;
  readonly lastRewardRound: bigint;
  readonly rewardCut: bigint;
  readonly feeShare: bigint;
  /** Bonded LPT wei, its own and delegated. */
  readonly stakeWei: bigint;
  readonly activationRound: bigint;
  /** 2^256 − 1 while nothing ends its activity. */
  readonly deactivationRound: bigint;
  readonly lastActiveStakeUpdateRound: bigint;
  readonly isActive: boolean;
  readonly isRegistered: boolean;
};

/** Reads orchestrators, the whole list after one block. */
export async function readTranscoders(
  addresses: readonly Address[],
  deps: { readonly reader: ChainReader; readonly book: AddressBook },
  signal: AbortSignal,
): Promise<readonly TranscoderState[]> {
  const reads = protocolReads(deps.book);
  const head = await deps.reader.header("latest", signal);
  const all = <T>(read: (address: Address) => Parameters<typeof deps.reader.read<T>>[0]) =>
    deps.reader.readAll(addresses.map(read), signal, head?.number);
  const details = await all(reads.transcoder);
  const stakes = await all(reads.transcoderTotalStake);
  const active = await all(reads.isActiveTranscoder);
  const status = await all(reads.transcoderStatus);
  const uris = await all(reads.serviceUri);
  return addresses.map((address, i) => {
    const [lastRewardRound, rewardCut, feeShare, lastActiveStakeUpdateRound, activationRound, deactivationRound] =
      details[i] as (typeof details)[number];
    return {
      address: toAddress(address),
      serviceUri: uris[i] as string,
      lastRewardRound,
      rewardCut,
      feeShare,
      stakeWei: stakes[i] as bigint,
      activationRound,
      deactivationRound,
      lastActiveStakeUpdateRound,
      isActive: active[i] as boolean,
      isRegistered: status[i] === 1,
    };
  });
}
