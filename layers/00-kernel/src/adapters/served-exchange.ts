import type { Writable } from "node:stream";
import type { HttpRequest, HttpResponse } from "../ports/http.ts";
import type { BodyLease } from "../units/body-budget.ts";

/** What the body of a request may cost. */
export type BodyLimits = {
  readonly lease: BodyLease;
  /** Ms without a byte while somebody reads. */
  readonly idleMs: number;
  /** Ms for a whole body over HTTP/1.1. */
  readonly wholeMs: number;
};

/** A request on a connection, whatever HTTP version carries it. */
export type ServedExchange = {
  readonly method: string;
  readonly path: string;
  /** Counts the bytes of the body. */
  readonly lease: BodyLease;
  /** Calls the listener when the connection or stream is gone before the whole answer was handed over. */
  readonly closed: (listener: () => void) => void;
  readonly hasAnswered: () => boolean;
  readonly request: (signal: AbortSignal) => HttpRequest;
  /** Sends head, body and trailers; resolves when all is handed over, or the peer is gone. */
  readonly answer: (answer: HttpResponse, signal: AbortSignal) => Promise<void>;
  /** Breaks the exchange off, so that the peer cannot take what it got for the whole answer. */
  readonly destroy: () => void;
};

/** Header fields without the pseudo ones of HTTP/2. */
export function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!name.startsWith(":")) headers.append(name, raw[i + 1] as string);
  }
  return headers;
}

/** Writes chunk by chunk at the peer's pace. False when the peer went away meanwhile. */
export async function writeBody(to: Writable, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<boolean> {
  for await (const chunk of body) {
    if (signal.aborted) return false;
    if (chunk.length > 0 && !to.write(chunk)) await drained(to, signal);
  }
  return !signal.aborted;
}

/** Ends the answer; resolves when the rest is handed over, after `onWhole`, or the peer is gone. */
export function endAnswer(to: Writable, signal: AbortSignal, onWhole: () => void): Promise<void> {
  return untilDoneOr(signal, (done) =>
    to.end((error?: Error | null) => {
      if (error == null) onWhole();
      done();
    }),
  );
}

async function drained(to: Writable, signal: AbortSignal): Promise<void> {
  let onDrain = () => {};
  await untilDoneOr(signal, (done) => {
    onDrain = done;
    to.once("drain", done);
  });
  to.removeListener("drain", onDrain);
}

function untilDoneOr(signal: AbortSignal, start: (done: () => void) => void): Promise<void> {
  return new Promise<void>((resolve) => {
    const done = () => {
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
    else start(done);
  });
}
