import {
  bodyOf,
  errorText,
  type HttpHandler,
  type HttpRequest,
  type Logger,
  type Net,
  utf8,
} from "@livepeer-ts/kernel";

/** What the next process must know of the connection; these names never come from outside. */
const handedHeaders = { peer: "x-handed-on-peer", protocol: "x-handed-on-protocol", origin: "x-handed-on-origin" };

/** Of one connection only. */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "host",
  "http2-settings",
];

/** Hands requests to the process of this node that is reached as `host`; 503 when it cannot be reached. */
export function handOnTo(host: string, net: Net, logger: Logger): HttpHandler {
  return async (request) => {
    const { origin, pathname, search } = new URL(request.url);
    const header = new Headers(request.header);
    for (const name of hopByHop) header.delete(name);
    if (header.has("te") && header.get("te") !== "trailers") header.delete("te");
    header.set(handedHeaders.peer, request.peer.address);
    header.set(handedHeaders.protocol, request.peer.protocol);
    header.set(handedHeaders.origin, origin);
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    try {
      return await net.request({
        method: request.method,
        url: `http://${host}${pathname}${search}`,
        header,
        ...(hasBody ? { body: request.body } : {}),
        signal: request.signal,
        protocol: "h2",
      });
    } catch (error) {
      if (request.signal.aborted) throw error;
      logger.warn("a request could not be handed on", { path: pathname, to: host, error: errorText(error) });
      return {
        status: 503,
        header: new Headers({ "content-type": "text/plain; charset=utf-8" }),
        body: bodyOf(utf8("the process of this node that has it is away: try again\n")),
      };
    }
  };
}

/** Serves requests that were handed on as if they had come straight from the peer. */
export function fromHandedOn(handler: HttpHandler): HttpHandler {
  return (request) => handler(asItCame(request));
}

function asItCame(request: HttpRequest): HttpRequest {
  const header = new Headers(request.header);
  for (const name of Object.values(handedHeaders)) header.delete(name);
  const { pathname, search } = new URL(request.url);
  const given = (name: keyof typeof handedHeaders) => request.header.get(handedHeaders[name]) ?? "";
  return {
    method: request.method,
    url: `${given("origin")}${pathname}${search}`,
    header,
    body: request.body,
    signal: request.signal,
    peer: { address: given("peer"), protocol: given("protocol") === "h2" ? "h2" : "h1" },
  };
}
