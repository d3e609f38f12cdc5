import { bodyOf, type HttpRequest, type HttpResponse, type HttpRoute, LpError, utf8 } from "@livepeer-ts/kernel";
import { containerMime, playlistMime } from "@livepeer-ts/media";
import { lowLatencyQuery, type PlaylistWish } from "./low-latency.ts";
import type { StreamOutput } from "./stream-output.ts";
import type { StreamRegistry } from "./stream-registry.ts";

const prefix = "/stream/";
const common = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Content-Length",
  "cache-control": "max-age=5",
};
/** Long enough for a cache to answer all players that wait for one part, too short to meet the next stream of the name. */
const waitedListMaxAgeSec = 1;
const plainText = "text/plain; charset=utf-8";

type Content = {
  readonly type: string;
  readonly sizeBytes: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Replaces the usual `Cache-Control`. */
  readonly cache?: string;
};

function content(type: string, text: string): Content {
  const bytes = utf8(text);
  return { type, sizeBytes: bytes.length, body: bodyOf(bytes) };
}

function answer(status: number, content: Content, more: Record<string, string> = {}): HttpResponse {
  const { type, sizeBytes, body, cache } = content;
  const about = { "content-type": type, "content-length": String(sizeBytes) };
  return {
    status,
    header: new Headers({ ...common, ...(cache === undefined ? {} : { "cache-control": cache }), ...more, ...about }),
    body,
  };
}

/** The answer for a wish of a player that cannot be met: its status, and that it must not be kept. */
function refusal(error: LpError): HttpResponse {
  const status = Number(error.details["status"]);
  const retry: Record<string, string> = status === 503 ? { "retry-after": "1" } : {};
  return answer(status, { ...content(plainText, `${error.message}\n`), cache: "no-store" }, retry);
}

/**
 * HLS: `/stream/<manifest>.m3u8`, `/stream/<manifest>/<rendition>.m3u8`, `/stream/<manifest>/<rendition>/<n>.ts`. With
 * `?latency=low` on the lists also parts, `/stream/<manifest>/<rendition>/<n>.<part>.ts`, and requests that wait for them.
 */
export function playbackRoute(registry: StreamRegistry, currentManifest: boolean): HttpRoute {
  return {
    name: "playback",
    match: (_request, path) => path.startsWith(prefix),
    async handle(request) {
      if (request.method === "OPTIONS") {
        const methods = { "access-control-allow-methods": "GET, HEAD, OPTIONS", "access-control-allow-headers": "*" };
        return answer(200, content(plainText, ""), methods);
      }
      if (request.method !== "GET" && request.method !== "HEAD") {
        return answer(405, content(plainText, "Method Not Allowed\n"), { allow: "GET, HEAD, OPTIONS" });
      }
      const path = decodedPath(request);
      if (path === undefined) return answer(400, content(plainText, "ErrBadRequest\n"));
      const { status, header, body } = await find(path, request, registry, currentManifest).then(
        (found) => (found === undefined ? answer(404, content(plainText, "ErrNotFound\n")) : answer(200, found)),
        (error: unknown) => {
          if (error instanceof LpError && error.details["status"] !== undefined) return refusal(error);
          throw error;
        },
      );
      if (request.method === "GET") return { status, header, body };
      await body[Symbol.asyncIterator]().return?.();
      return { status, header, body: bodyOf(new Uint8Array(0)) };
    },
  };
}

/** What follows `/stream/`; undefined for a broken % sequence. */
function decodedPath(request: HttpRequest): string | undefined {
  try {
    return decodeURIComponent(new URL(request.url).pathname.slice(prefix.length));
  } catch {
    return undefined;
  }
}

async function find(
  path: string,
  request: HttpRequest,
  registry: StreamRegistry,
  currentManifest: boolean,
): Promise<Content | undefined> {
  const isLowLatency = new URLSearchParams(lowLatencyQuery);
  const query = new URL(request.url).searchParams;
  const wantsParts = [...isLowLatency].every(([name, value]) => query.get(name) === value);
  const master = /^([^/]+)\.m3u8$/.exec(path);
  if (master !== null) {
    const asked = master[1] as string;
    const manifestId = currentManifest && asked.toLowerCase() === "current" ? registry.newest : asked;
    const output = manifestId === undefined ? undefined : registry.output(manifestId);
    const text = output?.masterPlaylist();
    if (text === undefined) return undefined;
    if (!wantsParts || output?.lowLatency === undefined) return content(playlistMime, text);
    return content(playlistMime, text.replace(/\.m3u8$/gm, `.m3u8?${lowLatencyQuery}`));
  }
  const media = /^([^/]+)\/([^/]+)\.m3u8$/.exec(path);
  if (media !== null) {
    const output = registry.output(media[1] as string);
    const track = media[2] as string;
    const withParts = wantsParts ? await listWithParts(output, track, query, request.signal) : undefined;
    if (withParts !== undefined) return withParts;
    const text = output?.mediaPlaylist(track);
    return text === undefined ? undefined : content(playlistMime, text);
  }
  const part = /^([^/]+)\/([^/]+)\/(\d{1,15})\.(\d{1,6})\.ts$/.exec(path);
  if (part !== null) {
    const [, manifestId = "", track = "", seqNo, index] = part;
    const bytes = await registry.output(manifestId)?.readPart(track, Number(seqNo), Number(index), request.signal);
    if (bytes === undefined) return undefined;
    return { type: containerMime("mpegts"), sizeBytes: bytes.length, body: bodyOf(bytes) };
  }
  const segment = /^([^/]+)\/([^/]+\/\d+\.(?:ts|mp4))$/.exec(path);
  if (segment === null) return undefined;
  const object = await registry.output(segment[1] as string)?.segment(segment[2] as string);
  return object === undefined
    ? undefined
    : { type: object.contentType, sizeBytes: object.sizeBytes, body: object.body };
}

async function listWithParts(
  output: StreamOutput | undefined,
  track: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Content | undefined> {
  const wish = readWish(query);
  const text = await output?.lowLatency?.playlist(track, wish, signal);
  return text === undefined
    ? undefined
    : { ...content(playlistMime, text), cache: wish === undefined ? "no-cache" : `max-age=${waitedListMaxAgeSec}` };
}

/** `_HLS_msn` and `_HLS_part`. Throws with status 400 for what is none. */
function readWish(query: URLSearchParams): PlaylistWish | undefined {
  const [msn, part] = [query.get("_HLS_msn"), query.get("_HLS_part")];
  const isNumber = (text: string | null) => text === null || /^\d{1,15}$/.test(text);
  if (!isNumber(msn) || !isNumber(part) || (part !== null && msn === null)) {
    throw new LpError({
      code: "ll_bad_request",
      message: "_HLS_msn and _HLS_part must be whole numbers, and _HLS_part needs _HLS_msn",
      details: { status: 400 },
    });
  }
  return msn === null ? undefined : { msn: Number(msn), part: part === null ? undefined : Number(part) };
}
