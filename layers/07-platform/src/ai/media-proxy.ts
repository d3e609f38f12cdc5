import { type Clock, errorText, type HttpHandler, type Logger, type Net } from "@livepeer-ts/kernel";
import { textResponse } from "../http/raw-response.ts";

export type MediaProxyOptions = {
  /** Base URL of the gateway's HTTP port. */
  readonly gatewayUrl: string;
  /** Deadline until the gateway's answer begins, ms. */
  readonly timeoutMs: number;
};

const ownPath = /^\/api\/ai\/media\/([0-9a-f]{8}\/[0-9a-f]{8}\.[a-z0-9]{2,4})$/;
const gatewayPath = /^\/stream\/([0-9a-f]{8}\/[0-9a-f]{8}\.[a-z0-9]{2,4})$/;

/** The path here of media that the gateway keeps itself; undefined for other addresses. */
export function mediaPath(gatewayUrl: string): string | undefined {
  const match = gatewayPath.exec(gatewayUrl);
  return match === null ? undefined : `/api/ai/media/${match[1]}`;
}

/** `GET /api/ai/media/…`: results of AI jobs, as the gateway keeps them. Who knows the address may have them. */
export function createMediaProxy(
  options: MediaProxyOptions,
  deps: { readonly net: Net; readonly clock: Clock; readonly logger: Logger },
): HttpHandler {
  const base = options.gatewayUrl.replace(/\/+$/, "");
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return textResponse(405, "Only GET and HEAD are possible here.", { allow: "GET, HEAD" });
    }
    const name = ownPath.exec(new URL(request.url).pathname)?.[1];
    if (name === undefined) return textResponse(404, "There is no such result.");
    const deadline = deps.clock.deadline(options.timeoutMs, request.signal);
    try {
      const { status, header, body } = await deps.net.request({
        method: request.method,
        url: `${base}/stream/${name}`,
        header: new Headers(),
        signal: deadline.signal,
      });
      if (status !== 200) {
        await body[Symbol.asyncIterator]().return?.();
        return textResponse(404, "This result is gone: results are kept for an hour. Run it again.");
      }
      const length = header.get("content-length");
      return {
        status,
        header: new Headers({
          "content-type": header.get("content-type") ?? "application/octet-stream",
          "content-security-policy": "sandbox",
          "x-content-type-options": "nosniff",
          "cache-control": "private, max-age=3600",
          ...(length === null ? {} : { "content-length": length }),
        }),
        body,
      };
    } catch (error) {
      if (request.signal.aborted) throw error;
      deps.logger.warn("the gateway does not hand out a result", { name, error: errorText(error) });
      return textResponse(502, "The gateway did not answer: try again in a few seconds.");
    } finally {
      deadline.clear();
    }
  };
}
