/** Why a winner was put off, until when, and how it is tried next. */
type Attempt = {
  readonly failures: number;
  readonly notBefore: bigint;
  readonly reason: string;
  readonly alone: boolean;
  readonly together: number;
};

/** How a winner that failed is tried next. */
export type NextAttempt = {
  /** In no batch any more. Default false. */
  readonly alone?: boolean;
  /** With at most this many in one transaction; twice as many after the next failure. Default: as many as there are. */
  readonly together?: number;
  /** Blocks to wait at most. */
  readonly mostBlocks: bigint;
};

/** Doublings of the wait after a failure. */
const doublings = 5;

/** What failed attempts to redeem waiting winners have taught. Kept per waiting winner, and waiting winners end with their validity. */
export class RedemptionAttempts {
  readonly #backOffBlocks: bigint;
  readonly #attempts = new Map<string, Attempt>();

  /** `backOffBlocks`: L1 blocks to wait after a first failure. */
  constructor(backOffBlocks: bigint) {
    this.#backOffBlocks = backOffBlocks;
  }

  get size(): number {
    return this.#attempts.size;
  }

  /** Puts the winner off, longer after each failure. Returns the blocks to wait. */
  putOff(ticketHash: string, l1Block: bigint, reason: string, next: NextAttempt): bigint {
    const former = this.#attempts.get(ticketHash);
    const failures = (former?.failures ?? 0) + 1;
    const wanted = this.#backOffBlocks * 2n ** BigInt(Math.min(failures - 1, doublings));
    const most = next.mostBlocks > 1n ? next.mostBlocks : 1n;
    const wait = wanted < most ? wanted : most;
    this.#attempts.set(ticketHash, {
      failures,
      notBefore: l1Block + wait,
      reason,
      alone: next.alone === true || former?.alone === true,
      together: next.together ?? (former?.together ?? Number.POSITIVE_INFINITY) * 2,
    });
    return wait;
  }

  isPutOff(ticketHash: string, l1Block: bigint): boolean {
    const attempt = this.#attempts.get(ticketHash);
    return attempt !== undefined && attempt.notBefore > l1Block;
  }

  /** With how many the winner may go in one transaction; 1 for one that failed in a batch. */
  togetherWith(ticketHash: string): number {
    const attempt = this.#attempts.get(ticketHash);
    if (attempt === undefined) return Number.POSITIVE_INFINITY;
    return attempt.alone ? 1 : attempt.together;
  }

  reasonFor(ticketHash: string): string | undefined {
    return this.#attempts.get(ticketHash)?.reason;
  }

  forget(ticketHash: string): void {
    this.#attempts.delete(ticketHash);
  }
}
