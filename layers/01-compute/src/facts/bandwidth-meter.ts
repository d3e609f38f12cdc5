import type { Clock } from "@livepeer-ts/kernel";
import type { ComputeFacts } from "./compute-facts.ts";

export type BandwidthMeterOptions = {
  /** Smaller transfers say nothing: they fit into a socket's buffer, bytes. Default 524288. */
  readonly leastBytes?: number;
  /** A measurement is good for this long, ms. Default 3600000. */
  readonly keepMs?: number;
};

/**
 * How much this machine takes in, by transfers that happen anyway. One transfer is as quick as the slower of its two ends, so
 * the best of the last hour is what this machine takes in at least.
 */
export class BandwidthMeter {
  readonly #leastBytes: number;
  readonly #keepMs: number;
  readonly #clock: Clock;
  #best: { readonly bps: number; readonly at: number } | undefined;

  constructor({ leastBytes = 524_288, keepMs = 3_600_000 }: BandwidthMeterOptions, clock: Clock) {
    this.#leastBytes = leastBytes;
    this.#keepMs = keepMs;
    this.#clock = clock;
  }

  /** A transfer came in: `sizeBytes` within `durationMs`. */
  add(sizeBytes: number, durationMs: number): void {
    if (sizeBytes < this.#leastBytes || durationMs <= 0) return;
    const bps = (sizeBytes * 8000) / durationMs;
    const best = this.#current();
    if (best === undefined || bps >= best.bps) this.#best = { bps, at: this.#clock.mono() };
  }

  /** Undefined before the first transfer that counts, and when the last one is too old. */
  figure(): ComputeFacts["bandwidthBps"] {
    const best = this.#current();
    if (best === undefined) return undefined;
    const ageSec = Math.floor((this.#clock.mono() - best.at) / 1000);
    return { value: Math.round(best.bps), source: "measured", ageSec };
  }

  #current() {
    const best = this.#best;
    return best === undefined || this.#clock.mono() - best.at > this.#keepMs ? undefined : best;
  }
}
