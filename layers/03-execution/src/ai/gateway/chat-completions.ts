import { errorText, eventBytes, type HttpRequest, type HttpResponse, type HttpRoute } from "@livepeer-ts/kernel";
import { aiPipeline } from "../pipelines/ai-pipelines.ts";
import type { LlmEvent } from "../ports/ai-engine.ts";
import { shortId } from "../runner/runner-call.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { aiErrors, aiWire } from "../wire/ai-wire.ts";
import { checkAiRequest, readJsonObject } from "../wire/read-ai-request.ts";
import { relayed } from "../wire/relayed.ts";
import { type AiRoutesDeps, clientOf, factsOf, watchedJob } from "./ai-routes.ts";
import { chatRefusalJson } from "./chat-refusal.ts";
import { withFailureEvent } from "./failure-event.ts";
import { errorJson, jsonAnswer, preflightAnswer, streamAnswer } from "./json-answer.ts";
import type { WatchedJob } from "./watched-jobs.ts";

const chatPath = "/v1/chat/completions";
/** Tokens of an answer whose request names no limit. */
const defaultMaxTokens = 256;

/**
 * `POST /v1/chat/completions`: the conversation pipeline for clients of OpenAI's API, with this gateway as their base URL. Streams end
 * with `[DONE]` here, and messages may hold text in parts.
 */
export function chatCompletionRoutes(deps: AiRoutesDeps): readonly HttpRoute[] {
  return [
    {
      name: "OpenAI chat",
      match: (_request, path) => path === chatPath,
      async handle(request) {
        if (request.method === "OPTIONS") return preflightAnswer("POST, OPTIONS");
        const requestId = shortId(deps.random);
        const more = { [aiWire.requestIdHeader]: requestId };
        if (request.method !== "POST")
          return jsonAnswer(405, chatRefusalJson("not_allowed", aiErrors.notAllowed), more);
        let job: WatchedJob | undefined;
        try {
          job = watchedJob(request, deps.watched);
          return await serveChat(request, requestId, job, deps);
        } catch (error) {
          const { status } = errorJson(error);
          const code = error instanceof AiRefusal ? error.code : "internal";
          if (!(error instanceof AiRefusal))
            deps.logger.error("AI request failed", { requestId, error: errorText(error) });
          return jsonAnswer(
            status,
            chatRefusalJson(code, error instanceof AiRefusal ? error.message : aiErrors.internal),
            more,
          );
        } finally {
          job?.end();
        }
      },
    },
  ];
}

async function serveChat(
  request: HttpRequest,
  requestId: string,
  job: WatchedJob | undefined,
  deps: AiRoutesDeps,
): Promise<HttpResponse> {
  const given = await readJsonObject(request.body);
  const values = new Map(given);
  values.set(
    "messages",
    Array.isArray(given.get("messages")) ? (given.get("messages") as unknown[]).map(plain) : undefined,
  );
  values.set("max_tokens", given.get("max_tokens") ?? given.get("max_completion_tokens") ?? defaultMaxTokens);
  values.set("stream", given.get("stream") ?? false);
  const ai = checkAiRequest(aiPipeline("llm"), { values, files: new Map() }, true);
  const { outcome, uri, feeWei } = await deps.jobs.run(requestId, ai, clientOf(request), request.signal, job);
  const more = factsOf(requestId, { uri, feeWei });
  if (outcome.kind === "json") return jsonAnswer(200, { object: "chat.completion", ...outcome.value }, more);
  return streamAnswer(aiWire.eventStreamType, withFailureEvent(withDone(outcome.events)), more);
}

/** The events, then the mark that clients of this API wait for. */
function withDone(events: AsyncIterable<LlmEvent>): AsyncIterable<Uint8Array> {
  const source = events[Symbol.asyncIterator]();
  let isDone = false;
  const series: AsyncIterableIterator<string> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (isDone) return { done: true, value: undefined };
      const { done, value } = await source.next();
      isDone = done === true;
      return { done: false, value: isDone ? "[DONE]" : JSON.stringify({ object: "chat.completion.chunk", ...value }) };
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
  return relayed(series, eventBytes, () => {});
}

/** A message whose content may be a list of texts. */
function plain(message: unknown): unknown {
  const { content } = (message ?? {}) as { content?: unknown };
  if (!Array.isArray(content)) return message;
  const texts = content.map((part: { type?: unknown; text?: unknown } | null) => {
    if (part?.type === "text" && typeof part.text === "string") return part.text;
    throw new AiRefusal(400, "wrong_type", "messages may hold text only");
  });
  return { ...(message as object), content: texts.join("\n") };
}
