import { LpError, serverSentEvents } from "@livepeer-ts/kernel";
import type { LlmEvent } from "../ports/ai-engine.ts";

/** Most events of one answer: more than any model's context. */
const maxEvents = 200_000;
/** Longest event, characters. */
const maxEventChars = 1024 * 1024;

/**
 * The events of a streamed conversation; ends with the one that says why it finished, or with `[DONE]`.
 * Throws `bad_answer` for what is no event, and when the stream ends before the answer does; `event_too_long` and
 * `line_too_long`.
 */
export async function* readLlmEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<LlmEvent> {
  let count = 0;
  for await (const { data } of serverSentEvents(body, maxEventChars)) {
    if (data.trim() === "[DONE]") return;
    if (++count > maxEvents) throw broken(`more than ${maxEvents} events`);
    const event = parsed(data);
    yield event;
    if (finishReason(event) !== "") return;
  }
  throw broken("the answer ended in the middle");
}

/** Why the first choice of the event finished; empty while it goes on, also for events without choices. */
export function finishReason(event: LlmEvent): string {
  const choices = event["choices"];
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const reason = typeof first === "object" && first !== null ? (first as Record<string, unknown>)["finish_reason"] : "";
  return typeof reason === "string" ? reason : "";
}

function parsed(data: string): LlmEvent {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw broken(`an event is no JSON: ${data.slice(0, 80)}`, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw broken("an event is no JSON object");
  return value as LlmEvent;
}

function broken(message: string, cause?: unknown): LpError {
  return new LpError({ code: "bad_answer", message, retryable: true, cause });
}
