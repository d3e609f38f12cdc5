import type { Clock, Metrics, TaskOwner } from "@livepeer-ts/kernel";

/** Segments of a stream that its rate is made of. */
const windowSegments = 30;
/** A segment that is older counts as lost, ms. */
const lostAfterMs = 8500;
const sweepMs = 15_000;

type OpenSegment = { readonly since: number; readonly onLost: () => void };

/** How one segment came out, told once. Later words change nothing: a segment that came too late was lost. */
export type RatedSegment = {
  /** False when it had been counted as lost already. */
  settle(success: boolean): boolean;
};

class StreamRate {
  readonly manifestId: string;
  /** Segments under way. */
  readonly open = new Set<OpenSegment>();
  readonly #last: boolean[] = [];
  isEnded = false;

  constructor(manifestId: string) {
    this.manifestId = manifestId;
  }

  add(success: boolean): void {
    this.#last.push(success);
    if (this.#last.length > windowSegments) this.#last.shift();
  }

  /** Undefined before the first segment counted. */
  get rate(): number | undefined {
    return this.#last.length === 0 ? undefined : this.#last.filter((ok) => ok).length / this.#last.length;
  }
}

/** Success rate of the gateway's streams, whatever way they came in, and the watch over segments that nobody hears of again. */
export class SuccessRates {
  readonly #deps: { readonly clock: Clock; readonly metrics: Metrics };
  readonly #streams = new Set<StreamRate>();

  constructor(deps: { readonly clock: Clock; readonly metrics: Metrics }) {
    this.#deps = deps;
  }

  /** Looks for lost segments until the owner stops. */
  start(owner: TaskOwner): void {
    this.#publish();
    this.#deps.clock.every(sweepMs, async () => this.sweep(), owner);
  }

  /** A stream whose segments count from here on, until `end`. */
  stream(manifestId: string): { segment(onLost: () => void): RatedSegment; end(): void } {
    const stream = new StreamRate(manifestId);
    this.#streams.add(stream);
    return {
      segment: (onLost) => {
        const segment: OpenSegment = { since: this.#deps.clock.mono(), onLost };
        stream.open.add(segment);
        return {
          settle: (success) => {
            if (this.#deps.clock.mono() - segment.since > lostAfterMs) this.#lose(stream, segment);
            if (!stream.open.delete(segment)) return false;
            stream.add(success);
            this.#publish();
            return true;
          },
        };
      },
      end: () => {
        stream.isEnded = true;
        this.#publish();
      },
    };
  }

  /** Counts segments that are too old as lost. */
  sweep(): void {
    const oldest = this.#deps.clock.mono() - lostAfterMs;
    for (const stream of this.#streams) {
      for (const segment of stream.open) if (segment.since < oldest) this.#lose(stream, segment);
    }
    this.#publish();
  }

  #lose(stream: StreamRate, segment: OpenSegment): void {
    if (!stream.open.delete(segment)) return;
    stream.add(false);
    segment.onLost();
  }

  #publish(): void {
    const rates: number[] = [];
    for (const stream of this.#streams) {
      const labels = { manifest_id: stream.manifestId };
      if (stream.isEnded && stream.open.size === 0) {
        this.#streams.delete(stream);
        this.#deps.metrics.forget("livepeer_success_rate_per_stream", labels);
        continue;
      }
      const { rate } = stream;
      if (rate === undefined) continue;
      rates.push(rate);
      this.#deps.metrics.gauge("livepeer_success_rate_per_stream", rate, labels);
    }
    const mean = rates.length === 0 ? 1 : rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    this.#deps.metrics.gauge("livepeer_success_rate", mean);
  }
}
