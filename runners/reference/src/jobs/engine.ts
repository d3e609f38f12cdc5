import type { ModelPipeline } from "../weights/catalog.ts";
import type { FieldSpec } from "./field-spec.ts";
import type { Job } from "./job.ts";

/** What a job gives: one JSON value, or events that come one by one. */
export type Answer =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "events"; readonly events: AsyncIterable<unknown> };

/** A loaded model. Does one job at a time. */
export interface Engine {
  /** Rejects with `Refusal` when the job does not fit; with anything else when the model failed. */
  run(job: Job, signal: AbortSignal): Promise<Answer>;
}

/** A pipeline of this runner with its one model. */
export type Pipeline = {
  readonly name: string;
  readonly modelId: string;
  readonly body: "json" | "form";
  readonly fields: readonly FieldSpec[];
  /** Which weights it needs; undefined: they are part of the source tree. */
  readonly weights: ModelPipeline | undefined;
  /** Loads the model from the folder of weights. Rejects with `ModelError` and what to do. */
  load(folder: string): Promise<Engine>;
};
