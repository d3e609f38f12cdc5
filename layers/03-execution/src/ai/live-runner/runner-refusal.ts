import { bodyOf, type HttpResponse, LpError } from "@livepeer-ts/kernel";
import { jsonTextAnswer } from "../../http/json-answer.ts";
import { textAnswer } from "../../http/text-answer.ts";
import { type CallRefusalReason, liveRunnerWire } from "./live-runner-wire.ts";

/** A refusal of a live-runner call: a status, and the text that callers read. */
export class RunnerCallRefusal extends LpError {
  readonly status: number;
  readonly header: Readonly<Record<string, string>>;

  constructor(status: number, text: string, header: Readonly<Record<string, string>> = {}) {
    super({ code: "live_runner_refused", message: text, details: { status } });
    this.status = status;
    this.header = header;
  }
}

/** The answer of a call, or the refusal that it throws. */
export async function answering(serve: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await serve();
  } catch (error) {
    if (error instanceof RunnerCallRefusal) {
      const answer = textAnswer(error.status, error.message);
      // so that nobody takes it for an answer of the application
      answer.header.set(liveRunnerWire.header.reason, "refused" satisfies CallRefusalReason);
      for (const [name, value] of Object.entries(error.header)) answer.header.set(name, value);
      return answer;
    }
    throw error;
  }
}

export function jsonAnswer(value: unknown, status = 200): HttpResponse {
  return jsonTextAnswer(status, JSON.stringify(value));
}

export function emptyAnswer(status: number): HttpResponse {
  return { status, header: new Headers(), body: bodyOf(new Uint8Array(0)) };
}
