import { createRoute, z } from "@hono/zod-openapi";
import type { NetworkFollower } from "@livepeer-ts/data";
import { ApiError } from "../errors.ts";
import type { ApiApp } from "../http/api-app.ts";
import { errorSchema } from "../streams/stream-schemas.ts";
import type { Streams } from "../streams/streams.ts";

export type PlaybackRoutesOptions = { readonly publicUrl: string | undefined };
export type PlaybackRoutesDeps = { readonly streams: Streams; readonly follower: NetworkFollower };

const idParam = z.object({ id: z.string().max(100) });
const failure = { content: { "application/json": { schema: errorSchema } }, description: "Error" };

const playbackSchema = z
  .object({
    type: z.literal("live"),
    meta: z.object({
      live: z.union([z.literal(0), z.literal(1)]),
      playbackPolicy: z.null(),
      source: z.array(z.object({ hrn: z.string(), type: z.string(), url: z.string() })),
    }),
  })
  .openapi("playback-info");
const playbackRoute = createRoute({
  operationId: "getPlaybackInfo",
  method: "get",
  path: "/api/playback/{id}",
  request: { params: idParam },
  responses: {
    200: { content: { "application/json": { schema: playbackSchema } }, description: "How to play it" },
    404: failure,
  },
});

const watchSchema = z
  .object({
    playbackId: z.string(),
    title: z.string(),
    isLive: z.boolean(),
    liveSince: z.number().nullable(),
    playbackUrl: z.string(),
    qualities: z.array(z.object({ name: z.string(), width: z.number(), height: z.number(), bitrateBps: z.number() })),
    credit: z.object({ text: z.string(), url: z.string() }).nullable(),
  })
  .openapi("watch-info");
const watchRoute = createRoute({
  operationId: "getWatchInfo",
  method: "get",
  path: "/api/watch/{id}",
  request: { params: idParam },
  responses: {
    200: { content: { "application/json": { schema: watchSchema } }, description: "What a viewer's page needs" },
    404: failure,
  },
});

/** Name of the source among a stream's qualities. */
const sourceName = "source";

/** Credit of a stream's picture: the tags `creditText` and `creditUrl`. Only web addresses are shown as links. */
function creditOf(tags: Readonly<Record<string, unknown>> | null): { text: string; url: string } | null {
  const text = tags?.["creditText"];
  const url = tags?.["creditUrl"];
  if (typeof text !== "string" || typeof url !== "string" || !/^https?:\/\//.test(url)) return null;
  return { text, url };
}

/** `GET /api/playback/:id` for players and SDKs, `GET /api/watch/:id` for the viewer's page. Nobody needs a key. */
export function addPlaybackRoutes(app: ApiApp, options: PlaybackRoutesOptions, deps: PlaybackRoutesDeps): void {
  const { streams, follower } = deps;
  app.openapi(playbackRoute, async (context) => {
    const { id } = context.req.valid("param");
    const row = (await streams.byPlaybackId(id)) ?? (await streams.byStreamId(id));
    if (row === undefined || row.suspended) throw new ApiError(404, `No playback URL found for ${id}`);
    const base = (options.publicUrl ?? new URL(context.req.url).origin).replace(/\/+$/, "");
    return context.json(
      {
        type: "live" as const,
        meta: {
          live: streams.isActive(row) ? (1 as const) : (0 as const),
          playbackPolicy: null,
          source: [
            {
              hrn: "HLS (TS)",
              type: "html5/application/vnd.apple.mpegurl",
              url: `${base}/hls/${row.playback_id}/index.m3u8`,
            },
          ],
        },
      },
      200,
    );
  });
  app.openapi(watchRoute, async (context) => {
    const { id } = context.req.valid("param");
    const row = await streams.byPlaybackId(id);
    if (row === undefined || row.suspended) throw new ApiError(404, "There is no video with this id: check the link.");
    const isLive = streams.isActive(row);
    const broadcast = follower.current().streams.find((stream) => stream.manifestId === row.playback_id);
    const qualities = row.profiles.map(({ name, width, height, bitrate }) => ({
      name,
      width,
      height,
      bitrateBps: bitrate,
    }));
    if (isLive && broadcast !== undefined && broadcast.width !== null && broadcast.height !== null) {
      let bytes = 0;
      let ms = 0;
      for (const sample of broadcast.ingest) {
        bytes += sample.bytes;
        ms += sample.ms;
      }
      qualities.unshift({
        name: sourceName,
        width: broadcast.width,
        height: broadcast.height,
        bitrateBps: ms > 0 ? Math.round((bytes * 8000) / ms) : 0,
      });
    }
    return context.json(
      {
        playbackId: row.playback_id,
        title: row.name,
        isLive,
        liveSince: isLive && row.active_since !== null ? Number(row.active_since) : null,
        playbackUrl: `/hls/${row.playback_id}/index.m3u8`,
        qualities,
        credit: creditOf(row.user_tags),
      },
      200,
    );
  });
}
