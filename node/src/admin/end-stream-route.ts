import { bodyOf, type HttpRoute, utf8 } from "@livepeer-ts/kernel";

const path = /^\/internal\/streams\/([^/]+)\/end$/;

/** `POST /internal/streams/<manifestId>/end`: the platform ends a broadcast. Needs the token that nodes and platform share. */
export function endStreamRoute(
  token: string,
  streams: { get(manifestId: string): { end(reason: string): Promise<void> } | undefined },
): HttpRoute {
  const answer = (status: number, message: string) => ({
    status,
    header: new Headers({ "content-type": "application/json" }),
    body: bodyOf(utf8(JSON.stringify(status === 200 ? { ended: message } : { errors: [message] }))),
  });
  return {
    name: "end stream",
    match: (request, target) => request.method === "POST" && path.test(target),
    async handle(request) {
      if (token === "" || request.header.get("authorization") !== `Bearer ${token}`) {
        return answer(401, "the token is missing or wrong: send the node's -eventsToken as a bearer token");
      }
      const manifestId = decodeURIComponent(path.exec(new URL(request.url).pathname)?.[1] ?? "");
      await streams.get(manifestId)?.end("ended by the platform");
      return answer(200, manifestId);
    },
  };
}
