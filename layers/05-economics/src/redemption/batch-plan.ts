import type { StoredWinner } from "../ports/ticket-store.ts";

export type BatchLimits = {
  readonly maxTickets: number;
  /** Gas limit of one batch. */
  readonly maxGas: bigint;
};

/**
 * Room for a ticket, in percent of what it takes alone. Tickets before it in the batch can change its way: the first that finds the
 * deposit empty opens the reserve's records. A ticket that runs out of gas is swallowed by the contract, unused gas costs nothing.
 */
const roomPercent = 150n;

/** Winners that go into one transaction. */
export class BatchPlan {
  readonly #limits: BatchLimits;
  readonly #winners: StoredWinner[] = [];
  #aloneGas = 0n;
  #maxTickets: number;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.#maxTickets = limits.maxTickets;
  }

  get winners(): readonly StoredWinner[] {
    return this.#winners;
  }

  /** What the winners would take one by one. */
  get aloneGas(): bigint {
    return this.#aloneGas;
  }

  /** Gas limit for all of them together. */
  get gasLimit(): bigint {
    return roomFor(this.#aloneGas);
  }

  /** Takes one more winner, that takes `gas` alone and goes with at most `together` in one transaction. False when the plan is full. */
  add(winner: StoredWinner, gas: bigint, together: number): boolean {
    const maxTickets = Math.min(this.#maxTickets, together);
    const isFull = this.#winners.length >= maxTickets || roomFor(this.#aloneGas + gas) > this.#limits.maxGas;
    if (isFull && this.#winners.length > 0) return false;
    this.#winners.push(winner);
    this.#aloneGas += gas;
    this.#maxTickets = maxTickets;
    return true;
  }
}

function roomFor(gas: bigint): bigint {
  return (gas * roomPercent) / 100n;
}
