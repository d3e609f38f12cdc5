import { type Address, type Clock, errorText, type Logger, type Metrics, type TaskOwner } from "@livepeer-ts/kernel";
import type { SenderFloats } from "../ports/sender-floats.ts";
import type { RedeemerClient } from "./redeemer-client.ts";

export type RemoteFloatsOptions = {
  /** Senders whose changes are followed at one time; each takes a connection. Default 32. */
  readonly maxWatched?: number;
  /** Ms for which a float is good while its changes are followed. Default 30000. */
  readonly watchedMs?: number;
  /** Ms for which a float is good otherwise. Default 2000. */
  readonly unwatchedMs?: number;
  /** Senders not asked for during this long are forgotten, ms. Default 300000. */
  readonly idleMs?: number;
  /** Wait between sweeps, ms. Default 300000. */
  readonly sweepMs?: number;
  /** Senders kept. Default 10000. */
  readonly maxSenders?: number;
};

export type RemoteFloatsDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly redeemer: Pick<RedeemerClient, "maxFloat" | "monitor">;
  /** Used while the redeemer is away, so that streams go on. */
  readonly fallback: SenderFloats;
  /** Owner of the calls. */
  readonly owner: TaskOwner;
};

type Entry = { wei: bigint; askedAt: number; usedAt: number; watching: AbortController | undefined };

/** Floats as the redeemer sees them, who alone knows what is under way. */
export class RemoteFloats implements SenderFloats {
  readonly #options: Required<RemoteFloatsOptions>;
  readonly #deps: RemoteFloatsDeps;
  readonly #entries = new Map<Address, Entry>();
  readonly #asking = new Map<Address, Promise<bigint>>();
  #watched = 0;
  #isAway = false;

  constructor(options: RemoteFloatsOptions, deps: RemoteFloatsDeps) {
    this.#options = {
      maxWatched: options.maxWatched ?? 32,
      watchedMs: options.watchedMs ?? 30_000,
      unwatchedMs: options.unwatchedMs ?? 2000,
      idleMs: options.idleMs ?? 300_000,
      sweepMs: options.sweepMs ?? 300_000,
      maxSenders: options.maxSenders ?? 10_000,
    };
    this.#deps = deps;
    deps.clock.every(this.#options.sweepMs, async () => this.sweep(), deps.owner);
  }

  async maxFloatWei(sender: Address): Promise<bigint> {
    const now = this.#deps.clock.mono();
    const entry = this.#entries.get(sender);
    if (entry !== undefined) {
      entry.usedAt = now;
      const keepMs = entry.watching === undefined ? this.#options.unwatchedMs : this.#options.watchedMs;
      if (now - entry.askedAt < keepMs) return entry.wei;
    }
    try {
      const wei = await this.#ask(sender);
      if (this.#isAway) this.#deps.logger.info("the redeemer answers again");
      this.#isAway = false;
      return wei;
    } catch (error) {
      if (this.#deps.owner.signal.aborted) throw error;
      this.#deps.metrics.count("livepeer_redeemer_float_fallbacks_total");
      if (!this.#isAway)
        this.#deps.logger.warn("what senders are good for is worked out here until the redeemer answers", {
          error: errorText(error),
        });
      this.#isAway = true;
      return this.#deps.fallback.maxFloatWei(sender);
    }
  }

  /** Senders whose float is known. */
  get size(): number {
    return this.#entries.size;
  }

  /** Forgets senders that nobody asked for lately. */
  sweep(): void {
    const now = this.#deps.clock.mono();
    for (const [sender, entry] of this.#entries) if (now - entry.usedAt > this.#options.idleMs) this.#forget(sender);
  }

  #ask(sender: Address): Promise<bigint> {
    const running = this.#asking.get(sender);
    if (running !== undefined) return running;
    const asking = this.#askNow(sender).finally(() => this.#asking.delete(sender));
    this.#asking.set(sender, asking);
    return asking;
  }

  async #askNow(sender: Address): Promise<bigint> {
    const { redeemer, clock, owner } = this.#deps;
    const wei = await redeemer.maxFloat(sender, owner.signal);
    const now = clock.mono();
    const entry = this.#entries.get(sender);
    if (entry !== undefined) {
      entry.wei = wei;
      entry.askedAt = now;
    } else {
      const oldest = this.#entries.keys().next().value;
      if (this.#entries.size >= this.#options.maxSenders && oldest !== undefined) this.#forget(oldest);
      this.#entries.set(sender, { wei, askedAt: now, usedAt: now, watching: undefined });
    }
    this.#watch(sender);
    return wei;
  }

  /** Follows the sender's float; a stream that ends takes what it told along. */
  #watch(sender: Address): void {
    const entry = this.#entries.get(sender);
    if (entry === undefined || entry.watching !== undefined || this.#watched >= this.#options.maxWatched) return;
    const watching = new AbortController();
    entry.watching = watching;
    this.#watched++;
    this.#deps.owner.spawn("follow a float", async (signal) => {
      const onStop = () => watching.abort(signal.reason);
      signal.addEventListener("abort", onStop, { once: true });
      try {
        for await (const wei of this.#deps.redeemer.monitor(sender, watching.signal)) {
          entry.wei = wei;
          entry.askedAt = this.#deps.clock.mono();
        }
      } catch {
        // the next question to the redeemer tells whether it is away
      } finally {
        signal.removeEventListener("abort", onStop);
        this.#watched--;
        if (this.#entries.get(sender) === entry) this.#entries.delete(sender);
      }
    });
  }

  #forget(sender: Address): void {
    this.#entries.get(sender)?.watching?.abort();
    this.#entries.delete(sender);
  }
}
