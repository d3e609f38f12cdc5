import { compareRational } from "@livepeer-ts/kernel";
import type { DirectoryEntry } from "../../ports/orchestrator-directory.ts";
import { failureRestMs } from "../gateway/failure-rest.ts";
import { newLatencyScore } from "../gateway/quickest.ts";
import type { ListedRunner } from "./listed-runner.ts";
import type { RunnerPayment } from "./runner-payment.ts";

/** Payments that wait for another call; the oldest are dropped. */
const maxKept = 16;

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
  readonly #kept: RunnerPayment[] = [];

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
    this.latencyMs = newLatencyScore(this.latencyMs, Math.max(1, ms));
  }

  failed(now: number): void {
    this.restsUntil = now + failureRestMs(this.failures);
    this.failures++;
  }

  /** Keeps a payment whose call is over: something of it may be left. */
  keep(payment: RunnerPayment): void {
    this.#kept.push(payment);
    if (this.#kept.length > maxKept) this.#kept.shift();
  }

  /** A payment that was kept and can be used at the price of now, reopened; the newest first. */
  takeKept(): RunnerPayment | undefined {
    const { price } = this.listed;
    for (let payment = this.#kept.pop(); payment !== undefined; payment = this.#kept.pop()) {
      const isSame = payment.price.unit === price?.unit && compareRational(payment.price.wei, price.wei) === 0;
      if (isSame && payment.reopen()) return payment;
    }
    return undefined;
  }
}
