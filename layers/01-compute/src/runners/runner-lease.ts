/** State of a model's runners, for people and for the admin port. */
export type RunnerState = "cold" | "starting" | "loading" | "ready" | "failed";

/** A model of this machine as it is now. */
export type RunnerModel = {
  readonly pipeline: string;
  readonly modelId: string;
  readonly isWarm: boolean;
  readonly capacity: number;
  readonly inUse: number;
  /** What its runner says; empty when unknown. */
  readonly version: string;
  readonly state: RunnerState;
  /** Why it is `failed`, or why it does not load; undefined when all is well. */
  readonly problem: string | undefined;
};

/** A runner lent to one job. */
export type RunnerLease = {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly token: string | undefined;
  /** Gives it back; safe to call twice. `isBroken`: it did not answer as it should, so its health is looked at now. */
  release(isBroken?: boolean): void;
};

/** The runners of this machine, whatever runs them. */
export interface RunnerPool {
  models(): readonly RunnerModel[];
  /** Lends a healthy runner of the model, starting one where there is room. Rejects with `insufficient_capacity` or `runner_not_started`. */
  borrow(pipeline: string, modelId: string, signal: AbortSignal): Promise<RunnerLease>;
}
