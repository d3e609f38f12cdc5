import type { HttpRequest } from "@livepeer-ts/kernel";

/** Fields of one connection, and what is only between a client and the node before the application. */
const notForwarded: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"],
  ...["te", "trailer", "transfer-encoding", "upgrade", "host", "http2-settings", "expect"],
  ...["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"],
  ...["livepeer-payment", "livepeer-segment", "livepeer-payer-address"],
]);
const withoutBody: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "DELETE"]);

/** The header fields that go on with a request or an answer. */
export function forwardedHeader(from: Headers): Headers {
  const named = new Set((from.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase()));
  const header = new Headers();
  for (const [name, value] of from) if (!notForwarded.has(name) && !named.has(name)) header.append(name, value);
  return header;
}

/** True when a body comes with the request. */
export function hasBody({ method, header, peer }: HttpRequest): boolean {
  const length = header.get("content-length");
  if (length !== null) return length !== "0" || !withoutBody.has(method);
  if (header.has("transfer-encoding")) return true;
  return peer.protocol === "h2" && !withoutBody.has(method);
}

/** True for a request that wants to go on as a WebSocket. */
export function wantsWebSocket({ header, peer }: HttpRequest): boolean {
  return peer.protocol === "h1" && header.get("upgrade")?.toLowerCase() === "websocket";
}
