/** A field of a pipeline's request. */
export type AiField = {
  readonly name: string;
  /** `messages`: a list of `{role, content}`; `file`: media. */
  readonly type: "string" | "integer" | "number" | "boolean" | "messages" | "file";
  readonly isRequired?: true;
  /** What the gateway sends when it is left out. */
  readonly gatewayDefault?: string | number | boolean;
  /** What the runner takes when it gets nothing. */
  readonly runnerDefault?: string | number | boolean;
  /** The only values; absent: any. */
  readonly choices?: readonly string[];
  /** The gateway fills it in, whatever the client says. */
  readonly isMeasured?: true;
};

/** An AI pipeline: the request it takes, and the kind of its answer. */
export type AiPipeline = {
  readonly name: string;
  readonly body: "json" | "form";
  /** Field that names the model. */
  readonly modelField: string;
  readonly defaultModel: string;
  readonly fields: readonly AiField[];
  readonly result: "images" | "video" | "text" | "masks" | "llm" | "caption" | "audio";
  /** What is charged by: `count` of the protocol's units for each one. */
  readonly unit: { readonly name: "pixel" | "second" | "token" | "character"; readonly count: number };
};

/** Answer of `GET /api/ai/pipelines`. */
export type AiPipelineList = {
  readonly pipelines: readonly AiPipeline[];
  /** Largest request, bytes. */
  readonly maxRequestBytes: number;
};
