import {
  type Clock,
  errorText,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Logger,
  type Net,
  readBody,
  utf8,
} from "@livepeer-ts/kernel";
import { bytesResponse, textResponse } from "../http/raw-response.ts";
import type { Streams } from "../streams/streams.ts";
import { rewritePlaylist } from "./playlist-rewrite.ts";

export type HlsProxyOptions = {
  /** Base URL of the gateway's HTTP port. */
  readonly gatewayUrl: string;
  /** Deadline until the gateway's answer begins, ms. */
  readonly timeoutMs: number;
};

export type HlsProxyDeps = {
  readonly streams: Streams;
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
};

const maxPlaylistBytes = 4 * 1024 ** 2;
const types: Readonly<Record<string, string>> = {
  m3u8: "application/vnd.apple.mpegurl",
  ts: "video/mp2t",
  mp4: "video/mp4",
  m4s: "video/iso.segment",
  vtt: "text/vtt",
};
/** Players take a manifest answered with this sentence as "not on air now" and try again. */
const offlineText = "Stream is offline: nobody is sending video to it now. Try again when the broadcast has begun.";
const unknownText = "There is no video with this id: check the link.";

function corsHeaders(request: HttpRequest): Record<string, string> {
  const origin = request.header.get("origin");
  return {
    "access-control-allow-origin": origin ?? "*",
    ...(origin === null ? {} : { "access-control-allow-credentials": "true", vary: "Origin" }),
    "access-control-allow-headers": request.header.get("access-control-request-headers") ?? "*",
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-expose-headers": "Content-Length, Content-Range, Date, ETag, Link, Location, Playhead-Utc",
  };
}

const pathPattern = /^\/hls\/(?:video\+)?([A-Za-z0-9-]{1,64})\/([A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,3})$/;

/** `/hls/<playbackId>/…`: the gateway's playlists and segments under this server's own name. */
export function createHlsProxy(options: HlsProxyOptions, deps: HlsProxyDeps): HttpHandler {
  const base = options.gatewayUrl.replace(/\/+$/, "");
  const { streams, net, clock, logger } = deps;

  return async (request): Promise<HttpResponse> => {
    const cors = corsHeaders(request);
    if (request.method === "OPTIONS") return textResponse(200, "", cors);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return textResponse(405, "Only GET and HEAD are possible here.", { ...cors, allow: "GET, HEAD, OPTIONS" });
    }
    const match = pathPattern.exec(new URL(request.url).pathname);
    const parts = match?.[2]?.split("/") ?? [];
    if (match === null || parts.some((part) => part === "." || part === ".."))
      return textResponse(404, unknownText, cors);
    const playbackId = match[1] as string;
    const rest = match[2] as string;
    const stream = await streams.byPlaybackId(playbackId);
    if (stream === undefined || stream.suspended) return textResponse(404, unknownText, cors);

    // The gateway's manifest id is the playback id: the auth webhook says so.
    const upstreamUrl =
      rest === "index.m3u8" ? `${base}/stream/${playbackId}.m3u8` : `${base}/stream/${playbackId}/${rest}`;
    const extension = rest.slice(rest.lastIndexOf(".") + 1).toLowerCase();
    const deadline = clock.deadline(options.timeoutMs, request.signal);
    try {
      const header = new Headers();
      const range = request.header.get("range");
      if (range !== null && extension !== "m3u8") header.set("range", range);
      const upstream = await net.request({ method: "GET", url: upstreamUrl, header, signal: deadline.signal });
      if (upstream.status !== 200 && upstream.status !== 206) {
        await discard(upstream);
        const gone = upstream.status === 404 || upstream.status === 408;
        return gone
          ? textResponse(404, offlineText, { ...cors, "cache-control": "no-store" })
          : textResponse(502, `The gateway answered ${upstream.status}: try again.`, cors);
      }
      const answer = {
        ...cors,
        "content-type": types[extension] ?? upstream.header.get("content-type") ?? "application/octet-stream",
        "cache-control": extension === "m3u8" ? "no-cache" : "public, max-age=5",
      };
      if (extension === "m3u8") {
        const text = new TextDecoder().decode(await readBody(upstream.body, maxPlaylistBytes));
        const bytes = utf8(rewritePlaylist(text, upstreamUrl, playbackId));
        return headOnly(request, bytesResponse(200, bytes, answer));
      }
      const streamed = new Headers(answer);
      for (const name of ["content-length", "content-range", "accept-ranges"]) {
        const value = upstream.header.get(name);
        if (value !== null) streamed.set(name, value);
      }
      if (request.method === "HEAD") await discard(upstream);
      return headOnly(request, { status: upstream.status, header: streamed, body: upstream.body });
    } catch (error) {
      if (request.signal.aborted) throw error;
      logger.warn("the gateway does not answer a player", { playbackId, error: errorText(error) });
      return textResponse(502, "The gateway does not answer: try again in a few seconds.", {
        ...cors,
        "cache-control": "no-store",
      });
    } finally {
      // Only the head has a deadline: a slow player may take its time; when it leaves, the host ends the body's iteration.
      deadline.clear();
    }
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function headOnly(request: HttpRequest, response: HttpResponse): HttpResponse {
  return request.method === "HEAD" ? { ...response, body: nothing() } : response;
}

async function discard(response: HttpResponse): Promise<void> {
  await response.body[Symbol.asyncIterator]().return?.();
}
