import { type Address, addressFromBytes, type Rational, rational } from "@livepeer-ts/kernel";
import type { SurveyedOrchestrator } from "../../discovery/survey.ts";
import type { OrchestratorInfo, PriceInfo } from "../../wire/net_pb.gen.ts";
import type { AiPipelineName } from "../pipelines/ai-pipeline.ts";
import { aiPipelines } from "../pipelines/ai-pipelines.ts";
import type { AiOffer } from "../ports/ai-engine.ts";

/** A model that an orchestrator says it offers, with what it asks for it. */
export type SurveyedAiOffer = AiOffer & {
  readonly uri: string;
  /** Who is paid; undefined off chain. */
  readonly address: Address | undefined;
  /** Wei for one of the pipeline's units; undefined where nothing is asked. */
  readonly pricePerUnit: Rational | undefined;
};

/** Models without a price of their own have the price of this name, else that of transcoding. */
const anyModel = "default";

/** Every model that the surveyed orchestrators announce, in the order of the pipelines. */
export function surveyedAiOffers(surveyed: readonly SurveyedOrchestrator[]): readonly SurveyedAiOffer[] {
  return aiPipelines.flatMap(({ name, capability }) =>
    surveyed.flatMap(({ entry, info }) =>
      Object.entries(info.capabilities?.constraints?.PerCapability[capability]?.models ?? {}).map(
        ([modelId, model]): SurveyedAiOffer => ({
          pipeline: name satisfies AiPipelineName,
          modelId,
          isWarm: model.warm,
          capacity: model.capacity,
          inUse: model.capacityInUse,
          runnerVersion: model.runnerVersion,
          uri: entry.uri,
          address: entry.address ?? recipientOf(info),
          pricePerUnit: priceOf(info, capability, modelId),
        }),
      ),
    ),
  );
}

function recipientOf({ ticketParams }: OrchestratorInfo): Address | undefined {
  const bytes = ticketParams?.recipient ?? new Uint8Array(0);
  return bytes.length === 0 ? undefined : addressFromBytes(bytes);
}

function priceOf(info: OrchestratorInfo, capability: number, modelId: string): Rational | undefined {
  const named = (constraint: string) =>
    info.capabilitiesPrices.find((price) => price.capability === capability && price.constraint === constraint);
  return exact(named(modelId) ?? named(anyModel) ?? info.priceInfo);
}

function exact(price: PriceInfo | undefined): Rational | undefined {
  if (price === undefined || price.pixelsPerUnit <= 0n) return undefined;
  return rational(price.pricePerUnit, price.pixelsPerUnit);
}
