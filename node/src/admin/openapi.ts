import { nodeVersion } from "../node-version.ts";
import type { AdminParam, AdminRoute } from "./admin-route.ts";
import { adminRoutes } from "./admin-routes.ts";

const resultTypes: Readonly<Record<AdminRoute["result"], string | undefined>> = {
  nothing: undefined,
  text: "text/plain",
  json: "application/json",
  bytes: "application/octet-stream",
};
const refusals: Readonly<Record<string, string>> = {
  "400": "The parameters do not do; the text says why.",
  "401": "The token is missing or wrong.",
  "403": "The token may not do this, or a web page from elsewhere asked.",
  "405": "It changes something: send a POST.",
  "500": "It could not be done, or needs a chain; the text says why.",
  "503": "The node is still starting.",
};

/** The OpenAPI 3.1 document of the admin port, from its route table. */
export function adminOpenApi(): unknown {
  const estimates = adminRoutes.filter((route) => route.estimate !== undefined);
  return {
    openapi: "3.1.0",
    info: {
      title: "Livepeer node admin API",
      version: nodeVersion,
      description:
        "What -cliAddr serves. Paths, parameters and texts are go-livepeer's; /readyz, /drain, /undrain and /estimate/… are ours. Integers of any size are JSON numbers, rationals are strings.",
    },
    servers: [{ url: "http://127.0.0.1:7935" }],
    security: [{}, { token: [] }],
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "-cliToken or -cliReadToken" } },
    },
    paths: Object.fromEntries([
      ...adminRoutes.map((route) => [route.path, pathItem(route)] as const),
      ...estimates.map((route) => [`/estimate${route.path}`, estimateItem(route)] as const),
    ]),
  };
}

function pathItem(route: AdminRoute) {
  if (route.scope !== "transact") return { get: operation(route, "query") };
  return { post: operation(route, "form"), ...(route.allowsGet ? { get: operation(route, "query") } : {}) };
}

function estimateItem(route: AdminRoute) {
  const summary = `What ${route.path} would cost now; nothing is sent.`;
  return {
    post: operation({ ...route, summary, path: `/estimate${route.path}`, scope: "read", result: "json" }, "form"),
  };
}

function operation(route: AdminRoute, where: "query" | "form") {
  const type = resultTypes[route.result];
  const headers = (route.headers ?? []).map((param) => parameter(param, "header"));
  const query = where === "query" ? route.params.map((param) => parameter(param, "query")) : [];
  const codes = route.scope === "open" ? [] : Object.entries(refusals);
  return {
    summary: route.summary,
    tags: [route.group],
    ...(route.scope === "open" ? { security: [{}] } : {}),
    ...([...headers, ...query].length === 0 ? {} : { parameters: [...headers, ...query] }),
    ...(where === "form" && route.params.length > 0 ? { requestBody: form(route.params) } : {}),
    responses: {
      "200": { description: "Done.", ...(type === undefined ? {} : { content: { [type]: {} } }) },
      ...Object.fromEntries(
        codes.map(([status, description]) => [status, { description, content: { "text/plain": {} } }]),
      ),
    },
  };
}

function parameter({ name, help, isRequired }: AdminParam, where: "query" | "header") {
  return { name, in: where, description: help, required: isRequired === true, schema: { type: "string" } };
}

function form(params: readonly AdminParam[]) {
  const names = params.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  const schema = {
    type: "object",
    properties: Object.fromEntries(params.map(({ name, help }) => [name, { type: "string", description: help }])),
    ...(names.length === 0 ? {} : { required: names }),
  };
  return {
    required: names.length > 0,
    content: { "application/x-www-form-urlencoded": { schema }, "multipart/form-data": { schema } },
  };
}
