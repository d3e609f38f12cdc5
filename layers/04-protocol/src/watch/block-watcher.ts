import {
  type Clock,
  errorText,
  type Hash32,
  hasErrorCode,
  type Logger,
  LpError,
  type Metrics,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import type { ChainHeader, ChainReader } from "../ports/chain-reader.ts";
import type { ChainRpc } from "../ports/chain-rpc.ts";
import type { HeaderStore, StoredHeader } from "../ports/header-store.ts";
import { toQuantity } from "../rpc/rpc-values.ts";
import { type ChainLog, parseLogs } from "./chain-log.ts";
import { watchedTopics } from "./watched-events.ts";

export type BlockWatcherOptions = {
  /** Wait between polls, ms. Default 5000 (`-blockPollingInterval`). */
  readonly pollIntervalMs?: number;
  /** Blocks per log request. Default 1000; halved when the node refuses. */
  readonly maxLogRange?: number;
  /** Headers kept to find the fork point of a reorganization. Default 64. */
  readonly maxHeaders?: number;
  /** Topics to follow. Default: the protocol's. */
  readonly topics?: readonly Hash32[];
};

export type BlockWatcherDeps = {
  readonly rpc: ChainRpc;
  readonly reader: ChainReader;
  readonly store: HeaderStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** What one step of the chain brought. `removed` is to be undone first, in the given order. */
export type BlockStep = {
  readonly head: StoredHeader;
  /** Logs that a reorganization took back, newest first. */
  readonly removed: readonly ChainLog[];
  /** New logs, oldest first. */
  readonly added: readonly ChainLog[];
};

export type BlockHandler = (step: BlockStep) => Promise<void> | void;

/** How the watcher is doing; `failingSince` is undefined while polls work. */
export type WatcherHealth = { readonly lastPollAt: number | undefined; readonly failingSince: number | undefined };

/**
 * Follows the chain: one request per idle poll, logs of every block exactly once per chain, taken back when a reorganization
 * removes their block. A step is delivered to every handler before the place in the chain is stored, so a crash repeats a
 * step rather than losing it; within one process a step is delivered once, whatever a handler throws.
 */
export class BlockWatcher {
  readonly #pollIntervalMs: number;
  readonly #maxHeaders: number;
  readonly #topics: readonly Hash32[];
  readonly #maxLogRange: bigint;
  readonly #deps: BlockWatcherDeps;
  readonly #handlers: BlockHandler[] = [];
  #headers: StoredHeader[] = [];
  #lastPollAt: number | undefined;
  #failingSince: number | undefined;
  #isUnsaved = false;
  #polling: Promise<void> | undefined;

  constructor(options: BlockWatcherOptions, deps: BlockWatcherDeps) {
    this.#pollIntervalMs = options.pollIntervalMs ?? 5000;
    this.#maxHeaders = Math.max(2, options.maxHeaders ?? 64);
    this.#topics = options.topics ?? watchedTopics;
    this.#maxLogRange = BigInt(options.maxLogRange ?? 1000);
    this.#deps = deps;
  }

  /** Registers a handler; handlers run one after the other in order of registration. */
  onBlock(handler: BlockHandler): () => void {
    this.#handlers.push(handler);
    return () => {
      const at = this.#handlers.indexOf(handler);
      if (at >= 0) this.#handlers.splice(at, 1);
    };
  }

  /** The newest block seen; undefined before `start`. */
  get head(): StoredHeader | undefined {
    return this.#headers[this.#headers.length - 1];
  }

  get health(): WatcherHealth {
    return { lastPollAt: this.#lastPollAt, failingSince: this.#failingSince };
  }

  /**
   * Catches up with what happened since the stored place, then polls until the owner stops.
   * Rejects with `chain_reset` when the stored blocks are not on this chain.
   */
  async start(owner: TaskOwner): Promise<void> {
    this.#headers = [...(await this.#deps.store.load())];
    if (this.#headers.length > 0 && (await this.#newestCanonical(this.#headers, owner.signal)) === undefined) {
      const last = this.#headers[this.#headers.length - 1] as StoredHeader;
      throw new LpError({
        code: "chain_reset",
        message: `block ${last.number} (${last.hash}), the last one this node saw, is not on the chain: the chain was reset or -ethUrl points to another one; start with a new data directory (keep the keystore)`,
      });
    }
    await this.poll(owner.signal);
    this.#deps.clock.every(this.#pollIntervalMs, () => this.#guardedPoll(owner.signal), owner);
  }

  /** Looks once; a call during a poll waits for that poll. */
  async poll(signal: AbortSignal): Promise<void> {
    if (this.#polling !== undefined) return this.#polling;
    this.#polling = this.#step(signal).finally(() => {
      this.#polling = undefined;
    });
    return this.#polling;
  }

  async #guardedPoll(signal: AbortSignal): Promise<void> {
    const { clock, logger, metrics } = this.#deps;
    try {
      await this.poll(signal);
      this.#lastPollAt = clock.now();
      metrics.gauge("livepeer_chain_last_poll_timestamp_seconds", this.#lastPollAt / 1000);
      if (this.#failingSince !== undefined) {
        logger.info("chain is followed again", { afterMs: clock.now() - this.#failingSince });
        this.#failingSince = undefined;
      }
    } catch (error) {
      if (signal.aborted) return;
      metrics.count("livepeer_block_poll_errors_total");
      if (this.#failingSince === undefined) {
        this.#failingSince = clock.now();
        logger.warn("chain cannot be followed, will try again", { error: errorText(error) });
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const latest = await this.#deps.reader.header("latest", signal);
    if (latest === undefined)
      throw new LpError({ code: "rpc_bad_answer", message: "the node has no latest block", retryable: true });
    const last = this.head;
    if (last === undefined) return this.#commit([stored(latest, [])], [], [], latest);
    if (latest.hash === last.hash) return;
    // a load-balanced node that is behind: wait, unless our block is really gone
    if (latest.number < last.number && (await this.#isCanonical(last, signal))) return;

    const direct = latest.number === last.number + 1n && latest.parentHash === last.hash;
    const keep = direct || (await this.#isCanonical(last, signal)) ? this.#headers : await this.#surviving(signal);
    const removed = this.#headers
      .filter((header) => !keep.includes(header))
      .reverse()
      .flatMap((header) => [...header.logs].reverse());
    if (removed.length > 0 || keep.length < this.#headers.length) {
      this.#deps.metrics.count("livepeer_chain_reorganizations_total");
      this.#deps.logger.warn("chain reorganized", {
        droppedHeaders: this.#headers.length - keep.length,
        removedLogs: removed.length,
      });
    }
    const base = keep[keep.length - 1] as StoredHeader;
    await this.#advance([...keep], base.number + 1n, latest, removed, signal);
  }

  /** Delivers [from, latest] in chunks; the first one carries `removed`. */
  async #advance(
    keep: StoredHeader[],
    from: bigint,
    latest: ChainHeader,
    removed: readonly ChainLog[],
    signal: AbortSignal,
  ): Promise<void> {
    let headers = keep;
    let undo = removed;
    let start = from;
    if (start > latest.number) return this.#commit([...headers], undo, [], latest);
    while (start <= latest.number) {
      const { logs, end } = await this.#logs(start, latest, signal);
      const head = end === latest.number ? latest : await this.#deps.reader.header(end, signal);
      if (head === undefined)
        throw new LpError({ code: "rpc_bad_answer", message: `block ${end} vanished`, retryable: true });
      headers = [...headers, ...(await this.#withLogs(logs, head, signal))];
      await this.#commit(headers, undo, logs, head);
      headers = this.#headers;
      undo = [];
      start = end + 1n;
    }
  }

  /** Logs from `start` on; `end` says how far they reach. */
  async #logs(start: bigint, latest: ChainHeader, signal: AbortSignal): Promise<{ logs: ChainLog[]; end: bigint }> {
    let end = start + this.#maxLogRange - 1n < latest.number ? start + this.#maxLogRange - 1n : latest.number;
    for (;;) {
      try {
        const filter = {
          address: null,
          fromBlock: toQuantity(start),
          toBlock: toQuantity(end),
          topics: [this.#topics],
        };
        return { logs: parseLogs(await this.#deps.rpc.call("eth_getLogs", [filter], signal)), end };
      } catch (error) {
        if (end === start || !hasErrorCode(error, "rpc_error")) throw error;
        end = start + (end - start) / 2n; // "query returned more than 10000 results" and its many spellings
      }
    }
  }

  /** Headers worth keeping: the blocks that carry logs, and the last one. */
  async #withLogs(logs: readonly ChainLog[], head: ChainHeader, signal: AbortSignal): Promise<StoredHeader[]> {
    const byBlock = Map.groupBy(logs, (log) => log.blockHash);
    const headers: StoredHeader[] = [];
    for (const [hash, own] of byBlock) {
      if (hash === head.hash) continue;
      const header = await this.#deps.reader.header(hash, signal);
      if (header === undefined) {
        throw new LpError({ code: "rpc_bad_answer", message: `block ${hash} of a log is not known`, retryable: true });
      }
      headers.push(stored(header, own));
    }
    headers.push(stored(head, byBlock.get(head.hash) ?? []));
    return headers;
  }

  async #commit(
    headers: StoredHeader[],
    removed: readonly ChainLog[],
    added: readonly ChainLog[],
    latest: ChainHeader,
  ): Promise<void> {
    const head = headers[headers.length - 1];
    const step: BlockStep = { head: head?.hash === latest.hash ? head : stored(latest, []), removed, added };
    for (const handler of [...this.#handlers]) {
      try {
        await handler(step);
      } catch (error) {
        // a step is never repeated within a process: handlers that keep sums would count it twice
        this.#deps.logger.error("a block handler failed", { block: latest.number, error: errorText(error) });
      }
    }
    this.#headers = headers.slice(-this.#maxHeaders);
    try {
      await this.#deps.store.save(this.#headers);
      if (this.#isUnsaved) this.#deps.logger.info("the place in the chain is stored again");
      this.#isUnsaved = false;
    } catch (error) {
      if (!this.#isUnsaved)
        this.#deps.logger.error("the place in the chain could not be stored", { error: errorText(error) });
      this.#isUnsaved = true;
    }
    this.#deps.metrics.gauge("livepeer_chain_head_block", Number(latest.number));
    this.#deps.metrics.gauge("livepeer_chain_head_timestamp_seconds", Number(latest.timestampSec));
  }

  async #isCanonical(header: StoredHeader, signal: AbortSignal): Promise<boolean> {
    return (await this.#deps.reader.header(header.number, signal))?.hash === header.hash;
  }

  async #newestCanonical(headers: readonly StoredHeader[], signal: AbortSignal): Promise<StoredHeader | undefined> {
    for (const header of [...headers].reverse()) if (await this.#isCanonical(header, signal)) return header;
    return undefined;
  }

  /** Remembered headers that are still on the chain. Every one is asked for: logs of a poll can straddle two chains. */
  async #surviving(signal: AbortSignal): Promise<StoredHeader[]> {
    const keep: StoredHeader[] = [];
    for (const header of this.#headers) if (await this.#isCanonical(header, signal)) keep.push(header);
    if (keep.length === 0) {
      throw new LpError({
        code: "chain_reset",
        message:
          "none of the last blocks this node saw is on the chain any more: it was reset or reorganized too deeply; restart the node with a new data directory",
      });
    }
    return keep;
  }
}

function stored(header: ChainHeader, logs: readonly ChainLog[]): StoredHeader {
  const { number, hash, parentHash, l1BlockNumber } = header;
  return { number, hash, parentHash, l1BlockNumber, logs };
}
