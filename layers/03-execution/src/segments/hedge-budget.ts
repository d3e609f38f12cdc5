import type { Clock } from "@livepeer-ts/kernel";

export type HedgeBudgetOptions = {
  /** Hedges that may be started, as a share of the segments of the last minute (`-hedgeBudget`). Default 0.05. */
  readonly share: number;
  /** Hedges a minute that are allowed however few segments there are. Default 2. */
  readonly floor: number;
};

export const defaultHedgeBudgetOptions: HedgeBudgetOptions = { share: 0.05, floor: 2 };

const windowMs = 60_000;

/** How many segments of a gateway may be sent to a second orchestrator: hedges are for the odd one that is late, not for all. */
export class HedgeBudget {
  readonly #options: HedgeBudgetOptions;
  readonly #clock: Pick<Clock, "mono">;
  #segments: number[] = [];
  #hedges: number[] = [];

  constructor(options: HedgeBudgetOptions, clock: Pick<Clock, "mono">) {
    this.#options = options;
    this.#clock = clock;
  }

  /** A segment begins its way. */
  segment(): void {
    this.#segments.push(this.#clock.mono());
    // kept within the window while nothing asks
    if (this.#segments.length % 1024 === 0) this.#forget();
  }

  /** True when one more hedge may be started, which is then counted. */
  take(): boolean {
    this.#forget();
    const { share, floor } = this.#options;
    const allowed = share <= 0 ? 0 : Math.max(floor, Math.floor(this.#segments.length * share));
    if (this.#hedges.length >= allowed) return false;
    this.#hedges.push(this.#clock.mono());
    return true;
  }

  #forget(): void {
    const oldest = this.#clock.mono() - windowMs;
    this.#segments = this.#segments.filter((at) => at > oldest);
    this.#hedges = this.#hedges.filter((at) => at > oldest);
  }
}
