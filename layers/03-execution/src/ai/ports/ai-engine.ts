import { LpError } from "@livepeer-ts/kernel";
import type { AiPipelineName } from "../pipelines/ai-pipeline.ts";
import type { AiFile, AiRequest } from "../pipelines/ai-request.ts";

/** A model that an orchestrator can have run, as it is announced to gateways. */
export type AiOffer = {
  readonly pipeline: AiPipelineName;
  readonly modelId: string;
  /** It is loaded: the first job need not wait for that. */
  readonly isWarm: boolean;
  /** Jobs at once. */
  readonly capacity: number;
  readonly inUse: number;
  /** Version of the runner; empty when it says none. */
  readonly runnerVersion: string;
};

export type AiJob = {
  /** 8 hex digits; in the log of every process the job passes. */
  readonly requestId: string;
  readonly request: AiRequest;
  /** Whole seconds of the sound; undefined for pipelines without any. */
  readonly audioSeconds: number | undefined;
};

/** One event of a conversation, as the runner sent it. */
export type LlmEvent = Readonly<Record<string, unknown>>;

/**
 * What came of a job. `json`: the runner's answer with media taken out: every `url` in it is the name of one of `files`.
 * `events`: an answer that comes piece by piece; ending the iteration early calls the job off.
 */
export type AiOutcome =
  | { readonly kind: "json"; readonly value: Readonly<Record<string, unknown>>; readonly files: readonly AiFile[] }
  | { readonly kind: "events"; readonly events: AsyncIterable<LlmEvent> };

/** A runner answered with an error. The message is its own words; `status` is what it answered. */
export class RunnerRefusal extends LpError {
  readonly status: number;

  constructor(status: number, text: string) {
    super({ code: "runner_refused", message: text, details: { status } });
    this.status = status;
  }
}

/**
 * Where an orchestrator has AI jobs done: runners of this machine, or remote workers.
 * `run` rejects with `insufficient_capacity` (somebody else should try), `RunnerRefusal`, or another `LpError` whose
 * message peers read.
 */
export interface AiEngine {
  /** What it can do now; changes as runners and workers come and go. */
  offers(): readonly AiOffer[];
  run(job: AiJob, signal: AbortSignal): Promise<AiOutcome>;
}
