import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Clock, errorText, LpError, readBody, utf8 } from "@livepeer-ts/kernel";

/** Where a service of the operator's own answers, and how it is trusted. */
export type JsonApiPlace = {
  /** Socket in the file system; it goes before `url`. */
  readonly socketPath?: string;
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly header?: Readonly<Record<string, string>>;
  /** PEM texts for HTTPS. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
};

export type JsonAnswer = {
  readonly status: number;
  /** Undefined when the body is no JSON. */
  readonly value: unknown;
  readonly bytes: Uint8Array;
};

export type JsonAsk = {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** Default 30000. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
};

/** One question where the asker says nothing else. */
const timeoutMs = 30_000;
const maxAnswerBytes = 8 * 1024 * 1024;

/** A service that speaks JSON: a container engine, a cluster. Every call has its own connection. */
export class JsonApi {
  readonly #place: JsonApiPlace;
  readonly #clock: Clock;

  constructor(place: JsonApiPlace, clock: Clock) {
    this.#place = place;
    this.#clock = clock;
  }

  /** Rejects with `api_unreachable` when nothing answers in time, or with the signal's reason. Error statuses are answers. */
  async ask(ask: JsonAsk): Promise<JsonAnswer> {
    const limitMs = ask.timeoutMs ?? timeoutMs;
    const deadline = this.#clock.deadline(limitMs, ask.signal);
    try {
      const response = await this.#send(ask, deadline.signal);
      const bytes = await readBody(response as AsyncIterable<Uint8Array>, maxAnswerBytes);
      return { status: response.statusCode ?? 0, value: parsed(bytes), bytes };
    } catch (cause) {
      if (ask.signal.aborted) throw ask.signal.reason;
      if (cause instanceof LpError && cause.code === "body_too_large") throw cause;
      const why = deadline.signal.aborted ? `no answer within ${limitMs / 1000} s` : errorText(cause);
      throw new LpError({
        code: "api_unreachable",
        message: `${this.#place.socketPath ?? this.#place.url} does not answer: ${why}`,
        details: { code: (cause as NodeJS.ErrnoException).code ?? "" },
        retryable: true,
        cause,
      });
    } finally {
      deadline.clear();
    }
  }

  #send({ method, path, body }: JsonAsk, signal: AbortSignal): Promise<IncomingMessage> {
    const { socketPath, url, header, tls } = this.#place;
    const text = body === undefined ? undefined : utf8(JSON.stringify(body));
    const options = {
      method,
      signal,
      agent: false,
      headers: {
        ...header,
        ...(text === undefined ? {} : { "content-type": "application/json", "content-length": String(text.length) }),
      },
      ...(socketPath === undefined ? {} : { socketPath }),
    };
    return new Promise((resolve, reject) => {
      const target = `${url}${path}`;
      const request: ClientRequest =
        socketPath === undefined && target.startsWith("https:")
          ? httpsRequest(target, { ...options, ...tls })
          : httpRequest(target, options);
      request.once("response", resolve);
      request.once("error", reject);
      request.end(text);
    });
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
