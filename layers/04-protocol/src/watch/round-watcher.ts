import { errorText, type Hash32, type Logger, LpError, zeroHash } from "@livepeer-ts/kernel";
import type { AddressBook } from "../contracts/address-book.ts";
import { protocolReads } from "../contracts/protocol-reads.ts";
import type { ChainReader } from "../ports/chain-reader.ts";
import type { RoundClock, RoundTime } from "../ports/round-clock.ts";
import type { BlockStep, BlockWatcher } from "./block-watcher.ts";
import { decodeProtocolEvent } from "./watched-events.ts";

export type RoundWatcherDeps = {
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly blocks: BlockWatcher;
  readonly logger: Logger;
};

type Listener<T> = (value: T) => Promise<void> | void;

/** `RoundClock` kept by chain events. Start it after the block watcher exists and before the block watcher starts. */
export class RoundWatcher implements RoundClock {
  readonly #deps: RoundWatcherDeps;
  readonly #roundListeners = new Set<Listener<RoundTime>>();
  readonly #l1Listeners = new Set<Listener<bigint>>();
  #time: RoundTime | undefined;
  #stale = false;
  #signal: AbortSignal | undefined;

  constructor(deps: RoundWatcherDeps) {
    this.#deps = deps;
  }

  /** Reads the present state and follows the block watcher. Rejects when the chain cannot be read. */
  async start(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const head = await this.#deps.reader.header("latest", signal);
    if (head === undefined)
      throw new LpError({ code: "rpc_bad_answer", message: "the node has no latest block", retryable: true });
    this.#time = await this.#read(head.l1BlockNumber, signal);
    this.#deps.blocks.onBlock((step) => this.#onBlock(step));
  }

  current(): RoundTime {
    if (this.#time === undefined)
      throw new LpError({ code: "not_started", message: "the round watcher has not been started" });
    return this.#time;
  }

  onRound(listener: Listener<RoundTime>): () => void {
    this.#roundListeners.add(listener);
    return () => this.#roundListeners.delete(listener);
  }

  onL1Block(listener: Listener<bigint>): () => void {
    this.#l1Listeners.add(listener);
    return () => this.#l1Listeners.delete(listener);
  }

  async #onBlock(step: BlockStep): Promise<void> {
    const before = this.current();
    const l1Block = step.head.l1BlockNumber;
    const touched = [...step.removed, ...step.added].some((log) => {
      const name = decodeProtocolEvent(log, this.#deps.book)?.name;
      return name === "NewRound" || name === "TranscoderActivated" || name === "TranscoderDeactivated";
    });
    let time: RoundTime = { ...before, lastSeenL1Block: l1Block };
    // a node that lags behind may know of the round and not of its hash; tickets need one
    const isHashMissing = before.l1BlockHash === zeroHash && l1Block !== before.lastSeenL1Block;
    if (touched || this.#stale || isHashMissing) {
      try {
        time = await this.#read(l1Block, this.#signal as AbortSignal);
        this.#stale = false;
      } catch (error) {
        this.#stale = true; // the next block tries again
        this.#deps.logger.warn("round could not be read", { error: errorText(error) });
      }
    }
    this.#time = time;
    if (time.lastInitializedRound !== before.lastInitializedRound || time.l1BlockHash !== before.l1BlockHash) {
      this.#deps.logger.info("round", { round: time.lastInitializedRound, l1Block });
      await this.#tell(this.#roundListeners, time);
    }
    if (l1Block !== before.lastSeenL1Block) await this.#tell(this.#l1Listeners, l1Block);
  }

  async #tell<T>(listeners: ReadonlySet<Listener<T>>, value: T): Promise<void> {
    for (const listener of [...listeners]) {
      try {
        await listener(value);
      } catch (error) {
        this.#deps.logger.error("a round listener failed", { error: errorText(error) });
      }
    }
  }

  async #read(lastSeenL1Block: bigint, signal: AbortSignal): Promise<RoundTime> {
    const reads = protocolReads(this.#deps.book);
    const [lastInitializedRound, startL1Block, roundLength, poolSize] = await this.#deps.reader.readAll(
      [reads.lastInitializedRound(), reads.currentRoundStartBlock(), reads.roundLength(), reads.poolSize()],
      signal,
    );
    const previous = lastInitializedRound > 0n ? lastInitializedRound - 1n : 0n;
    const [l1BlockHash, previousL1BlockHash] = await this.#deps.reader.readAll(
      [reads.blockHashForRound(lastInitializedRound), reads.blockHashForRound(previous)],
      signal,
    );
    return {
      lastInitializedRound,
      l1BlockHash: l1BlockHash as Hash32,
      previousL1BlockHash: previousL1BlockHash as Hash32,
      startL1Block,
      roundLength,
      poolSize,
      lastSeenL1Block,
    };
  }
}
