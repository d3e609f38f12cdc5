import {
  bodyOf,
  type Clock,
  eitherSignal,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  hasErrorCode,
  LpError,
  outlasts,
  utf8,
} from "@livepeer-ts/kernel";
import { trickleWire } from "../wire/trickle.ts";
import type { TrickleChannel } from "./trickle-channel.ts";
import type { TrickleSegment } from "./trickle-segment.ts";
import type { TrickleStore } from "./trickle-store.ts";

const { header: names, text } = trickleWire;

export type TrickleRouteDeps = { readonly store: TrickleStore; readonly clock: Pick<Clock, "deadline"> };

/** Channels over HTTP: publish, read, create and end, under the store's base path. */
export function trickleRoute(deps: TrickleRouteDeps): HttpRoute {
  const { basePath } = deps.store.options;
  return {
    name: "trickle",
    match: (_request, path) => path.startsWith(basePath),
    handle: (request) => serve(request, new URL(request.url).pathname.slice(basePath.length), deps),
  };
}

async function serve(request: HttpRequest, path: string, deps: TrickleRouteDeps): Promise<HttpResponse> {
  const [encoded = "", part, ...more] = path.split("/");
  const name = decoded(encoded);
  if (name === undefined || name === "" || part === "" || more.length > 0) return refused(404, text.notFound);
  const { method } = request;
  if (part === undefined) {
    if (method === "POST") return createChannel(request, name, deps.store);
    if (method === "DELETE") return endChannel(deps.store.get(name));
    return notAllowed("DELETE, POST");
  }
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead && method !== "POST" && method !== "DELETE") return notAllowed("DELETE, GET, HEAD, POST");
  const known = deps.store.get(name);
  const mayCreate = method === "POST" && deps.store.options.autocreate;
  if (known === undefined && !mayCreate) {
    return refused(404, text.noChannel, method === "POST" ? { connection: "close" } : {});
  }
  if (isRead && part === "next" && known !== undefined) return nextIndex(known);
  const index = readInteger(part);
  const lowest = method === "DELETE" ? 0 : method === "POST" ? -1 : -2;
  if (index === undefined || index < lowest) return refused(400, text.badIndex);
  const channel = known ?? created(request, name, request.header.get("content-type") ?? "", deps.store);
  if (!("nextIndex" in channel)) return channel;
  if (method === "DELETE") return channel.endSegment(index) ? done({}) : refused(400, text.noSegment);
  return isRead ? read(channel, index, request, deps) : publish(channel, index, request, deps);
}

function createChannel(request: HttpRequest, name: string, store: TrickleStore): HttpResponse {
  if (store.get(name) !== undefined) return done({});
  if (!store.options.autocreate) return refused(404, text.noChannel);
  const channel = created(request, name, request.header.get(names.expectContent) ?? "", store);
  return "nextIndex" in channel ? done({}) : channel;
}

function created(
  { header }: HttpRequest,
  name: string,
  mimeType: string,
  store: TrickleStore,
): TrickleChannel | HttpResponse {
  const policy = header.get(names.policy) === trickleWire.losslessValue ? "lossless" : "live-edge";
  try {
    return store.create({ name, mimeType, policy });
  } catch (error) {
    if (!(error instanceof LpError)) throw error;
    return refused(error.code === "trickle_full" ? 503 : 400, error.message, { connection: "close" });
  }
}

function endChannel(channel: TrickleChannel | undefined): HttpResponse {
  if (channel === undefined) return refused(400, text.noSuchChannel);
  channel.close();
  return done({});
}

function nextIndex(channel: TrickleChannel): HttpResponse {
  const body = utf8(String(channel.nextIndex));
  return {
    status: 200,
    header: new Headers({
      ...policyOf(channel),
      [names.latest]: String(channel.nextIndex),
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(body.length),
    }),
    body: bodyOf(body),
  };
}

async function read(
  channel: TrickleChannel,
  asked: number,
  request: HttpRequest,
  { store }: TrickleRouteDeps,
): Promise<HttpResponse> {
  const latest = channel.nextIndex;
  const index = channel.readIndex(asked);
  const segment = channel.forReading(index);
  if (segment === undefined) return noEntry(channel, index);
  if (channel.readerCount >= store.options.maxReaders) return refused(503, text.tooManyReaders);
  channel.readerCount++;
  const letGo = segment.hold();
  let isReading = true;
  const leave = () => {
    if (!isReading) return;
    isReading = false;
    channel.readerCount--;
    letGo();
    request.signal.removeEventListener("abort", leave);
  };
  request.signal.addEventListener("abort", leave, { once: true });
  try {
    const hasBytes = await segment.begun(request.signal);
    const common = { ...policyOf(channel), [names.seq]: String(index) };
    if (!hasBytes) {
      leave();
      const closed = channel.isClosed ? { [names.closed]: trickleWire.closedValue } : {};
      return done({ ...common, ...closed, [names.latest]: String(channel.nextIndex) });
    }
    const header = new Headers({
      ...common,
      ...(channel.mimeType === "" ? {} : { "content-type": channel.mimeType }),
      ...(index === latest ? {} : { [names.latest]: String(latest) }),
    });
    if (request.method !== "HEAD")
      return { status: 200, header, body: bytesOf(channel, segment, request.signal, leave) };
    leave();
    return { status: 200, header, body: bodyOf(new Uint8Array(0)) };
  } catch (error) {
    leave();
    throw error;
  }
}

async function* bytesOf(
  channel: TrickleChannel,
  segment: TrickleSegment,
  signal: AbortSignal,
  leave: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* segment.bytes(signal, () => channel.wasRead(segment));
  } finally {
    leave();
  }
}

async function publish(
  channel: TrickleChannel,
  asked: number,
  request: HttpRequest,
  deps: TrickleRouteDeps,
): Promise<HttpResponse> {
  if (channel.writerCount >= deps.store.options.maxWriters) {
    return refused(503, text.tooManyWriters, { connection: "close" });
  }
  channel.writerCount++;
  try {
    return await receive(channel, asked === -1 ? channel.nextIndex : asked, request, deps);
  } finally {
    channel.writerCount--;
  }
}

async function receive(
  channel: TrickleChannel,
  index: number,
  request: HttpRequest,
  { store, clock }: TrickleRouteDeps,
): Promise<HttpResponse> {
  const { patience, signal } = request;
  const { continueMs } = store.options;
  const answer = (extra: Readonly<Record<string, string>>) =>
    done({ ...policyOf(channel), [names.seq]: String(index), ...extra });
  const over = () =>
    answer({ connection: "close", ...(channel.isClosed ? { [names.closed]: trickleWire.closedValue } : {}) });
  /** Waits, and tells the publisher again and again that it is still waited for. */
  const patiently = async <T>(work: Promise<T>): Promise<T> => {
    patience?.extend();
    while (await outlasts(work, continueMs, clock, signal)) {
      patience?.extend();
      patience?.sayContinue();
    }
    signal.throwIfAborted();
    return work;
  };

  if (request.header.has(names.reset)) channel.endBefore(index);
  while (channel.isFull(index)) await patiently(channel.readOrClosed(signal));
  if (channel.isClosed) return over();
  const segment = channel.forWriting(index);
  if (segment.isClosed) {
    channel.wrote(index);
    return over();
  }
  const body = request.body[Symbol.asyncIterator]();
  const leave = waitSilently(segment);
  try {
    const first = await patiently(firstOrEnd(body.next(), segment, signal));
    leave();
    if (first === "ended") {
      await body.return?.();
      return over();
    }
    channel.wrote(index);
    if (first.done === true) {
      segment.close();
      return over();
    }
    for (let piece: IteratorResult<Uint8Array> = first; piece.done !== true; piece = await body.next()) {
      channel.touch();
      segment.append(piece.value);
    }
    segment.close();
  } catch (error) {
    await body.return?.();
    return broken(error, segment);
  } finally {
    leave();
  }
  while (channel.isBehind()) await channel.readOrClosed(signal);
  return answer({});
}

/** Counts a publisher that has sent nothing yet, until the returned function is called. */
function waitSilently(segment: TrickleSegment): () => void {
  segment.silentPublishers++;
  let isCounted = true;
  return () => {
    if (isCounted) segment.silentPublishers--;
    isCounted = false;
  };
}

/** The first piece of a body, unless the segment ends before it comes. */
async function firstOrEnd(
  first: Promise<IteratorResult<Uint8Array>>,
  segment: TrickleSegment,
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array> | "ended"> {
  const watch = new AbortController();
  const either = eitherSignal(signal, watch.signal);
  const ended = async (): Promise<"ended"> => {
    while (!segment.isClosed) await segment.changed(either.signal);
    return "ended";
  };
  try {
    return await Promise.race([first, ended()]);
  } finally {
    watch.abort();
    either.clear();
    first.catch(() => {}); // whoever was not waited for may go at any time
  }
}

/** What a publisher reads whose body could not be taken to its end. The segment stays open where another one may go on. */
function broken(error: unknown, segment: TrickleSegment): HttpResponse {
  const close = { connection: "close" };
  if (hasErrorCode(error, "trickle_segment_full")) {
    segment.close();
    return refused(413, (error as LpError).message, close);
  }
  if (hasErrorCode(error, "body_budget")) {
    segment.close();
    return refused(503, text.tooMuch, close);
  }
  if (hasErrorCode(error, "body_timeout")) return refused(408, text.tooSlow, close);
  return refused(500, text.brokeOff, close);
}

function noEntry(channel: TrickleChannel, index: number): HttpResponse {
  const body = utf8(text.noEntry);
  return {
    status: trickleWire.entryNotFound,
    header: new Headers({
      ...policyOf(channel),
      [names.latest]: String(channel.nextIndex),
      [names.seq]: String(index),
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(body.length),
    }),
    body: bodyOf(body),
  };
}

function policyOf(channel: TrickleChannel): Readonly<Record<string, string>> {
  return channel.policy === "lossless" ? { [names.policy]: trickleWire.losslessValue } : {};
}

function done(header: Readonly<Record<string, string>>): HttpResponse {
  return { status: 200, header: new Headers({ ...header, "content-length": "0" }), body: bodyOf(new Uint8Array(0)) };
}

function notAllowed(allow: string): HttpResponse {
  return refused(405, text.notAllowed, { allow });
}

function refused(status: number, message: string, extra: Readonly<Record<string, string>> = {}): HttpResponse {
  const body = utf8(`${message}\n`);
  return {
    status,
    header: new Headers({
      ...extra,
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      "content-length": String(body.length),
    }),
    body: bodyOf(body),
  };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** A decimal integer with an optional sign. */
function readInteger(part: string): number | undefined {
  const value = /^[+-]?\d{1,16}$/.test(part) ? Number(part) : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}
