import { bodyOf, type HttpResponse, LpError } from "@livepeer-ts/kernel";
import { jsonTextAnswer } from "../../http/json-answer.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { aiErrors } from "../wire/ai-wire.ts";

/** Fields of every answer of an AI route: pages of other sites may read it. */
export const commonHeader = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Livepeer-Request-Id, Livepeer-Fee-Wei, Livepeer-Orchestrator, Livepeer-Reason",
};

/** An answer of an AI route: JSON and a newline, readable for pages of other sites. */
export function jsonAnswer(status: number, value: unknown, more: Readonly<Record<string, string>> = {}): HttpResponse {
  return jsonTextAnswer(status, JSON.stringify(value), { ...commonHeader, ...more });
}

/** An answer that comes piece by piece. */
export function streamAnswer(
  contentType: string,
  body: AsyncIterable<Uint8Array>,
  more: Readonly<Record<string, string>> = {},
): HttpResponse {
  const header = { ...commonHeader, ...more, "content-type": contentType, "cache-control": "no-cache" };
  return { status: 200, header: new Headers(header), body };
}

/** The answer to a preflight request. */
export function preflightAnswer(methods: string): HttpResponse {
  const header = {
    ...commonHeader,
    "access-control-allow-methods": methods,
    "access-control-allow-headers": "*",
    "access-control-max-age": "600",
  };
  return { status: 204, header: new Headers(header), body: bodyOf(new Uint8Array(0)) };
}

type Failure = { readonly message: string; readonly code: string; readonly reason?: string };

/** A failure, and `detail` in the form of the pipelines' published schema, which generated clients read. */
export function failureJson(status: number, error: Failure): unknown {
  const msg = error.reason ?? error.message;
  return { error, detail: status === 422 ? [{ loc: ["body"], msg, type: error.code }] : { msg } };
}

/** The JSON of a failure: `message` as the protocol has it, where 500 and 503 say nothing; `code` and `reason` say it beside. */
export function errorJson(error: unknown): { readonly status: number; readonly value: unknown } {
  const status = error instanceof AiRefusal ? error.status : 500;
  const code = error instanceof LpError ? error.code : "internal";
  const text = error instanceof Error ? error.message : String(error);
  if (status < 500) return { status, value: failureJson(status, { message: text, code }) };
  const message = status === 503 ? aiErrors.unavailable : status === 500 ? aiErrors.internal : text;
  const reason = error instanceof AiRefusal ? { reason: text } : {};
  return { status, value: failureJson(status, { message, code, ...reason }) };
}
