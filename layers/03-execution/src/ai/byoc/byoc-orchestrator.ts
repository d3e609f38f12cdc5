import {
  bodyOf,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  hasErrorCode,
  LpError,
  readBody,
  sameSecret,
  utf8,
} from "@livepeer-ts/kernel";
import { textAnswer } from "../../http/text-answer.ts";
import { serveByocJob } from "./byoc-jobs.ts";
import { ByocStreams, type ByocStreamsDeps } from "./byoc-streams.ts";
import { serveByocToken } from "./byoc-token.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import type { CapabilityPrices } from "./external-capabilities.ts";
import { ExternalCapabilities } from "./external-capabilities.ts";

export type ByocOrchestratorOptions = {
  /** What workers register with (`-orchSecret`). */
  readonly secret: string;
  readonly serviceUri: string;
};

export type ByocOrchestratorDeps = Omit<ByocStreamsDeps, "capabilities" | "serviceUri"> & {
  readonly prices: CapabilityPrices;
};

/** Capabilities that others bring to an orchestrator, and their jobs. */
export type ByocOrchestrator = {
  readonly routes: readonly HttpRoute[];
  readonly capabilities: ExternalCapabilities;
  readonly streams: ByocStreams;
};

/** Largest registration. */
const maxBodyBytes = 64 * 1024;
const streamActions: ReadonlySet<string> = new Set(["start", "stop", "update", "payment"]);
const { path: paths, text } = byocWire;

/** Workers register here, and gateways bring jobs for them. */
export function startByocOrchestrator(options: ByocOrchestratorOptions, deps: ByocOrchestratorDeps): ByocOrchestrator {
  const capabilities = new ExternalCapabilities(deps.prices);
  const common = { ...deps, capabilities, serviceUri: options.serviceUri };
  const streams = new ByocStreams(common);
  const route = (
    name: string,
    match: (path: string) => boolean,
    method: "GET" | "POST",
    serve: (request: HttpRequest, path: string) => Promise<HttpResponse>,
  ): HttpRoute => ({
    name,
    match: (_request, path) => match(path),
    async handle(request) {
      if (request.method !== method) return textAnswer(405, text.notAllowed);
      try {
        return await serve(request, new URL(request.url).pathname);
      } catch (error) {
        if (!(error instanceof ByocRefusal)) throw error;
        deps.logger.info("job refused", { status: error.status, error: error.message, peer: request.peer.address });
        return textAnswer(error.status, error.message);
      }
    },
  });
  return {
    capabilities,
    streams,
    routes: [
      route(
        "register capability",
        (path) => path === paths.register,
        "POST",
        async (request) => {
          const body = await checkedBody(request, options.secret);
          try {
            const name = await capabilities.register(body);
            deps.logger.info("capability registered", { capability: name });
          } catch (error) {
            if (!(error instanceof LpError)) throw error;
            return registered(400, `${text.notRegistered(errorText(error))}\n`);
          }
          return registered(200, "ok");
        },
      ),
      route(
        "unregister capability",
        (path) => path === paths.unregister,
        "POST",
        async (request) => {
          capabilities.remove((await checkedBody(request, options.secret)).trim());
          return registered(200, "ok");
        },
      ),
      route(
        "job token",
        (path) => path === paths.token,
        "GET",
        (request) => serveByocToken(request, common),
      ),
      route(
        "job of an external capability",
        (path) => path.startsWith(paths.request),
        "POST",
        (request, path) => serveByocJob(request, path.slice(paths.request.length), common),
      ),
      route(
        "stream of an external capability",
        (path) => path.startsWith(paths.streamWork) && streamActions.has(path.slice(paths.streamWork.length)),
        "POST",
        (request, path) => streams.serve(request, path.slice(paths.streamWork.length)),
      ),
    ],
  };
}

async function checkedBody(request: HttpRequest, secret: string): Promise<string> {
  if (!sameSecret(request.header.get("authorization") ?? "", secret))
    throw new ByocRefusal(400, "byoc_secret", text.badSecret);
  try {
    return new TextDecoder().decode(await readBody(request.body, maxBodyBytes));
  } catch (error) {
    if (!hasErrorCode(error, "body_too_large")) throw error;
    throw new ByocRefusal(413, "byoc_body", errorText(error), error);
  }
}

function registered(status: number, body: string): HttpResponse {
  return { status, header: new Headers({ "content-type": "application/json" }), body: bodyOf(utf8(body)) };
}
