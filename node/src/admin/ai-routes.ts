import { type Capabilities, capabilityNames, type PriceInfo, type SurveyedOrchestrator } from "@livepeer-ts/execution";
import { addressFromBytes, errorText } from "@livepeer-ts/kernel";
import { AdminRefusal, badRequest, jsonAnswer } from "./admin-answer.ts";
import type { AdminRoute } from "./admin-route.ts";
import { aiPoolJson } from "./runners-json.ts";

const group = "AI";

/** What concerns AI work, and what orchestrators say they can do. */
export const aiRoutes: readonly AdminRoute[] = [
  {
    path: "/getAISessionPoolsInfo",
    group,
    scope: "read",
    summary: "Sessions for AI work by capability and model; `{}` when there are none.",
    params: [],
    result: "json",
    handle: ({ subjects: { gateway } }) => {
      const pools = gateway?.aiPools() ?? [];
      return jsonAnswer(
        Object.fromEntries(pools.map((pool) => [`${pool.capability}_${pool.modelId}`, aiPoolJson(pool)])),
      );
    },
  },
  {
    path: "/getNetworkCapabilities",
    group,
    scope: "read",
    summary: "What the orchestrators that a gateway can use say about themselves.",
    params: [],
    result: "json",
    handle: async ({ subjects: { gateway } }) => {
      if (gateway === undefined) throw badRequest("Node must be gateway node to get network capabilities");
      const found = await gateway.survey();
      if (found.length === 0) throw new AdminRefusal(500, "network capabilities not available");
      return jsonAnswer({
        capabilities_names: Object.fromEntries(capabilityNames),
        orchestrators: found.map(describe),
      });
    },
  },
  {
    path: "/registerLiveRunners",
    group,
    scope: "transact",
    summary: "Registers live runners, JSON as in -liveRunnerConfig: all of them or none; 404 on a node without them.",
    params: [],
    result: "json",
    hasOtherBody: true,
    handle: async ({ subjects: { orchestrator }, text }) => {
      const runners = orchestrator?.liveRunners;
      if (runners === undefined) throw new AdminRefusal(404, "live runners are not supported");
      try {
        return jsonAnswer({ runners: await runners.registerStatic(JSON.parse(await text())) });
      } catch (error) {
        throw new AdminRefusal(400, errorText(error), error);
      }
    },
  },
];

function describe({ entry, info }: SurveyedOrchestrator) {
  const local = info.address.length === 0 ? "" : addressFromBytes(info.address);
  const recipient = info.ticketParams?.recipient ?? new Uint8Array(0);
  return {
    address: entry.address ?? (recipient.length === 0 ? local : addressFromBytes(recipient)),
    local_address: local,
    orch_uri: entry.uri,
    capabilities: info.capabilities === undefined ? null : capabilitiesJson(info.capabilities),
    price_info: info.priceInfo === undefined ? null : priceJson(info.priceInfo),
    capabilities_prices: info.capabilitiesPrices.map(priceJson),
    hardware: info.hardware.map(({ pipeline, modelId, gpuInfo }) => ({
      pipeline,
      model_id: modelId,
      gpu_info: Object.fromEntries(Object.entries(gpuInfo).map(([id, gpu]) => [id, { ...withoutType(gpu) }])),
    })),
  };
}

function priceJson(price: PriceInfo) {
  return given({
    pricePerUnit: price.pricePerUnit,
    pixelsPerUnit: price.pixelsPerUnit,
    capability: price.capability,
    constraint: price.constraint,
  });
}

function capabilitiesJson({ bitstring, mandatories, capacities, version, constraints }: Capabilities) {
  return given({
    bitstring,
    mandatories,
    capacities,
    version,
    constraints:
      constraints === undefined
        ? undefined
        : given({
            minVersion: constraints.minVersion,
            PerCapability: Object.fromEntries(
              Object.entries(constraints.PerCapability).map(([number, { models }]) => [
                number,
                {
                  models: Object.fromEntries(
                    Object.entries(models).map(([id, model]) => [id, given(withoutType(model))]),
                  ),
                },
              ]),
            ),
          }),
  });
}

function withoutType<T extends { readonly $typeName: string }>(message: T): Omit<T, "$typeName" | "$unknown"> {
  const { $typeName: _type, $unknown: _unknown, ...fields } = message as T & { readonly $unknown?: unknown };
  return fields;
}

/** Without fields that have their empty value, as protobuf messages are written. */
function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === undefined ||
    value === "" ||
    value === 0 ||
    value === 0n ||
    value === false ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}
