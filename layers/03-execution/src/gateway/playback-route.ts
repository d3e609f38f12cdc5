import { bodyOf, type HttpResponse, type HttpRoute, utf8 } from "@livepeer-ts/kernel";
import type { StreamRegistry } from "./stream-registry.ts";

const prefix = "/stream/";
const common = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Content-Length",
  "cache-control": "max-age=5",
};

function answer(status: number, contentType: string, bytes: Uint8Array): HttpResponse {
  return {
    status,
    header: new Headers({ ...common, "content-type": contentType, "content-length": String(bytes.length) }),
    body: bodyOf(bytes),
  };
}

/** HLS: `/stream/<manifest>.m3u8`, `/stream/<manifest>/<rendition>.m3u8`, `/stream/<manifest>/<rendition>/<n>.ts`. */
export function playbackRoute(registry: StreamRegistry, currentManifest: boolean): HttpRoute {
  return {
    name: "playback",
    match: (_request, path) => path.startsWith(prefix),
    async handle(request) {
      const notFound = answer(404, "text/plain; charset=utf-8", utf8("ErrNotFound\n"));
      const rest = decodeURIComponent(new URL(request.url).pathname.slice(prefix.length));
      const master = /^([^/]+)\.m3u8$/.exec(rest);
      if (master !== null) {
        const asked = master[1] as string;
        const manifestId = currentManifest && asked.toLowerCase() === "current" ? registry.newest : asked;
        const text = manifestId === undefined ? undefined : registry.output(manifestId)?.masterPlaylist();
        return text === undefined ? notFound : answer(200, "application/x-mpegURL", utf8(text));
      }
      const media = /^([^/]+)\/([^/]+)\.m3u8$/.exec(rest);
      if (media !== null) {
        const text = registry.output(media[1] as string)?.mediaPlaylist(media[2] as string);
        return text === undefined ? notFound : answer(200, "application/x-mpegURL", utf8(text));
      }
      const segment = /^([^/]+)\/([^/]+\/\d+\.(?:ts|mp4))$/.exec(rest);
      if (segment !== null) {
        const blob = await registry.output(segment[1] as string)?.segment(segment[2] as string);
        return blob === undefined ? notFound : answer(200, blob.contentType, blob.bytes);
      }
      return notFound;
    },
  };
}
