import { type Random, sameSecret } from "@livepeer-ts/kernel";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { ApiApp } from "../http/api-app.ts";
import { parseCredentials } from "../http/credentials.ts";
import { publishedKey } from "./auth-webhook.ts";
import { uuid } from "./stream-ids.ts";
import type { Streams } from "./streams.ts";

const hookSchema = z.object({ url: z.string().max(2_000) });

/** Path of the auth webhook; it has its own credentials, so it is no API route. */
export const hookPath = "/api/stream/hook";

/**
 * The gateway's auth webhook. The token may come as `Authorization: Bearer`, as the password of `Basic` (a URL like
 * `http://gateway:<token>@host/api/stream/hook`), or as `?token=`: a gateway can be configured with a URL only.
 */
export function addHookRoute(
  app: ApiApp,
  options: { readonly token: string },
  deps: { readonly streams: Streams; readonly random: Random },
): void {
  app.post(hookPath, async (context) => {
    const credentials = parseCredentials(context.req.header("authorization"));
    const token = credentials === undefined || credentials.scheme === "other" ? undefined : credentials.token;
    if (!sameSecret(token ?? context.req.query("token") ?? "", options.token)) {
      throw new ApiError(401, "request is not authenticated");
    }
    const body = hookSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!body.success) throw new ApiError(422, 'expected {"url":"<the publisher\'s URL>"}');
    const key = publishedKey(body.data.url);
    const stream = await deps.streams.byKeyOrId(key);
    if (stream === undefined) {
      throw new ApiError(404, "not found: no stream has this key; check the stream key, or create the stream first");
    }
    if (stream.suspended) throw new ApiError(403, "stream is suspended: its owner can end the suspension");
    return context.json({
      manifestID: stream.playback_id,
      streamID: stream.id,
      sessionID: uuid(deps.random),
      presets: [],
      profiles: stream.profiles,
      previousSessions: [],
      verificationFreq: 0,
    });
  });
}
