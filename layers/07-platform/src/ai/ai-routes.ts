import { type AiPipeline, aiPipelines } from "@livepeer-ts/execution";
import { type Clock, errorText, type Logger } from "@livepeer-ts/kernel";
import { ApiError } from "../errors.ts";
import type { ApiApp } from "../http/api-app.ts";
import type { GatewayAiNetwork, GatewayAiOffer, GatewayControl } from "../ports/gateway-control.ts";
import type { AiJobFigures, AiJobWindow } from "./ai-job-window.ts";

export type AiRoutesDeps = {
  readonly jobs: AiJobWindow;
  readonly gateway: GatewayControl | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type AiCapabilityOffer = GatewayAiOffer & { readonly lastHour: AiJobFigures };

/** A model of the network: who offers it, and how its jobs went. */
export type AiCapability = {
  readonly pipeline: string;
  readonly modelId: string;
  readonly offers: readonly AiCapabilityOffer[];
  readonly lastHour: AiJobFigures;
};

/** Answer of `GET /api/ai/capabilities`. */
export type AiCapabilities = Pick<GatewayAiNetwork, "at" | "weiPerUsd"> & { readonly models: readonly AiCapability[] };

/** Answer of `GET /api/ai/pipelines`. */
export type AiPipelineList = {
  readonly pipelines: readonly Omit<AiPipeline, "capability" | "steps">[];
  /** Largest request, bytes. */
  readonly maxRequestBytes: number;
};

const gatewayTimeoutMs = 8_000;

/** `GET /api/ai/pipelines`: the requests that pipelines take. `GET /api/ai/capabilities`: who can do what now. Nobody needs a key. */
export function addAiRoutes(app: ApiApp, options: { readonly maxRequestBytes: number }, deps: AiRoutesDeps): void {
  const list: AiPipelineList = {
    pipelines: aiPipelines.map(({ capability: _number, steps: _steps, ...shown }) => shown),
    maxRequestBytes: options.maxRequestBytes,
  };
  app.get("/api/ai/pipelines", (context) => context.json(list));
  app.get("/api/ai/capabilities", async (context) => {
    context.header("cache-control", "no-store");
    return context.json(capabilitiesOf(await askGateway(deps, context.req.raw.signal), deps.jobs));
  });
}

async function askGateway({ gateway, clock, logger }: AiRoutesDeps, signal: AbortSignal): Promise<GatewayAiNetwork> {
  if (gateway === undefined) throw new ApiError(501, "this platform has no gateway that it may ask");
  const deadline = clock.deadline(gatewayTimeoutMs, signal);
  try {
    return await gateway.aiNetwork(deadline.signal);
  } catch (error) {
    if (signal.aborted) throw error;
    logger.warn("the gateway does not say what its machines offer", { error: errorText(error) });
    throw new ApiError(502, "The gateway did not answer: try again in a few seconds.");
  } finally {
    deadline.clear();
  }
}

function capabilitiesOf({ at, weiPerUsd, offers }: GatewayAiNetwork, jobs: AiJobWindow): AiCapabilities {
  const models = new Map<string, { readonly pipeline: string; readonly modelId: string }>();
  for (const { pipeline, modelId } of [...offers, ...jobs.models()]) {
    models.set(`${pipeline}/${modelId}`, { pipeline, modelId });
  }
  const place = new Map(aiPipelines.map(({ name }, index) => [name as string, index]));
  const rows = [...models.values()].sort(
    (a, b) =>
      (place.get(a.pipeline) ?? place.size) - (place.get(b.pipeline) ?? place.size) ||
      a.modelId.localeCompare(b.modelId, "en"),
  );
  return {
    at,
    weiPerUsd,
    models: rows.map(({ pipeline, modelId }) => ({
      pipeline,
      modelId,
      lastHour: jobs.ofModel(pipeline, modelId),
      offers: offers
        .filter((offer) => offer.pipeline === pipeline && offer.modelId === modelId)
        .map((offer) => ({ ...offer, lastHour: jobs.ofMachine(pipeline, modelId, offer.uri) })),
    })),
  };
}
