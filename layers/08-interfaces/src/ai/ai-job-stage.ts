/** Where a job is, and answer of `GET /api/ai/jobs/<id>` while it is known. */
export type AiJobStage =
  /** Its request is read and checked. */
  | { readonly state: "starting" }
  | {
      readonly state: "waiting";
      /** Its turn, as the jobs that wait are now: 1 for the one that is next. */
      readonly position: number;
      /** Since it began to wait, ms. */
      readonly waitedMs: number;
      /** After this it is given up, ms. */
      readonly maxWaitMs: number;
    }
  /** A machine works on it. `isWarm`: its model was loaded already. */
  | { readonly state: "running"; readonly runningMs: number; readonly isWarm: boolean };
