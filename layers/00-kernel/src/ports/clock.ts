import type { TaskOwner } from "./tasks.ts";

/** Time as the roles see it. All values are milliseconds. */
export interface Clock {
  /** Wall time, ms since 1970. Skew and drift act here, and only here. */
  now(): number;
  /** Monotonic time, ms from an arbitrary start; for durations, deadlines and back-offs. */
  mono(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets everything that is due go first: called between the slices of work that would keep the event loop for too long. */
  turn(): Promise<void>;
  /** Calls `fn` every `ms` after the previous call ended; stops with the owner. */
  every(ms: number, fn: () => Promise<void>, owner: TaskOwner): () => void;
  /** A signal that aborts after `ms` or with `parent`; call `clear` when the work is done. */
  deadline(ms: number, parent?: AbortSignal): Deadline;
}

export type Deadline = { readonly signal: AbortSignal; clear(): void };
