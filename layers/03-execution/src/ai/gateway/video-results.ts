import { type Clock, LpError } from "@livepeer-ts/kernel";

/** What is told of a request that is answered later. */
export type VideoResult =
  | { readonly status: "processing" }
  | { readonly status: "complete"; readonly result: Readonly<Record<string, unknown>> };

export type VideoResultsOptions = {
  /** Requests kept at once, running ones included. Default 1000. */
  readonly maxResults: number;
  /** Ms an outcome stays. Default 3600000. */
  readonly keepMs: number;
};

export const defaultVideoResultsOptions: VideoResultsOptions = { maxResults: 1000, keepMs: 3_600_000 };

/** Outcomes of requests with `Prefer: respond-async`, by request id. */
export class VideoResults {
  readonly #options: VideoResultsOptions;
  readonly #clock: Pick<Clock, "mono">;
  readonly #results = new Map<string, { result: VideoResult; at: number }>();

  constructor(options: VideoResultsOptions, clock: Pick<Clock, "mono">) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Announces a request. Throws `too_many_jobs` when too many are kept. */
  begin(requestId: string): void {
    this.#sweep();
    if (this.#results.size >= this.#options.maxResults) {
      throw new LpError({
        code: "too_many_jobs",
        message: `${this.#options.maxResults} videos are kept or made already: try again later`,
        retryable: true,
      });
    }
    this.#results.set(requestId, { result: { status: "processing" }, at: this.#clock.mono() });
  }

  complete(requestId: string, result: Readonly<Record<string, unknown>>): void {
    this.#results.set(requestId, { result: { status: "complete", result }, at: this.#clock.mono() });
  }

  get(requestId: string): VideoResult | undefined {
    this.#sweep();
    return this.#results.get(requestId)?.result;
  }

  #sweep(): void {
    const since = this.#clock.mono() - this.#options.keepMs;
    for (const [id, { result, at }] of this.#results) {
      if (result.status === "complete" && at < since) this.#results.delete(id);
    }
  }
}
