import { type HttpRequest, hasErrorCode, readBody } from "@livepeer-ts/kernel";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { forwardedHeader, hasBody, wantsWebSocket } from "../wire/forwarded-request.ts";

/** Largest body that is kept for the next runner; larger ones, and those whose size nobody knows, go through as they come. */
const maxRepeatedBytes = 8 * 1024 * 1024;
/** Calls that do no harm when they are made twice. */
const harmless: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** A client's call of an app, ready to be made at a runner, and once more at another one where that is safe. */
export type ClientCall = {
  readonly method: string;
  readonly search: string;
  readonly isWebSocket: boolean;
  readonly signal: AbortSignal;
  /** False when its body can leave only once. */
  readonly isRepeatable: boolean;
  /** The fields that go on. */
  header(): Headers;
  /** The body of one try; undefined: none. */
  body(): AsyncIterable<Uint8Array> | Uint8Array | undefined;
  /** Why the client's body could not be read; undefined: nothing is wrong with it. */
  bodyFault(): unknown;
  /** Whether it may be made again after a failure. */
  mayRepeat(reachedApp: boolean): boolean;
};

/** Reads a short body, so that the call can be repeated. Throws 413, or what the reading of a body throws. */
export async function clientCall(request: HttpRequest): Promise<ClientCall> {
  const { method, signal } = request;
  const isWebSocket = wantsWebSocket(request);
  const length = request.header.get("content-length");
  const sendsBody = isWebSocket || hasBody(request);
  const isKept = sendsBody && !isWebSocket && length !== null && Number(length) <= maxRepeatedBytes;
  const kept = isKept ? await wholeBody(request) : undefined;
  let isTaken = false;
  let fault: unknown;
  async function* streamed(): AsyncGenerator<Uint8Array> {
    isTaken = true;
    try {
      yield* request.body;
    } catch (error) {
      fault = error;
      throw error;
    }
  }
  return {
    method,
    search: new URL(request.url).search,
    isWebSocket,
    signal,
    isRepeatable: !sendsBody || isWebSocket || isKept,
    header() {
      const header = forwardedHeader(request.header);
      if (isWebSocket) {
        header.set("connection", "Upgrade");
        header.set("upgrade", "websocket");
      }
      return header;
    },
    body: () => (sendsBody ? (kept ?? streamed()) : undefined),
    bodyFault: () => fault,
    mayRepeat: (reachedApp) => !signal.aborted && !isTaken && (!reachedApp || harmless.has(method)),
  };
}

async function wholeBody(request: HttpRequest): Promise<Uint8Array> {
  try {
    return await readBody(request.body, maxRepeatedBytes);
  } catch (error) {
    if (!hasErrorCode(error, "body_too_large")) throw error;
    throw new AiRefusal(413, "body_too_large", "the body is longer than its Content-Length says", error);
  }
}
