import type { DirectoryEntry } from "../../ports/orchestrator-directory.ts";
import type { ListedRunner } from "./listed-runner.ts";

/** After a first failure a runner gets no calls for so long, ms; doubles with each further one. */
const failedRestMs = 5000;
const maxRestMs = 300_000;

/** A runner as this gateway knows it. */
export class AppRunner {
  entry: DirectoryEntry;
  listed: ListedRunner;
  /** Calls and sessions of this gateway that are there. */
  inFlight = 0;
  /** Ms to the head of an answer, the newer ones counting more; 0: not known yet. */
  latencyMs = 0;
  /** In a row. */
  failures = 0;
  /** Monotonic time until which others come first. */
  restsUntil = Number.NEGATIVE_INFINITY;
  #inFlightAtList = 0;
  #isFull = false;

  constructor(entry: DirectoryEntry, listed: ListedRunner) {
    this.entry = entry;
    this.listed = listed;
  }

  get url(): string {
    return this.listed.url;
  }

  /** Places that are free, as far as the last list and what happened here since say. */
  get free(): number {
    if (this.#isFull) return 0;
    return Math.min(this.listed.capacity, this.listed.available - (this.inFlight - this.#inFlightAtList));
  }

  /** Takes over what its orchestrator says of it now. */
  update(entry: DirectoryEntry, listed: ListedRunner): void {
    this.entry = entry;
    this.listed = listed;
    this.#inFlightAtList = this.inFlight;
    this.#isFull = false;
  }

  /** It had no place after all. */
  full(): void {
    this.#isFull = true;
  }

  answered(ms: number): void {
    this.failures = 0;
    this.restsUntil = Number.NEGATIVE_INFINITY;
    const measured = Math.max(1, ms);
    this.latencyMs = this.latencyMs === 0 ? measured : 0.7 * this.latencyMs + 0.3 * measured;
  }

  failed(now: number): void {
    this.restsUntil = now + Math.min(maxRestMs, failedRestMs * 2 ** this.failures);
    this.failures++;
  }
}
