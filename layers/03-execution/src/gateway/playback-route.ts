import { bodyOf, type HttpRequest, type HttpResponse, type HttpRoute, utf8 } from "@livepeer-ts/kernel";
import { playlistMime } from "@livepeer-ts/media";
import type { StreamRegistry } from "./stream-registry.ts";

const prefix = "/stream/";
const common = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Content-Length",
  "cache-control": "max-age=5",
};
const plainText = "text/plain; charset=utf-8";

type Content = { readonly type: string; readonly sizeBytes: number; readonly body: AsyncIterable<Uint8Array> };

function content(type: string, text: string): Content {
  const bytes = utf8(text);
  return { type, sizeBytes: bytes.length, body: bodyOf(bytes) };
}

function answer(status: number, { type, sizeBytes, body }: Content, more: Record<string, string> = {}): HttpResponse {
  return {
    status,
    header: new Headers({ ...common, ...more, "content-type": type, "content-length": String(sizeBytes) }),
    body,
  };
}

/** HLS: `/stream/<manifest>.m3u8`, `/stream/<manifest>/<rendition>.m3u8`, `/stream/<manifest>/<rendition>/<n>.ts`. */
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
      const found = await find(path, registry, currentManifest);
      const { status, header, body } =
        found === undefined ? answer(404, content(plainText, "ErrNotFound\n")) : answer(200, found);
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

async function find(path: string, registry: StreamRegistry, currentManifest: boolean): Promise<Content | undefined> {
  const master = /^([^/]+)\.m3u8$/.exec(path);
  if (master !== null) {
    const asked = master[1] as string;
    const manifestId = currentManifest && asked.toLowerCase() === "current" ? registry.newest : asked;
    const text = manifestId === undefined ? undefined : registry.output(manifestId)?.masterPlaylist();
    return text === undefined ? undefined : content(playlistMime, text);
  }
  const media = /^([^/]+)\/([^/]+)\.m3u8$/.exec(path);
  if (media !== null) {
    const text = registry.output(media[1] as string)?.mediaPlaylist(media[2] as string);
    return text === undefined ? undefined : content(playlistMime, text);
  }
  const segment = /^([^/]+)\/([^/]+\/\d+\.(?:ts|mp4))$/.exec(path);
  if (segment === null) return undefined;
  const object = await registry.output(segment[1] as string)?.segment(segment[2] as string);
  return object === undefined
    ? undefined
    : { type: object.contentType, sizeBytes: object.sizeBytes, body: object.body };
}
