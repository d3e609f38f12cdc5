import type { Clock } from "@livepeer-ts/kernel";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { aiWire } from "../wire/ai-wire.ts";
import type { AiJobStage, AiJobWatcher } from "./ai-job-stage.ts";

export type WatchedJobsOptions = {
  /** Jobs that can be watched at once; further ones run unwatched. Default 4096. */
  readonly maxWatched: number;
};

export const defaultWatchedJobsOptions: WatchedJobsOptions = { maxWatched: 4096 };

/** A watched job; `end` forgets it. */
export type WatchedJob = AiJobWatcher & { end(): void };

const goodId = /^[A-Za-z0-9-]{16,64}$/;

/** The jobs that clients have given an id to ask by, from their request to the begin of its answer. */
export class WatchedJobs {
  readonly #options: WatchedJobsOptions;
  readonly #clock: Pick<Clock, "mono">;
  readonly #stages = new Map<string, () => AiJobStage>();

  constructor(options: WatchedJobsOptions, clock: Pick<Clock, "mono">) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Undefined without an id, and when too many are watched. Rejects with 400 for what is no id, 409 for one that is in use. */
  begin(id: string | undefined): WatchedJob | undefined {
    if (id === undefined) return undefined;
    if (!goodId.test(id)) {
      throw new AiRefusal(400, "bad_job_id", `${aiWire.jobIdHeader} must be 16 to 64 letters, digits or hyphens`);
    }
    if (this.#stages.has(id)) {
      throw new AiRefusal(409, "job_id_in_use", `${aiWire.jobIdHeader} names a job that is under way: take a new one`);
    }
    if (this.#stages.size >= this.#options.maxWatched) return undefined;
    this.#stages.set(id, () => ({ state: "starting" }));
    let waitsSince: number | undefined;
    return {
      waiting: (position, maxWaitMs) => {
        const since = waitsSince ?? this.#clock.mono();
        waitsSince = since;
        this.#stages.set(id, () => ({
          state: "waiting",
          position: position(),
          waitedMs: this.#clock.mono() - since,
          maxWaitMs,
        }));
      },
      running: (isWarm) => {
        const since = this.#clock.mono();
        this.#stages.set(id, () => ({ state: "running", runningMs: this.#clock.mono() - since, isWarm }));
      },
      end: () => this.#stages.delete(id),
    };
  }

  /** Undefined for a job that is not known: it is over, or its request has not come yet. */
  stageOf(id: string): AiJobStage | undefined {
    return this.#stages.get(id)?.();
  }
}
