import { OpenAPIHono } from "@hono/zod-openapi";
import { errorText, hasErrorCode, type Logger } from "@livepeer-ts/kernel";
import { HTTPException } from "hono/http-exception";
import type { Accounts, Caller } from "../auth/accounts.ts";
import { ApiError } from "../errors.ts";
import { validationErrors } from "./validation-errors.ts";

export type ApiEnv = { Variables: { caller: Caller | undefined } };
export type ApiApp = OpenAPIHono<ApiEnv>;

/** Playback is for any site; the rest of the API answers browsers of its own origin only. */
const openPath = /^\/api\/(playback|watch)\//;
const exposedHeaders = "Link, X-Total-Count, Location";

/** The API's shell: errors, CORS and callers. Routes are added by their groups. */
export function createApiApp(deps: {
  readonly accounts: Accounts;
  readonly logger: Logger;
  /** Paths whose routes judge credentials by themselves. */
  readonly ownCredentials: readonly string[];
}): ApiApp {
  const app: ApiApp = new OpenAPIHono<ApiEnv>({
    defaultHook(result) {
      if (!result.success) throw new ApiError(422, ...validationErrors(result.error.issues));
    },
  });
  app.use("/api/*", async (context, next) => {
    const origin = context.req.header("origin");
    const { pathname, host } = new URL(context.req.url);
    context.header("vary", "Authorization, Origin");
    if (context.req.method === "OPTIONS" && origin !== undefined) {
      // The preflight always passes; the real request is judged.
      return context.body(null, 204, {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers": context.req.header("access-control-request-headers") ?? "*",
        "access-control-max-age": "600",
      });
    }
    const ownHost = context.req.header("host") ?? host;
    const isOwn = origin === undefined || origin === `http://${ownHost}` || origin === `https://${ownHost}`;
    if (!isOwn && !openPath.test(pathname)) {
      throw new ApiError(403, `credential disallows CORS access from origin ${origin.slice(0, 200)}`);
    }
    if (origin !== undefined) {
      context.header("access-control-allow-origin", origin);
      context.header("access-control-allow-credentials", "true");
      context.header("access-control-expose-headers", exposedHeaders);
    }
    if (deps.ownCredentials.includes(pathname)) return next();
    context.set("caller", await deps.accounts.authenticate(context.req.header("authorization")));
    return next();
  });
  app.notFound((context) => context.json({ errors: ["not found"] }, 404));
  app.onError((error, context) => {
    if (error instanceof ApiError) return context.json({ errors: [...error.errors] }, error.status);
    if (hasErrorCode(error, "body_too_large")) return context.json({ errors: [error.message] }, 413);
    // Hono's own refusals: a body that is not JSON.
    if (error instanceof HTTPException) return context.json({ errors: [error.message] }, error.status);
    deps.logger.error("a request failed", {
      method: context.req.method,
      path: context.req.path,
      error: error.stack ?? errorText(error),
    });
    return context.json({ errors: [`Internal server error: ${error.name}`] }, 500);
  });
  return app;
}

/** The caller of a route that needs one. Throws `ApiError` 401. */
export function requireCaller(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new ApiError(401, "request is not authenticated");
  return caller;
}
