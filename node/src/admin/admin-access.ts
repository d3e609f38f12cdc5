import { type HttpRequest, sameSecret } from "@livepeer-ts/kernel";
import { isLoopbackHost } from "../flags/bind-address.ts";
import { AdminRefusal } from "./admin-answer.ts";
import type { AdminRoute } from "./admin-route.ts";

/** Who may call. Without tokens: every program on this machine, and no web page. */
export type AdminAccess = {
  /** Opens everything. */
  readonly token: string | undefined;
  /** Opens what changes nothing. */
  readonly readToken: string | undefined;
  /** Where the port listens. */
  readonly bindHost: string;
};

/** Refuses a call that must not be served. Throws `AdminRefusal` with 401, 403 or 405. */
export function checkAccess(
  request: Pick<HttpRequest, "method" | "header">,
  route: Pick<AdminRoute, "path" | "scope" | "allowsGet">,
  access: AdminAccess,
): void {
  refuseOtherSites(request);
  if (route.scope === "open") return;
  const isTokenSet = access.token !== undefined || access.readToken !== undefined;
  if (isTokenSet) checkToken(request, route, access);
  else checkHost(request, access);
  if (route.scope !== "transact" || request.method === "POST") return;
  if (route.allowsGet && request.method === "GET" && !isBrowser(request)) return;
  throw new AdminRefusal(405, `${route.path} changes something: send a POST`);
}

/** A page of another site may send requests here; browsers say which site it was. */
function refuseOtherSites({ header }: Pick<HttpRequest, "header">): void {
  const origin = header.get("origin");
  const isOwn = origin === null || (URL.canParse(origin) && new URL(origin).host === header.get("host"));
  const site = header.get("sec-fetch-site") ?? "none";
  if (isOwn && (site === "none" || site === "same-origin")) return;
  throw new AdminRefusal(403, "requests of web pages from elsewhere are refused");
}

/** A name that leads here by way of a stranger's DNS is not one of this machine's. */
function checkHost({ header }: Pick<HttpRequest, "header">, { bindHost }: AdminAccess): void {
  const host = header.get("host");
  if (host === null) return; // no browser leaves it out
  const name = host
    .replace(/:\d*$/, "")
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (isLoopbackHost(name) || name === bindHost) return;
  throw new AdminRefusal(403, `"${host.slice(0, 80)}" is not a name of this port: use localhost, or set -cliToken`);
}

function checkToken(
  { header }: Pick<HttpRequest, "header">,
  { scope, path }: Pick<AdminRoute, "scope" | "path">,
  { token, readToken }: AdminAccess,
): void {
  const given = /^Bearer +(.+)$/i.exec(header.get("authorization") ?? "")?.[1];
  if (given === undefined) throw new AdminRefusal(401, "send the token of -cliToken as Authorization: Bearer <token>");
  if (token !== undefined && sameSecret(given, token)) return;
  if (readToken === undefined || !sameSecret(given, readToken)) throw new AdminRefusal(401, "the token is wrong");
  if (scope === "transact")
    throw new AdminRefusal(403, `${path} needs the token of -cliToken: the one given may only read`);
}

function isBrowser({ header }: Pick<HttpRequest, "header">): boolean {
  const marks = ["origin", "referer", "sec-fetch-site", "cookie"];
  return marks.some((name) => header.has(name)) || /^Mozilla\//i.test(header.get("user-agent") ?? "");
}
