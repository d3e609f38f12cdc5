import type { EventLog } from "@livepeer-ts/data/platform-db";
import { type HttpHandler, hasErrorCode, type Logger, type NodeEvent, readBody, sameSecret } from "@livepeer-ts/kernel";
import { z } from "zod";
import { parseCredentials } from "../http/credentials.ts";
import { jsonResponse } from "../http/raw-response.ts";

export type EventsRouteOptions = {
  readonly token: string;
  readonly maxBodyBytes: number;
  readonly maxEvents: number;
};

const printable = /^[\x20-\x7e]+$/;
const eventSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  type: z.string().min(1).max(100).regex(printable),
  subject: z
    .string()
    .min(1)
    .max(500)
    .regex(/^[^\0]+$/),
  at: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  data: z.record(z.string(), z.unknown()),
});

/**
 * `POST /internal/events`: `{"source":"…","events":[…]}` from a node's spool. 200 `{"accepted":n,"new":m}` means that all of
 * them are durable here; the same event sent again changes nothing.
 */
export function createEventsRoute(
  options: EventsRouteOptions,
  deps: { readonly log: EventLog; readonly logger: Logger },
): HttpHandler {
  const deliverySchema = z.object({
    source: z.string().min(1).max(200).regex(printable),
    events: z.array(eventSchema).max(options.maxEvents),
  });
  return async (request) => {
    if (request.method !== "POST")
      return jsonResponse(405, { errors: ["only POST is possible here"] }, { allow: "POST" });
    const credentials = parseCredentials(request.header.get("authorization"));
    if (credentials?.scheme !== "bearer" || !sameSecret(credentials.token, options.token)) {
      return jsonResponse(401, {
        errors: ["the token of this delivery is not the platform's: give both the same secret"],
      });
    }
    let body: unknown;
    try {
      body = JSON.parse(new TextDecoder().decode(await readBody(request.body, options.maxBodyBytes)));
    } catch (error) {
      if (hasErrorCode(error, "body_too_large")) {
        return jsonResponse(413, {
          errors: [`a delivery may have ${options.maxBodyBytes} bytes: send fewer events at once`],
        });
      }
      if (error instanceof SyntaxError) return jsonResponse(400, { errors: ["the delivery is not JSON"] });
      throw error;
    }
    const parsed = deliverySchema.safeParse(body);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return jsonResponse(400, {
        errors: [`the delivery is not valid at ${issue?.path.join(".")}: ${issue?.message}`],
      });
    }
    const events: readonly NodeEvent[] = parsed.data.events;
    const fresh = await deps.log.append(parsed.data.source, events);
    deps.logger.debug("events taken", { source: parsed.data.source, events: events.length, fresh });
    return jsonResponse(200, { accepted: events.length, new: fresh });
  };
}
