/** Where a job is that its client asks about (`GET /ai/jobs/<id>`). */
export type AiJobStage =
  /** It is read, checked and measured, and orchestrators are looked for. */
  | { readonly state: "starting" }
  /** All places are taken. */
  | {
      readonly state: "waiting";
      /** Its turn, as the jobs that wait are now: 1 for the one that is next. */
      readonly position: number;
      /** Since it began to wait, ms. */
      readonly waitedMs: number;
      /** After this it is given up, ms. */
      readonly maxWaitMs: number;
    }
  /** An orchestrator works on it. `isWarm`: its model was loaded already. */
  | { readonly state: "running"; readonly runningMs: number; readonly isWarm: boolean };

/** Told where a job is, as it goes on. */
export type AiJobWatcher = {
  /** It waits for a place. `position` says its turn at the time of the call. */
  waiting(position: () => number, maxWaitMs: number): void;
  running(isWarm: boolean): void;
};
