import type { AiPipeline } from "@livepeer-ts/sdk";
import { type FormValues, requestBody } from "./form-values.ts";

/** What came of a request. */
export type JobResult =
  | {
      readonly kind: "done";
      readonly value: Readonly<Record<string, unknown>>;
      readonly requestId: string;
      /** Null where nothing is charged. */
      readonly feeWei: bigint | null;
      readonly ms: number;
    }
  | {
      readonly kind: "failed";
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly requestId: string;
    };

export type JobOptions = {
  readonly apiKey: string;
  /** By it the server tells where the job is. */
  readonly jobId: string;
  readonly signal: AbortSignal;
  /** Told about the text of an answer that comes piece by piece, all of it so far. */
  readonly onText: (text: string) => void;
};

/** An id by which nobody else can ask. */
export function newJobId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Path of a pipeline at this server. */
export function jobPath(pipeline: AiPipeline): string {
  return `/api/beta/generate/${pipeline.name}`;
}

/** Sends a request and reads its answer to the end. Rejects when it is called off. */
export async function runJob(pipeline: AiPipeline, values: FormValues, options: JobOptions): Promise<JobResult> {
  const startedAt = performance.now();
  const body = requestBody(pipeline, values);
  const headers: Record<string, string> = { "livepeer-job-id": options.jobId };
  if (typeof body === "string") headers["content-type"] = "application/json";
  if (options.apiKey !== "") headers["authorization"] = `Bearer ${options.apiKey}`;
  let requestId = "";
  try {
    const answer = await fetch(jobPath(pipeline), { method: "POST", headers, body, signal: options.signal });
    requestId = answer.headers.get("livepeer-request-id") ?? "";
    if (!answer.ok) return failed(answer.status, await answer.text(), requestId);
    const fee = answer.headers.get("livepeer-fee-wei");
    const isStream = (answer.headers.get("content-type") ?? "").startsWith("text/event-stream");
    const value = isStream ? await readEvents(answer, options.onText) : await answer.json();
    // an answer that broke off says so in its last event
    if (isStream && value["error"] !== undefined) return failed(502, JSON.stringify(value), requestId);
    return {
      kind: "done",
      value,
      requestId,
      feeWei: fee === null ? null : BigInt(fee),
      ms: performance.now() - startedAt,
    };
  } catch (error) {
    if (options.signal.aborted) throw error;
    return { kind: "failed", status: 0, code: "gateway_silent", message: String(error), requestId };
  }
}

function failed(status: number, text: string, requestId: string): JobResult {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string; reason?: string } };
    const message = error?.reason ?? error?.message ?? text;
    return { kind: "failed", status, code: error?.code ?? `http_${status}`, message, requestId };
  } catch {
    return { kind: "failed", status, code: `http_${status}`, message: text.slice(0, 300), requestId };
  }
}

type Event = {
  readonly error?: unknown;
  readonly usage?: unknown;
  readonly choices?: readonly {
    readonly finish_reason?: string | null;
    readonly delta?: { readonly content?: string };
  }[];
};

/** A conversation's events as the answer that it has without streaming; the event that says why it broke off. */
async function readEvents(answer: Response, onText: (text: string) => void): Promise<Record<string, unknown>> {
  let text = "";
  let waiting = "";
  let last: Event = {};
  let reason = "";
  for await (const chunk of piecesOf(answer)) {
    waiting += chunk;
    const events = waiting.split("\n\n");
    waiting = events.pop() ?? "";
    for (const event of events) {
      const data = event.replace(/^data: ?/, "").trim();
      if (data === "" || data === "[DONE]") continue;
      last = JSON.parse(data) as Event;
      if (last.error !== undefined) return last;
      const choice = last.choices?.[0];
      text += choice?.delta?.content ?? "";
      reason = choice?.finish_reason || reason;
      onText(text);
    }
  }
  if (reason === "") throw new Error("the answer ended in the middle");
  return { ...last, choices: [{ index: 0, finish_reason: reason, message: { role: "assistant", content: text } }] };
}

async function* piecesOf(answer: Response): AsyncGenerator<string> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield decoder.decode(value, { stream: true });
  }
}
