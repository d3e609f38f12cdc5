import type { HttpRequest } from "@livepeer-ts/kernel";

/** True for a page of this very server: the browser's `Origin` is the address the request was sent to, and that one of `hosts`. */
export function isOwnPage(request: Pick<HttpRequest, "header" | "url">, hosts: readonly string[]): boolean {
  const host = request.header.get("host") ?? new URL(request.url).host;
  const origin = request.header.get("origin");
  const isSame = origin === `http://${host}` || origin === `https://${host}`;
  return isSame && hosts.includes(host.replace(/:\d+$/, ""));
}
