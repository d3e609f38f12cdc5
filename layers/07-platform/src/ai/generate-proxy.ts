import { type AiPipeline, aiPipelines, aiWire } from "@livepeer-ts/execution";
import {
  type Clock,
  errorText,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Logger,
  LpError,
  type Net,
  readBody,
} from "@livepeer-ts/kernel";
import type { Accounts } from "../auth/accounts.ts";
import { ApiError } from "../errors.ts";
import { isOwnPage } from "../http/own-page.ts";
import { jsonResponse } from "../http/raw-response.ts";
import { mediaPath } from "./media-proxy.ts";

export type GenerateProxyOptions = {
  /** Base URL of the gateway's HTTP port. */
  readonly gatewayUrl: string;
  /** Base URL under which clients reach the platform; undefined = the host of each request. */
  readonly publicUrl: string | undefined;
  /** Deadline until the gateway's answer begins, ms. */
  readonly timeoutMs: number;
  /** Bytes of one request. */
  readonly maxBodyBytes: number;
  /** Pages of these hosts may use it without a key; empty: nobody may. */
  readonly ownHosts: readonly string[];
};

export type GenerateProxyDeps = {
  readonly accounts: Accounts;
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
};

const generatePath = /^\/api\/(?:api\/)?(?:beta\/)?generate\/([a-z0-9-]+)\/?$/;
const pipelines = new Map<string, AiPipeline>(aiPipelines.map((pipeline) => [pipeline.name, pipeline]));
const withMedia: ReadonlySet<AiPipeline["result"]> = new Set(["images", "video", "audio"]);
/** Largest answer whose media get other addresses. */
const maxAnswerBytes = 1024 * 1024;

/** True for the path of a pipeline; the SDKs' doubled prefix is one too. */
export function isGeneratePath(pathname: string): boolean {
  return generatePath.test(pathname);
}

/**
 * `POST /api/beta/generate/<pipeline>`: an AI job at the gateway, for whoever shows a key, and for the pages of a local network. Answers
 * and refusals are the gateway's own; media in them have this server's address.
 */
export function createGenerateProxy(options: GenerateProxyOptions, deps: GenerateProxyDeps): HttpHandler {
  const base = options.gatewayUrl.replace(/\/+$/, "");
  return async (request) => {
    const name = generatePath.exec(new URL(request.url).pathname)?.[1] ?? "";
    const pipeline = pipelines.get(name);
    if (pipeline === undefined) {
      return refusal(
        404,
        "unknown_pipeline",
        `there is no pipeline ${name}: there are ${[...pipelines.keys()].join(", ")}`,
      );
    }
    if (request.method !== "POST") return refusal(405, "not_allowed", "only POST is possible here", { allow: "POST" });
    const asker = await askerOf(request, options.ownHosts, deps.accounts);
    if ("status" in asker) return asker;
    const header = kept(request.header, ["content-type", "prefer", aiWire.jobIdHeader]);
    // accounts get places in turn; the key stays here
    if (asker.accountId !== undefined) header.set("authorization", `Account ${asker.accountId}`);
    const deadline = deps.clock.deadline(options.timeoutMs, request.signal);
    const size = { isTooLarge: false };
    try {
      const answer = await deps.net.request({
        method: "POST",
        url: `${base}/${pipeline.name}`,
        header,
        body: limited(request.body, options.maxBodyBytes, size),
        signal: deadline.signal,
      });
      return await passedOn(answer, pipeline, request, options);
    } catch (error) {
      if (request.signal.aborted) throw error;
      if (size.isTooLarge)
        return refusal(413, "body_too_large", `the request is larger than ${options.maxBodyBytes} bytes: send less`);
      deps.logger.warn("the gateway does not answer an AI job", { pipeline: name, error: errorText(error) });
      return refusal(502, "gateway_silent", "The gateway did not answer: try again in a few seconds.");
    } finally {
      deadline.clear();
    }
  };
}

/** Who asks: an account, or a page of this network itself; for all others why they may not. */
async function askerOf(
  request: HttpRequest,
  ownHosts: readonly string[],
  accounts: Accounts,
): Promise<{ readonly accountId: string | undefined } | HttpResponse> {
  const host = request.header.get("host") ?? new URL(request.url).host;
  const origin = request.header.get("origin");
  if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`) {
    return refusal(403, "forbidden", `credential disallows CORS access from origin ${origin.slice(0, 200)}`);
  }
  try {
    const caller = await accounts.authenticate(request.header.get("authorization") ?? undefined);
    if (caller !== undefined || isOwnPage(request, ownHosts)) return { accountId: caller?.accountId };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return refusal(error.status, error.code, error.message);
  }
  return refusal(401, "unauthorized", "request is not authenticated: send an API key as a bearer token");
}

async function passedOn(
  answer: HttpResponse,
  pipeline: AiPipeline,
  request: HttpRequest,
  { publicUrl }: GenerateProxyOptions,
): Promise<HttpResponse> {
  const header = kept(answer.header, ["content-type", aiWire.requestIdHeader, aiWire.feeHeader, "retry-after"]);
  header.set("cache-control", "no-store");
  const isJson = (answer.header.get("content-type") ?? "").startsWith("application/json");
  if (answer.status !== 200 || !isJson || !withMedia.has(pipeline.result)) {
    return { status: answer.status, header, body: answer.body };
  }
  const value: unknown = JSON.parse(new TextDecoder().decode(await readBody(answer.body, maxAnswerBytes)));
  const own = (publicUrl ?? new URL(request.url).origin).replace(/\/+$/, "");
  return jsonResponse(200, withOwnAddresses(value, own), Object.fromEntries(header));
}

/** The answer with the gateway's relative media addresses as this server's. */
function withOwnAddresses(value: unknown, own: string): unknown {
  const moved = (item: unknown): unknown => {
    if (typeof item !== "object" || item === null) return item;
    const { url } = item as { url?: unknown };
    const path = typeof url === "string" ? mediaPath(url) : undefined;
    return path === undefined ? item : { ...item, url: `${own}${path}` };
  };
  if (typeof value !== "object" || value === null) return value;
  const { images, audio } = value as { images?: unknown; audio?: unknown };
  return {
    ...value,
    ...(Array.isArray(images) ? { images: images.map(moved) } : {}),
    ...(audio === undefined ? {} : { audio: moved(audio) }),
  };
}

function kept(header: Headers, names: readonly string[]): Headers {
  const some = new Headers();
  for (const name of names) {
    const value = header.get(name);
    if (value !== null) some.set(name, value);
  }
  return some;
}

async function* limited(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  size: { isTooLarge: boolean },
): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of body) {
    sum += chunk.length;
    if (sum > maxBytes) {
      size.isTooLarge = true;
      throw new LpError({ code: "body_too_large", message: `the body is larger than ${maxBytes} bytes` });
    }
    yield chunk;
  }
}

/** Its own refusals: as the rest of the API says them, and as the gateway does. */
function refusal(status: number, code: string, message: string, header: Readonly<Record<string, string>> = {}) {
  return jsonResponse(status, { errors: [message], error: { message, code } }, header);
}
