import { type Clock, errorText, type HttpResponse, LpError, type Net } from "@livepeer-ts/kernel";
import type { ExternalCapability } from "./external-capabilities.ts";

export type WorkerCallDeps = { readonly net: Net; readonly clock: Clock };

/** What is sent to a worker. */
export type WorkerCall = {
  /** After the worker's URL, with a slash. */
  readonly path: string;
  readonly header: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
};

/**
 * One request to a worker. `done` ends its time and must be called when the answer is read. Rejects with `worker_unreachable`, or
 * `worker_timeout`.
 */
export async function callWorker(
  capability: ExternalCapability,
  call: WorkerCall,
  timeoutMs: number,
  { net, clock }: WorkerCallDeps,
  signal: AbortSignal,
): Promise<{ readonly answer: HttpResponse; readonly signal: AbortSignal; readonly done: () => void }> {
  const deadline = clock.deadline(timeoutMs, signal);
  try {
    const answer = await net.request({
      method: "POST",
      url: `${capability.url}${call.path}`,
      header: new Headers({
        ...call.header,
        ...(capability.token === undefined ? {} : { authorization: `Bearer ${capability.token}` }),
      }),
      body: call.body,
      signal: deadline.signal,
    });
    return { answer, signal: deadline.signal, done: () => deadline.clear() };
  } catch (error) {
    const isLate = deadline.signal.aborted && !signal.aborted;
    deadline.clear();
    signal.throwIfAborted();
    if (isLate) throw workerTimeout(timeoutMs, error);
    // its address is the operator's business
    throw new LpError({
      code: "worker_unreachable",
      message: "the worker cannot be reached",
      details: { error: errorText(error) },
      retryable: true,
      cause: error,
    });
  }
}

export function workerTimeout(timeoutMs: number, cause: unknown): LpError {
  return new LpError({
    code: "worker_timeout",
    message: `the worker has not answered within ${timeoutMs / 1000} s`,
    retryable: true,
    cause,
  });
}
