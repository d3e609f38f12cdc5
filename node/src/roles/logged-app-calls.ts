import { relayed } from "@livepeer-ts/execution";
import { type Clock, type HttpRoute, type Logger, uriDecoded } from "@livepeer-ts/kernel";

/** Message of the line; `livepeer app dev` reads it. */
export const appCallMessage = "app call";

const pathPattern = /^\/apps\/([^/]+)\/(?:app|session)(?:\/|$)/;

/** A route for apps whose calls are logged when their answers are over: status, ms, and the fee where it is known. */
export function loggedAppCalls(route: HttpRoute, deps: { readonly clock: Clock; readonly logger: Logger }): HttpRoute {
  return {
    ...route,
    async handle(request) {
      const begun = deps.clock.mono();
      const answer = await route.handle(request);
      const [, app] = pathPattern.exec(new URL(request.url).pathname) ?? [];
      if (app === undefined) return answer;
      const field = (name: string) => answer.header.get(name) ?? answer.trailer?.().get(name) ?? undefined;
      const log = () =>
        deps.logger.info(appCallMessage, {
          app: uriDecoded(app),
          status: answer.status,
          ms: Math.round(deps.clock.mono() - begun),
          feeWei: field("livepeer-fee-wei"),
          requestId: field("livepeer-request-id"),
        });
      return { ...answer, body: relayed(answer.body, (chunk) => chunk, log) };
    },
  };
}
