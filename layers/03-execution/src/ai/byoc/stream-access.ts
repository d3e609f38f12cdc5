import { type Clock, errorText, LpError, type Net, postText, type TextAnswer } from "@livepeer-ts/kernel";

/** What is asked about a stream before it starts. */
export type StreamAccessRequest = {
  readonly name: string;
  readonly id: string;
  /** Host of this gateway, as the client named it. */
  readonly gatewayHost: string;
  readonly statusUrl: string;
  readonly updateUrl: string;
  /** Query of the client's URL, without its question mark. */
  readonly query: string;
};

/** What the answer changes. */
export type StreamGrant = {
  /** Replaces the client's. */
  readonly outputs: readonly string[] | undefined;
  readonly streamId: string | undefined;
  /** Replaces the client's parameters. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
};

/** Who may start streams of external capabilities. */
export interface StreamAccess {
  /** Rejects with `access_denied`, or `access_unknown` (retryable) when nobody could be asked. */
  check(request: StreamAccessRequest, signal: AbortSignal): Promise<StreamGrant>;
}

/** Everybody may. */
export const openStreamAccess: StreamAccess = {
  check: async () => ({ outputs: undefined, streamId: undefined, parameters: undefined }),
};

export type StreamWebhookOptions = {
  /** `-liveAIAuthWebhookUrl`. */
  readonly url: string;
  /** `-liveAIAuthApiKey`; empty: none. */
  readonly apiKey: string;
  /** Ms for the whole exchange. Default 5000. */
  readonly timeoutMs?: number;
};

const maxAnswerBytes = 1024 * 1024;

/** Asks a webhook; any answer but 2xx is a no. */
export function webhookStreamAccess(
  options: StreamWebhookOptions,
  deps: { readonly net: Net; readonly clock: Clock },
): StreamAccess {
  const header = new Headers({ "content-type": "application/json" });
  if (options.apiKey !== "") {
    header.set("x-api-key", options.apiKey);
    header.set("authorization", options.apiKey);
  }
  return {
    async check(request, signal) {
      const asked = {
        stream: request.name,
        stream_key: request.id,
        type: "rtmp",
        ...(request.query === "" ? {} : { query_params: request.query }),
        gateway_host: request.gatewayHost,
        whep_url: "",
        status_url: request.statusUrl,
        update_url: request.updateUrl,
      };
      const post = {
        ...{ url: options.url, header, text: JSON.stringify(asked) },
        ...{ timeoutMs: options.timeoutMs ?? 5000, maxAnswerBytes },
      };
      const { status, text }: TextAnswer = await postText(post, deps, signal).catch((cause: unknown) => {
        const message = `the webhook could not be asked (${errorText(cause)}): try again in a moment`;
        throw new LpError({ code: "access_unknown", message, retryable: true, cause });
      });
      if (status < 200 || status > 299)
        throw new LpError({ code: "access_denied", message: `the webhook refused the stream (status ${status})` });
      return readGrant(text);
    },
  };
}

function readGrant(text: string): StreamGrant {
  let fields: Readonly<Record<string, unknown>> = {};
  try {
    if (text.trim() !== "") fields = JSON.parse(text) as typeof fields;
  } catch (cause) {
    throw new LpError({ code: "access_denied", message: "the webhook answered something that is not JSON", cause });
  }
  const { rtmp_output_url: outputs, stream_id: id, pipeline, pipeline_parameters: given } = fields ?? {};
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  const parameters = isObject && Object.keys(given).length > 0 ? (given as Record<string, unknown>) : undefined;
  return {
    outputs: typeof outputs === "string" && outputs.trim() !== "" ? urlList(outputs) : undefined,
    streamId: typeof id === "string" && id !== "" ? id : undefined,
    // ComfyUI's worker wants a prompt
    parameters:
      parameters !== undefined && pipeline === "comfyui" && !("prompt" in parameters)
        ? { prompt: parameters }
        : parameters,
  };
}

/** The entries of a comma list. */
export function urlList(text: string): readonly string[] {
  return text
    .split(",")
    .map((url) => url.trim())
    .filter((url) => url !== "");
}
