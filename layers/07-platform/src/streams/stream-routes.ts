import { createRoute, z } from "@hono/zod-openapi";
import { type Clock, errorText, type Logger } from "@livepeer-ts/kernel";
import { type ApiApp, requireCaller } from "../http/api-app.ts";
import { nextPageLink, parseListQuery } from "../http/list-query.ts";
import type { GatewayControl } from "../ports/gateway-control.ts";
import { errorSchema, newStreamSchema, patchStreamSchema, streamSchema } from "./stream-schemas.ts";
import { type Streams, streamDefaultOrder, streamListFields } from "./streams.ts";

export type StreamRoutesDeps = {
  readonly streams: Streams;
  /** Ends running broadcasts; undefined = they end when their publisher's next request is refused. */
  readonly gateway: GatewayControl | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
};

const gatewayTimeoutMs = 5_000;
const idParam = z.object({ id: z.string().max(100) });
const failure = { content: { "application/json": { schema: errorSchema } }, description: "Error" };
const failures = { 401: failure, 403: failure, 404: failure, 422: failure };
const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { "application/json": { schema } },
  description,
});
const jsonBody = <T extends z.ZodType>(schema: T) => ({
  content: { "application/json": { schema } },
  required: true,
});
const security = [{ apiKey: [] }];

const createStreamRoute = createRoute({
  operationId: "createStream",
  method: "post",
  path: "/api/stream",
  security,
  request: { body: jsonBody(newStreamSchema) },
  responses: { 201: json(streamSchema, "The new stream"), ...failures },
});
const listStreamsRoute = createRoute({
  operationId: "getStreams",
  method: "get",
  path: "/api/stream",
  security,
  request: {
    query: z.object({
      limit: z.string().optional(),
      cursor: z.string().optional(),
      order: z.string().optional(),
      filters: z.string().optional(),
      count: z.string().optional(),
      active: z.string().optional(),
      streamsonly: z.string().optional(),
      sessionsonly: z.string().optional(),
    }),
  },
  responses: { 200: json(z.array(streamSchema), "The caller's streams"), 400: failure, ...failures },
});
const getStreamRoute = createRoute({
  operationId: "getStream",
  method: "get",
  path: "/api/stream/{id}",
  security,
  request: { params: idParam },
  responses: { 200: json(streamSchema, "The stream"), ...failures },
});
const patchStreamRoute = createRoute({
  operationId: "updateStream",
  method: "patch",
  path: "/api/stream/{id}",
  security,
  request: { params: idParam, body: jsonBody(patchStreamSchema) },
  responses: { 204: { description: "Changed" }, 400: failure, ...failures },
});
const deleteStreamRoute = createRoute({
  operationId: "deleteStream",
  method: "delete",
  path: "/api/stream/{id}",
  security,
  request: { params: idParam },
  responses: { 204: { description: "Deleted" }, ...failures },
});

/** `/api/stream…` for apps and SDKs. */
export function addStreamRoutes(app: ApiApp, deps: StreamRoutesDeps): void {
  const { streams } = deps;

  /** The change is already durable: a gateway that does not answer only ends the broadcast later. */
  const endBroadcast = async (playbackId: string): Promise<void> => {
    if (deps.gateway === undefined) return;
    const deadline = deps.clock.deadline(gatewayTimeoutMs);
    try {
      await deps.gateway.endStream(playbackId, deadline.signal);
    } catch (error) {
      deps.logger.warn("the gateway could not end a broadcast", { playbackId, error: errorText(error) });
    } finally {
      deadline.clear();
    }
  };

  app.openapi(createStreamRoute, async (context) => {
    const caller = requireCaller(context.get("caller"));
    return context.json(await streams.create(caller, context.req.valid("json")), 201);
  });
  app.openapi(listStreamsRoute, async (context) => {
    const caller = requireCaller(context.get("caller"));
    const parameters = context.req.valid("query");
    const query = parseListQuery(parameters, streamListFields, streamDefaultOrder);
    const isTrue = (text: string | undefined) => text !== undefined && text !== "" && text !== "false" && text !== "0";
    // There are no sessions yet: a list of sessions only is empty.
    if (isTrue(parameters.sessionsonly)) return context.json([], 200);
    const page = await streams.list(caller, query, isTrue(parameters.active));
    if (page.streams.length === query.limit) context.header("link", nextPageLink(context.req.url, query));
    if (page.total !== undefined) context.header("x-total-count", String(page.total));
    return context.json([...page.streams], 200);
  });
  app.openapi(getStreamRoute, async (context) => {
    const caller = requireCaller(context.get("caller"));
    return context.json(await streams.get(caller, context.req.valid("param").id), 200);
  });
  app.openapi(patchStreamRoute, async (context) => {
    const caller = requireCaller(context.get("caller"));
    const change = context.req.valid("json");
    const row = await streams.patch(caller, context.req.valid("param").id, change);
    if (change.suspended === true) await endBroadcast(row.playback_id);
    return context.body(null, 204);
  });
  app.openapi(deleteStreamRoute, async (context) => {
    const caller = requireCaller(context.get("caller"));
    const row = await streams.delete(caller, context.req.valid("param").id);
    await endBroadcast(row.playback_id);
    return context.body(null, 204);
  });
}
