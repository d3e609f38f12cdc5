import { errorText, eventBytes } from "@livepeer-ts/kernel";
import { failureJson } from "./json-answer.ts";

/**
 * The events of a conversation; when they break off, a last one with an `error` says why. Clients of OpenAI's API throw it; others see an
 * answer without `finish_reason`.
 */
export function withFailureEvent(events: AsyncIterable<Uint8Array>): AsyncIterableIterator<Uint8Array> {
  const source = events[Symbol.asyncIterator]();
  let hasFailed = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (hasFailed) return { done: true, value: undefined };
      try {
        return await source.next();
      } catch (error) {
        hasFailed = true;
        const message = `the answer broke off: ${errorText(error)}`;
        return { done: false, value: eventBytes(JSON.stringify(failureJson(500, { message, code: "stream_broken" }))) };
      }
    },
    async return() {
      hasFailed = true;
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
