import { type Clock, errorText, type Logger, type TaskOwner } from "@livepeer-ts/kernel";
import type { CapacitySubject } from "./admin-subjects.ts";

export type DrainDeps = { readonly clock: Clock; readonly logger: Logger; readonly tasks: TaskOwner };

/** Between looks whether work is left, ms. */
const lookMs = 200;

/** A node that takes nothing new and finishes what it has: for maintenance, and before it stops. */
export class Drain {
  readonly #deps: DrainDeps;
  #capacity: CapacitySubject | undefined;
  #since: number | undefined;

  constructor(deps: DrainDeps) {
    this.#deps = deps;
  }

  /** Wall time in ms since when nothing new is taken; undefined: it is. */
  get since(): number | undefined {
    return this.#since;
  }

  /** Sessions or streams that are open, and jobs that are under way. */
  get running(): number {
    const { running, otherSessions, jobs } = this.#capacity ?? {};
    return (running?.() ?? 0) + (otherSessions?.() ?? 0) + (jobs?.() ?? 0);
  }

  /** The role is there; a drain that was asked for before counts for it too. */
  attach(capacity: CapacitySubject | undefined): void {
    this.#capacity = capacity;
    if (this.#since !== undefined) capacity?.refuseNew(true);
  }

  begin(): void {
    if (this.#since !== undefined) return;
    this.#since = this.#deps.clock.now();
    this.#capacity?.refuseNew(true);
    this.#deps.logger.info("nothing new is taken, what runs is finished", { running: this.running });
  }

  /** Takes new work again. */
  end(): void {
    if (this.#since === undefined) return;
    this.#since = undefined;
    this.#capacity?.refuseNew(false);
    this.#deps.logger.info("new work is taken again");
  }

  /** Calls `then` when nothing runs any more, unless the drain has ended before. */
  whenIdle(then: () => void): void {
    const since = this.#since;
    this.#deps.tasks.spawn("drain", async (signal) => {
      while (this.#since === since && this.running > 0) await this.#deps.clock.sleep(lookMs, signal);
      if (this.#since === since && since !== undefined) then();
    });
  }

  /**
   * Begins, then waits: for open sessions and streams up to `sessionsMs`, then for segments and jobs that are worked on up to `segmentsMs`.
   * `hurry` ends every wait.
   */
  async finish(
    limits: { readonly sessionsMs: number; readonly segmentsMs: number },
    hurry: AbortSignal,
  ): Promise<void> {
    this.begin();
    await this.#until(() => this.running === 0, limits.sessionsMs, hurry);
    this.#capacity?.refuseAll?.();
    const inFlight = () => (this.#capacity?.inFlight?.() ?? 0) + (this.#capacity?.jobs?.() ?? 0);
    await this.#until(() => inFlight() === 0, limits.segmentsMs, hurry);
  }

  async #until(holds: () => boolean, limitMs: number, hurry: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    const end = clock.mono() + limitMs;
    try {
      while (!holds() && clock.mono() < end) await clock.sleep(Math.min(lookMs, end - clock.mono()), hurry);
    } catch (error) {
      logger.info("the wait for running work is cut short", { reason: errorText(error) });
    }
  }
}
