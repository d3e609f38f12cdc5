/** Why a winner was put off, until when, and how it is tried next. */
type Attempt = {
  readonly failures: number;
  readonly notBefore: bigint;
  readonly reason: string;
  readonly alone: boolean;
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

  /** Puts the winner off, longer after each failure; with `alone` it goes into no batch any more. Returns the blocks to wait. */
  putOff(ticketHash: string, l1Block: bigint, reason: string, alone = false): bigint {
    const former = this.#attempts.get(ticketHash);
    const failures = (former?.failures ?? 0) + 1;
    const wait = this.#backOffBlocks * 2n ** BigInt(Math.min(failures - 1, doublings));
    this.#attempts.set(ticketHash, {
      failures,
      notBefore: l1Block + wait,
      reason,
      alone: alone || former?.alone === true,
    });
    return wait;
  }

  isPutOff(ticketHash: string, l1Block: bigint): boolean {
    const attempt = this.#attempts.get(ticketHash);
    return attempt !== undefined && attempt.notBefore > l1Block;
  }

  /** True for a winner that failed in a batch. */
  isAlone(ticketHash: string): boolean {
    return this.#attempts.get(ticketHash)?.alone === true;
  }

  reasonFor(ticketHash: string): string | undefined {
    return this.#attempts.get(ticketHash)?.reason;
  }

  forget(ticketHash: string): void {
    this.#attempts.delete(ticketHash);
  }
}
