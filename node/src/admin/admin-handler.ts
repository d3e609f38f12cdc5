import { type HttpHandler, type Logger, LpError, readBody } from "@livepeer-ts/kernel";
import { type AdminAccess, checkAccess } from "./admin-access.ts";
import { type AdminAnswer, AdminRefusal, badRequest, httpAnswer, refusalAnswer } from "./admin-answer.ts";
import { readForm } from "./admin-form.ts";
import type { AdminRoute } from "./admin-route.ts";
import type { AdminSubjects } from "./admin-subjects.ts";

/** Largest body that is no form. */
const maxTextBytes = 1024 * 1024;
const estimatePrefix = "/estimate";

/** Serves the routes. `subjects` is asked for at every call: a node that is still starting has few. */
export function adminHandler(
  routes: readonly AdminRoute[],
  access: AdminAccess,
  subjects: () => AdminSubjects,
  logger: Logger,
): HttpHandler {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  for (const route of routes) {
    if (route.estimate !== undefined)
      byPath.set(`${estimatePrefix}${route.path}`, estimateRoute(route, route.estimate));
  }
  return async (request) => {
    const { pathname } = new URL(request.url);
    const route = byPath.get(pathname);
    try {
      checkAccess(request, route ?? { path: pathname, scope: "read" }, access);
      if (route === undefined) throw new AdminRefusal(404, "404 page not found");
      const param = route.hasOtherBody ? () => "" : await readForm(request);
      if (route.scope === "transact") logger.info("admin call", { path: pathname, peer: request.peer.address });
      return httpAnswer(
        await serve(route, {
          method: request.method,
          header: request.header,
          param,
          text: async () => new TextDecoder().decode(await readBody(request.body, maxTextBytes)),
          subjects: subjects(),
        }),
      );
    } catch (error) {
      if (!(error instanceof LpError)) throw error;
      const status = error instanceof AdminRefusal ? error.status : 500;
      logger.warn("admin call refused", { path: pathname, status, error: error.message, peer: request.peer.address });
      const response = httpAnswer(refusalAnswer(status, error.message));
      if (status === 401) response.header.set("www-authenticate", "Bearer");
      if (status === 405) response.header.set("allow", "POST");
      return response;
    }
  };
}

/** Runs a route after the checks that all have in common. */
async function serve(route: AdminRoute, call: Parameters<AdminRoute["handle"]>[0]): Promise<AdminAnswer> {
  for (const { name, isRequired } of route.params) {
    if (isRequired && call.param(name) === "") throw badRequest(`missing form param: ${name}`);
  }
  if (!route.worksEarly && !call.subjects.isReady)
    throw new AdminRefusal(503, "the node is still starting: try again in a moment");
  if (route.needsChain && call.subjects.chain === undefined) throw new AdminRefusal(500, "missing ETH client");
  return route.handle(call);
}

function estimateRoute(route: AdminRoute, estimate: NonNullable<AdminRoute["estimate"]>): AdminRoute {
  const { allowsGet: _get, ...rest } = route;
  return { ...rest, path: `${estimatePrefix}${route.path}`, scope: "read", handle: estimate };
}
