import { isDeepStrictEqual } from "node:util";
import { type Address, type Clock, errorText, type Logger, LpError, type TaskOwner } from "@livepeer-ts/kernel";
import type { AddressBook } from "../contracts/address-book.ts";
import { protocolReads } from "../contracts/protocol-reads.ts";
import type { ChainReader } from "../ports/chain-reader.ts";
import type { RoundClock } from "../ports/round-clock.ts";
import type { BlockStep, BlockWatcher } from "./block-watcher.ts";
import { decodeProtocolEvent, type ProtocolEvent } from "./watched-events.ts";

/** What a ticket sender has on chain, in wei, seen by one claimant. */
export type SenderInfo = {
  readonly depositWei: bigint;
  /** Round from which it can withdraw; 0 = locked. */
  readonly withdrawRound: bigint;
  readonly reserveWei: bigint;
  /** Taken from the reserve by anyone in this round. */
  readonly reserveClaimedWei: bigint;
  /** Taken from the reserve by the claimant in this round. */
  readonly claimedByMeWei: bigint;
};

export type SenderWatcherOptions = {
  /** Senders not asked for during this long are forgotten, ms. Default 172800000 (2 days). */
  readonly idleMs?: number;
  /** Wait between sweeps, ms. Default 600000. */
  readonly sweepMs?: number;
  /** Senders kept. Default 10000; the one asked for longest ago goes first. */
  readonly maxSenders?: number;
};

export type SenderWatcherDeps = {
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly blocks: BlockWatcher;
  readonly rounds: RoundClock;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whose share of the reserves counts; undefined for a node that only sends. */
  readonly claimant: Address | undefined;
};

type Entry = { info: SenderInfo; usedAt: number };

/** Deposits and reserves of senders: read once on first use, then kept by events. */
export class SenderWatcher {
  readonly #idleMs: number;
  readonly #sweepMs: number;
  readonly #maxSenders: number;
  readonly #deps: SenderWatcherDeps;
  readonly #senders = new Map<Address, Entry>();
  readonly #loading = new Map<Address, Promise<SenderInfo>>();
  readonly #listeners = new Set<(sender: Address) => void>();
  /** Counts the events that touched a sender while it was being read. */
  readonly #versions = new Map<Address, number>();
  /**
   * Senders whose events a reorganization took back. What is known of them holds until they are read again, and again one block
   * later: a node in the middle of a reorganization can answer with what the blocks that went had done.
   */
  readonly #stale = new Map<Address, "unread" | "unconfirmed">();
  #owner: TaskOwner | undefined;
  /** Last block whose events have been applied. */
  #seenBlock: bigint | undefined;

  constructor(options: SenderWatcherOptions, deps: SenderWatcherDeps) {
    this.#idleMs = options.idleMs ?? 2 * 24 * 3600_000;
    this.#sweepMs = options.sweepMs ?? 600_000;
    this.#maxSenders = options.maxSenders ?? 10_000;
    this.#deps = deps;
  }

  start(owner: TaskOwner): void {
    this.#owner = owner;
    this.#deps.blocks.onBlock((step) => this.#onBlock(step));
    this.#deps.clock.every(this.#sweepMs, async () => this.sweep(), owner);
  }

  /** Called when something about a known sender changed. */
  onChange(listener: (sender: Address) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What is known without asking; undefined for a sender not seen yet. */
  cached(sender: Address): SenderInfo | undefined {
    const entry = this.#senders.get(sender);
    if (entry !== undefined) entry.usedAt = this.#deps.clock.mono();
    return entry?.info;
  }

  /** What the sender has, read from the chain on first use. Rejects when the chain cannot be read. */
  async info(sender: Address): Promise<SenderInfo> {
    const known = this.cached(sender);
    if (known !== undefined) return known;
    const running = this.#loading.get(sender);
    if (running !== undefined) return running;
    const loading = this.#load(sender).finally(() => this.#loading.delete(sender));
    this.#loading.set(sender, loading);
    return loading;
  }

  /** Forgets senders that nobody asked for lately. */
  sweep(): void {
    const now = this.#deps.clock.mono();
    for (const [sender, entry] of this.#senders) if (now - entry.usedAt > this.#idleMs) this.#senders.delete(sender);
  }

  async #load(sender: Address): Promise<SenderInfo> {
    if (this.#owner === undefined)
      throw new LpError({ code: "not_started", message: "the sender watcher has not been started" });
    const reads = protocolReads(this.#deps.book);
    // events that arrive between the read and its use would be lost: read again then
    for (let attempt = 0; attempt < 5; attempt++) {
      const version = this.#versions.get(sender) ?? 0;
      this.#versions.set(sender, version);
      const { claimant } = this.#deps;
      const [[funds, reserve], claimed] = await this.#deps.reader.readAll(
        [reads.senderInfo(sender), reads.claimedReserve(sender, claimant ?? sender)],
        this.#owner.signal,
        // the state after the last applied block: later events are applied on top of it
        this.#seenBlock,
      );
      if ((this.#versions.get(sender) ?? 0) !== version && attempt < 4) continue;
      this.#versions.delete(sender);
      const info: SenderInfo = {
        depositWei: funds.deposit,
        withdrawRound: funds.withdrawRound,
        reserveWei: reserve.fundsRemaining,
        reserveClaimedWei: reserve.claimedInCurrentRound,
        claimedByMeWei: claimant === undefined ? 0n : claimed,
      };
      const known = this.#senders.get(sender)?.info;
      const isSame = isDeepStrictEqual(known, info);
      if (isSame && this.#stale.get(sender) === "unconfirmed") this.#stale.delete(sender);
      else if (this.#stale.has(sender)) this.#stale.set(sender, "unconfirmed");
      this.#keep(sender, info);
      if (known !== undefined && !isSame) this.#tell(sender);
      return info;
    }
    throw new LpError({
      code: "rpc_unavailable",
      message: `the funds of ${sender} keep changing while they are read`,
      retryable: true,
    });
  }

  #keep(sender: Address, info: SenderInfo): void {
    if (this.#senders.size >= this.#maxSenders && !this.#senders.has(sender)) {
      let oldest: Address | undefined;
      let oldestAt = Number.POSITIVE_INFINITY;
      for (const [address, entry] of this.#senders) {
        if (entry.usedAt < oldestAt) [oldest, oldestAt] = [address, entry.usedAt];
      }
      if (oldest !== undefined) this.#senders.delete(oldest);
    }
    this.#senders.set(sender, { info, usedAt: this.#deps.clock.mono() });
  }

  #onBlock(step: BlockStep): void {
    this.#seenBlock = step.head.number;
    const changed = new Set<Address>();
    for (const log of step.removed) {
      const event = decodeProtocolEvent(log, this.#deps.book);
      if (event === undefined) continue;
      // what a block took back is read anew rather than computed backwards
      if (event.name === "NewRound") for (const sender of this.#senders.keys()) this.#stale.set(sender, "unread");
      else if ("sender" in event && this.#senders.has(event.sender)) this.#stale.set(event.sender, "unread");
      if ("sender" in event) this.#touch(event.sender);
    }
    for (const log of step.added) {
      const event = decodeProtocolEvent(log, this.#deps.book);
      if (event === undefined) continue;
      if (event.name === "NewRound") {
        for (const [sender, entry] of this.#senders) {
          entry.info = { ...entry.info, reserveClaimedWei: 0n, claimedByMeWei: 0n };
          changed.add(sender);
        }
      } else if ("sender" in event) {
        this.#touch(event.sender);
        const entry = this.#senders.get(event.sender);
        if (entry === undefined) continue;
        entry.info = applySenderEvent(entry.info, event, this.#deps.claimant);
        changed.add(event.sender);
      }
    }
    for (const sender of changed) this.#tell(sender);
    for (const sender of this.#stale.keys()) this.#reload(sender);
  }

  #tell(sender: Address): void {
    for (const listener of [...this.#listeners]) listener(sender);
  }

  #reload(sender: Address): void {
    if (this.#loading.has(sender)) return;
    const loading = this.#load(sender).finally(() => this.#loading.delete(sender));
    this.#loading.set(sender, loading);
    loading.catch(() => undefined); // reported below, unless the owner has stopped
    this.#owner?.spawn("read sender again", async (signal) => {
      try {
        await loading;
      } catch (error) {
        // the next block tries again
        if (!signal.aborted)
          this.#deps.logger.warn("sender could not be read again", { sender, error: errorText(error) });
      }
    });
  }

  #touch(sender: Address): void {
    const version = this.#versions.get(sender);
    if (version !== undefined) this.#versions.set(sender, version + 1);
  }
}

/** A sender's funds after one event of the ticket broker. */
export function applySenderEvent(
  info: SenderInfo,
  event: Extract<ProtocolEvent, { sender: Address }>,
  claimant: Address | undefined,
): SenderInfo {
  switch (event.name) {
    case "DepositFunded":
      return { ...info, depositWei: info.depositWei + event.amountWei };
    case "ReserveFunded":
      return { ...info, reserveWei: info.reserveWei + event.amountWei };
    case "Withdrawal":
      return { ...info, depositWei: 0n, reserveWei: 0n };
    case "WinningTicketTransfer": {
      if (event.amountWei <= info.depositWei) return { ...info, depositWei: info.depositWei - event.amountWei };
      const fromReserve = event.amountWei - info.depositWei;
      return {
        ...info,
        depositWei: 0n,
        reserveWei: info.reserveWei - fromReserve,
        reserveClaimedWei: info.reserveClaimedWei + fromReserve,
        claimedByMeWei: info.claimedByMeWei + (event.recipient === claimant ? fromReserve : 0n),
      };
    }
    case "Unlock":
      return { ...info, withdrawRound: event.endRound };
    case "UnlockCancelled":
      return { ...info, withdrawRound: 0n };
  }
}
