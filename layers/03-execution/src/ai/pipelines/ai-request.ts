import type { AiPipeline } from "./ai-pipeline.ts";

/** Media of a request or of a result. */
export type AiFile = {
  readonly name: string;
  /** Such as `image/png`; empty when the sender gave none. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
};

export type AiMessage = { readonly role: string; readonly content: string };

/** A field's value; files are kept apart. */
export type AiValue = string | number | boolean | readonly AiMessage[];

/** A request that fits its pipeline: every required field is there, every value has the field's type. */
export type AiRequest = {
  readonly pipeline: AiPipeline;
  readonly modelId: string;
  /** What is sent on, without the model's field, in the order of the pipeline's fields. Fields that the protocol does not know are dropped. */
  readonly fields: ReadonlyMap<string, AiValue>;
  readonly files: ReadonlyMap<string, AiFile>;
};

/** Largest request with media, bytes: runners refuse more than 50 MB of audio or picture, and fields come beside it. */
export const maxAiRequestBytes = 52 * 1024 * 1024;
/** Largest request without media: a prompt or a conversation. */
export const maxAiJsonBytes = 4 * 1024 * 1024;
