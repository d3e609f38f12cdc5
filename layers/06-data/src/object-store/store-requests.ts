import {
  type Clock,
  type HttpResponse,
  hasErrorCode,
  LpError,
  type Net,
  type Random,
  readBody,
} from "@livepeer-ts/kernel";
import type { Digests } from "../ports/digests.ts";

/** What every store over HTTP needs. `net` must check TLS certificates: the stores' answers carry no signature. */
export type StoreDeps = {
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly digests: Digests;
};

/** Times and tries of a store over HTTP. */
export type StoreLimits = {
  /** Ms one save may take, tries and pauses together; a save in parts gets as much for each part. Default 10000. */
  readonly saveMs: number;
  /** Ms until the answer to any other request begins, tries and pauses together. Default 10000. */
  readonly readMs: number;
  /** Ms between two pieces of an object that is being read. Default 10000. */
  readonly idleMs: number;
  /** Tries of one request. Default 4. */
  readonly maxTries: number;
  /** Ms of pause after the first failure; doubles, with a random part, up to `maxPauseMs`. Default 200. */
  readonly minPauseMs: number;
  /** Default 2000. */
  readonly maxPauseMs: number;
  /** Largest object that is taken. Default 5 GiB. */
  readonly maxObjectBytes: number;
};

export const defaultStoreLimits: StoreLimits = {
  saveMs: 10_000,
  readMs: 10_000,
  idleMs: 10_000,
  maxTries: 4,
  minPauseMs: 200,
  maxPauseMs: 2000,
  maxObjectBytes: 5 * 1024 ** 3,
};

/** Of an answer that is no object: a listing of 1000 keys is at most about 2 MB. */
const maxAnswerBytes = 8 * 1024 ** 2;

/** One request, made anew for every try: signatures carry the time, bodies are used up. */
export type StoreRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
};

/** An answer that is an error: what the store said, not yet a sentence for a person. */
export type StoreAnswer = { readonly status: number; readonly header: Headers; readonly text: string };

/** Runs `work` with an end. A deadline that passes is `object_store_timeout`; the caller's own signal keeps its reason. */
export async function withinMs<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = clock.deadline(ms, parent);
  try {
    deadline.signal.throwIfAborted();
    return await work(deadline.signal);
  } catch (error) {
    if (!deadline.signal.aborted || parent?.aborted === true) throw error;
    throw new LpError({
      code: "object_store_timeout",
      message: `${what} did not finish within ${ms} ms: look at the object store and at the way to it`,
      details: { ms },
      retryable: true,
      cause: error,
    });
  } finally {
    deadline.clear();
  }
}

const retryStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Sends a request until it is answered with something else than "busy" or "broken", at most `maxTries` times.
 * `onError` makes the error of an answer from 300 on; undefined makes it an answer like any other (without its body).
 */
export async function sendWithRetries(
  deps: Pick<StoreDeps, "net" | "clock" | "random">,
  limits: Pick<StoreLimits, "maxTries" | "minPauseMs" | "maxPauseMs">,
  signal: AbortSignal,
  make: () => StoreRequest | Promise<StoreRequest>,
  onError: (answer: StoreAnswer) => LpError | undefined,
): Promise<HttpResponse | undefined> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= limits.maxTries;
    let pauseMs = Math.min(limits.minPauseMs * 2 ** (attempt - 1), limits.maxPauseMs);
    try {
      const { method, url, headers, body } = await make();
      const answer = await deps.net.request({
        method,
        url,
        header: new Headers(headers),
        signal,
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status < 300) return answer;
      const text = await answerText(answer);
      if (isLast || !retryStatuses.has(answer.status)) {
        const error = onError({ status: answer.status, header: answer.header, text });
        if (error === undefined) return undefined;
        throw error;
      }
      const askedSec = Number(answer.header.get("retry-after"));
      if (askedSec > 0) pauseMs = Math.min(Math.max(pauseMs, askedSec * 1000), limits.maxPauseMs);
    } catch (error) {
      const isBroken = hasErrorCode(error, "net_dial") || hasErrorCode(error, "net_reset");
      if (isLast || !isBroken || signal.aborted) throw error;
    }
    await deps.clock.sleep(pauseMs * (0.5 + deps.random.unit() / 2), signal);
  }
}

/** Text of an answer that is no object. Rejects with `object_store_bad_answer` when it is too long. */
export async function answerText(answer: HttpResponse): Promise<string> {
  try {
    return new TextDecoder().decode(await readBody(answer.body, maxAnswerBytes));
  } catch (error) {
    if (!hasErrorCode(error, "body_too_large")) throw error;
    throw new LpError({
      code: "object_store_bad_answer",
      message: `the object store's answer is longer than ${maxAnswerBytes} bytes: is the address that of an object store?`,
      cause: error,
    });
  }
}

/**
 * A body that ends with an error when nothing comes for `idleMs` or `parent` aborts, and whose connection is freed when it is
 * given up. `stop` is the request's own.
 */
export async function* patientBody(
  clock: Clock,
  idleMs: number,
  body: AsyncIterable<Uint8Array>,
  stop: AbortController,
  parent: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const piece = await withinMs(clock, idleMs, parent, "reading an object", (signal) => {
        signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
        return pieces.next();
      });
      isOver = piece.done === true;
      if (piece.done === true) return;
      yield piece.value;
    }
  } finally {
    if (!isOver) stop.abort(new LpError({ code: "aborted", message: "the object was not read to its end" }));
  }
}

/** Refuses what is too large before a byte is sent. */
export function checkSize(bytes: Uint8Array, maxObjectBytes: number): void {
  if (bytes.length <= maxObjectBytes) return;
  throw new LpError({
    code: "object_refused",
    message: `an object of ${bytes.length} bytes: ${maxObjectBytes} bytes are the most that is stored`,
  });
}
