import type { DirectoryEntry, OrchestratorDirectory } from "@livepeer-ts/execution";
import { type Address, errorText, type Logger, toAddress, zeroAddress } from "@livepeer-ts/kernel";
import type { AddressBook } from "../contracts/address-book.ts";
import { protocolReads } from "../contracts/protocol-reads.ts";
import type { ChainReader } from "../ports/chain-reader.ts";
import type { RoundClock } from "../ports/round-clock.ts";
import type { BlockStep, BlockWatcher } from "./block-watcher.ts";
import { decodeProtocolEvent } from "./watched-events.ts";

/** One orchestrator as the chain has it. */
export type PoolMember = {
  readonly address: Address;
  /** Empty when it never registered one. */
  readonly serviceUri: string;
  /** Bonded LPT wei (its own and delegated). */
  readonly stakeWei: bigint;
  readonly activationRound: bigint;
  readonly deactivationRound: bigint;
  readonly lastRewardRound: bigint;
  /** Share of rewards it keeps; of 1,000,000. */
  readonly rewardCutPerc: bigint;
  /** Share of fees it gives to delegators; of 1,000,000. */
  readonly feeSharePerc: bigint;
};

export type OrchestratorPoolOptions = {
  /** Pool members read at most. Default 1000. */
  readonly maxMembers?: number;
};

export type OrchestratorPoolDeps = {
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly blocks: BlockWatcher;
  readonly rounds: RoundClock;
  readonly logger: Logger;
};

/** The on-chain pool of orchestrators with stakes and addresses, kept by events; the gateway's directory on chain. */
export class OrchestratorPool implements OrchestratorDirectory {
  readonly #maxMembers: number;
  readonly #deps: OrchestratorPoolDeps;
  #members: readonly PoolMember[] = [];
  #stale = true;
  #signal: AbortSignal | undefined;

  constructor(options: OrchestratorPoolOptions, deps: OrchestratorPoolDeps) {
    this.#maxMembers = options.maxMembers ?? 1000;
    this.#deps = deps;
  }

  /** Reads the pool and follows the block watcher. Rejects when the chain cannot be read. */
  async start(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await this.refresh(signal);
    this.#deps.blocks.onBlock((step) => this.#onBlock(step));
  }

  /** All members, by stake, the ones of the next round included. */
  members(): readonly PoolMember[] {
    return this.#members;
  }

  /** Members that are active in the current round and have a service address. */
  async list(): Promise<readonly DirectoryEntry[]> {
    const round = this.#deps.rounds.current().lastInitializedRound;
    return this.#members
      .filter((member) => isActiveIn(member, round) && /^https?:\/\//.test(member.serviceUri))
      .map((member) => ({
        uri: member.serviceUri.replace(/\/+$/, ""),
        address: member.address,
        stakeWei: member.stakeWei,
        score: 0,
      }));
  }

  /** Reads the whole pool again. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { reader, book } = this.#deps;
    const reads = protocolReads(book);
    const addresses: Address[] = [];
    let next = toAddress(await reader.read(reads.firstInPool(), signal));
    while (next !== zeroAddress && addresses.length < this.#maxMembers && !addresses.includes(next)) {
      addresses.push(next);
      next = toAddress(await reader.read(reads.nextInPool(next), signal));
    }
    const round = this.#deps.rounds.current().lastInitializedRound;
    // members pushed out of the list stay active until their round ends
    const leaving = this.#members.filter(
      (member) => !addresses.includes(member.address) && member.deactivationRound > round,
    );
    const all = [...addresses, ...leaving.map((member) => member.address)];
    const details = await reader.readAll(
      all.map((address) => reads.transcoder(address)),
      signal,
    );
    const stakes = await reader.readAll(
      all.map((address) => reads.transcoderTotalStake(address)),
      signal,
    );
    const uris = await reader.readAll(
      all.map((address) => reads.serviceUri(address)),
      signal,
    );
    const members = all.map((address, i) => {
      const detail = details[i] as (typeof details)[number];
      const [lastRewardRound, rewardCutPerc, feeSharePerc, , activationRound, deactivationRound] = detail;
      return {
        address,
        serviceUri: (uris[i] as string).trim(),
        stakeWei: stakes[i] as bigint,
        activationRound,
        deactivationRound,
        lastRewardRound,
        rewardCutPerc,
        feeSharePerc,
      };
    });
    this.#members = members
      .filter((member) => member.deactivationRound > round)
      .sort((a, b) => (a.stakeWei === b.stakeWei ? 0 : a.stakeWei > b.stakeWei ? -1 : 1));
    this.#stale = false;
  }

  async #onBlock(step: BlockStep): Promise<void> {
    for (const log of [...step.removed, ...step.added]) {
      const name = decodeProtocolEvent(log, this.#deps.book)?.name;
      if (
        name === "NewRound" ||
        name === "TranscoderActivated" ||
        name === "TranscoderDeactivated" ||
        name === "ServiceURIUpdate"
      ) {
        this.#stale = true;
      }
    }
    if (!this.#stale) return;
    try {
      await this.refresh(this.#signal as AbortSignal);
    } catch (error) {
      // the next block tries again; until then the pool as it was is better than none
      this.#deps.logger.warn("orchestrator pool could not be read", { error: errorText(error) });
    }
  }
}

/** True when the member works in this round. */
export function isActiveIn(member: Pick<PoolMember, "activationRound" | "deactivationRound">, round: bigint): boolean {
  return member.activationRound <= round && round < member.deactivationRound;
}
