import { LpError } from "@livepeer-ts/kernel";

export type AttemptFailureInit = {
  readonly message: string;
  /** The app may have seen the call: it must not be made twice unless that does no harm. */
  readonly reachedApp: boolean;
  /** The runner has no place: nothing is wrong with it. */
  readonly isFull?: boolean;
  /** The session it was made in is over. */
  readonly isGone?: boolean;
  /** What the orchestrator gave as its reason. */
  readonly reason?: string | undefined;
  readonly cause?: unknown;
};

/** A call that came to nothing at one runner. */
export class AttemptFailure extends LpError {
  readonly reachedApp: boolean;
  readonly isFull: boolean;
  readonly isGone: boolean;
  readonly reason: string | undefined;

  constructor({ message, reachedApp, isFull, isGone, reason, cause }: AttemptFailureInit) {
    super({ code: "app_attempt_failed", message, retryable: true, cause });
    this.reachedApp = reachedApp;
    this.isFull = isFull ?? false;
    this.isGone = isGone ?? false;
    this.reason = reason;
  }
}

/** The reason of an orchestrator behind an error; undefined where it gave none. */
export function reasonBehind(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < 16 && current instanceof Error; depth++) {
    if (current instanceof AttemptFailure && current.reason !== undefined) return current.reason;
    current = current.cause;
  }
  return undefined;
}
