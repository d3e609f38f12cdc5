import { bodyOf, type HttpHandler, type HttpRoute, utf8 } from "@livepeer-ts/kernel";

/** The first route that matches serves; none = 404 as Go's mux answers it. */
export function routed(routes: readonly HttpRoute[]): HttpHandler {
  return async (request) => {
    const path = new URL(request.url).pathname;
    const route = routes.find((candidate) => candidate.match(request, path));
    if (route !== undefined) return route.handle(request);
    return {
      status: 404,
      header: new Headers({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" }),
      body: bodyOf(utf8("404 page not found\n")),
    };
  };
}
