import { bodyOf, type HttpRoute } from "@livepeer-ts/kernel";

/** `/healthz` of a role's own port: 200 as long as the process answers. */
export const healthRoute: HttpRoute = {
  name: "health",
  match: (_request, path) => path === "/healthz",
  handle: async () => ({ status: 200, header: new Headers(), body: bodyOf(new Uint8Array(0)) }),
};
