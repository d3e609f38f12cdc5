import { create } from "@bufbuild/protobuf";
import { clearBit, setBit } from "../../capabilities/capability-bitstring.ts";
import { defaultCapabilities } from "../../capabilities/capability-number.ts";
import {
  type Capabilities,
  Capabilities_CapabilityConstraints_ModelConstraintSchema,
  Capabilities_CapabilityConstraintsSchema,
  Capabilities_ConstraintsSchema,
  CapabilitiesSchema,
} from "../../wire/net_pb.gen.ts";
import { aiPipeline, aiPipelines } from "../pipelines/ai-pipelines.ts";
import type { AiOffer } from "../ports/ai-engine.ts";

/** What a node announces with its models: their capabilities, each model's warmth, capacity and version as a constraint. */
export function withAiOffers(own: Capabilities, offers: readonly AiOffer[]): Capabilities {
  const bitstring = [...own.bitstring];
  // the protocol's gateways ask for the default set together with a model
  if (offers.length > 0) for (const number of defaultCapabilities) setBit(bitstring, number);
  for (const { capability } of aiPipelines) clearBit(bitstring, capability);
  const capacities = { ...own.capacities };
  const constraints = create(Capabilities_ConstraintsSchema, {
    minVersion: own.constraints?.minVersion ?? "",
    PerCapability: { ...own.constraints?.PerCapability },
  });
  for (const offer of offers) {
    const { capability } = aiPipeline(offer.pipeline);
    setBit(bitstring, capability);
    capacities[capability] = (capacities[capability] ?? 0) + offer.capacity;
    constraints.PerCapability[capability] ??= create(Capabilities_CapabilityConstraintsSchema);
    constraints.PerCapability[capability].models[offer.modelId] = create(
      Capabilities_CapabilityConstraints_ModelConstraintSchema,
      {
        warm: offer.isWarm,
        capacity: offer.capacity,
        capacityInUse: offer.inUse,
        runnerVersion: offer.runnerVersion,
      },
    );
  }
  return create(CapabilitiesSchema, {
    bitstring,
    mandatories: own.mandatories,
    capacities,
    version: own.version,
    constraints,
  });
}
