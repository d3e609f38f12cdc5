/** Type of a field in a request's JSON, or `file` for a part with media. Lists of messages are `messages`. */
export type AiFieldType = "string" | "integer" | "number" | "boolean" | "messages" | "file";

export type AiField = {
  readonly name: string;
  readonly type: AiFieldType;
  /** Without it the request is refused. */
  readonly isRequired?: true;
  /** What the gateway sends when the client left it out; absent: nothing is sent and the runner's own default counts. */
  readonly gatewayDefault?: string | number | boolean;
  /** What the runner takes when it gets nothing; shown to people. */
  readonly runnerDefault?: string | number | boolean;
  /** The only values it knows; absent: any. */
  readonly choices?: readonly string[];
  /** The gateway fills it in, whatever the client says. */
  readonly isMeasured?: true;
};

/** What a pipeline is charged by, as people say it: `count` of the protocol's units for each one. */
export type AiUnit = { readonly name: "pixel" | "second" | "token" | "character"; readonly count: number };

/** Shape of a runner's answer, and so of the gateway's. */
export type AiResultKind = "images" | "video" | "text" | "masks" | "llm" | "caption" | "audio";

export type AiPipelineName =
  | "text-to-image"
  | "image-to-image"
  | "image-to-video"
  | "upscale"
  | "audio-to-text"
  | "segment-anything-2"
  | "llm"
  | "image-to-text"
  | "text-to-speech";

/** A request/response pipeline as peers, runners and clients know it (go-livepeer v0.9.1). */
export type AiPipeline = {
  readonly name: AiPipelineName;
  /** Number of the capability; the route is `/{name}` on gateways, orchestrators and runners. */
  readonly capability: number;
  readonly body: "json" | "form";
  /** Field that names the model. */
  readonly modelField: "model_id" | "model";
  /** Model that is looked for when the client names none. */
  readonly defaultModel: string;
  /** In the order of the protocol's description, with the model's field. */
  readonly fields: readonly AiField[];
  readonly result: AiResultKind;
  readonly unit: AiUnit;
  /** Field with the number of steps by which latencies are made comparable, and its default; absent: no steps. */
  readonly steps?: { readonly field: string; readonly default: number };
};
