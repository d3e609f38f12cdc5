import { pricedCapability } from "@livepeer-ts/economics";
import { formatRational, LpError } from "@livepeer-ts/kernel";
import { presetNames, presetProfile } from "@livepeer-ts/media";
import { badRequest, doneAnswer, jsonAnswer } from "./admin-answer.ts";
import { type AdminCall, type AdminRoute, optional, required } from "./admin-route.ts";
import type { GatewaySubject } from "./admin-subjects.ts";
import { converting, priceParam } from "./price-params.ts";

const group = "Gateway settings";
const currency = optional("currency", "currency of the price; empty or Wei: wei");

/** What a gateway pays and asks for. */
export const broadcastRoutes: readonly AdminRoute[] = [
  {
    path: "/setBroadcastConfig",
    group,
    scope: "transact",
    summary:
      "Sets the highest price per pixel (from the next selection on; 0 = any) and the renditions of new streams that have none of their own.",
    params: [
      optional("maxPricePerUnit", "highest price of one unit"),
      optional("pixelsPerUnit", "pixels of one unit"),
      currency,
      optional("transcodingOptions", "presets, comma separated, without spaces"),
    ],
    result: "nothing",
    handle: async (call) => {
      const gateway = gatewayOf(call, "Node must be gateway node to set broadcast config");
      const wantsPrice = call.param("maxPricePerUnit") !== "" && call.param("pixelsPerUnit") !== "";
      const options = call.param("transcodingOptions");
      if (!wantsPrice && options === "")
        throw badRequest("missing form params (maxPricePerUnit AND pixelsPerUnit) or transcodingOptions");
      const price = wantsPrice
        ? priceParam(call, "maxPricePerUnit", { error: "Error", refusesNegative: false })
        : undefined;
      const profiles = options.split(",").flatMap((name) => presetProfile(name) ?? []);
      if (options !== "" && profiles.length === 0) throw badRequest(`invalid transcoding options: ${options}`);
      if (price !== undefined) await converting(gateway.maxPrices.setBase(price.amount.num > 0n ? price : undefined));
      if (options !== "") gateway.registry.profiles = profiles;
      return doneAnswer;
    },
  },
  {
    path: "/getBroadcastConfig",
    group,
    scope: "read",
    summary: "Highest price in wei per pixel, null for any, and the renditions of new streams.",
    params: [],
    result: "json",
    handle: ({ subjects: { gateway } }) => {
      const price = gateway?.maxPrices.base;
      return jsonAnswer({
        MaxPrice: price === undefined ? null : formatRational(price),
        TranscodingOptions: (gateway?.registry.profiles ?? []).map(({ name }) => name).join(","),
      });
    },
  },
  {
    path: "/getAvailableTranscodingOptions",
    group,
    scope: "read",
    summary: "Names of the presets.",
    params: [],
    result: "json",
    handle: () => jsonAnswer(presetNames),
  },
  {
    path: "/setMaxPriceForCapability",
    group,
    scope: "transact",
    summary: "Sets the highest price of one model of an AI pipeline, or of one app of live runners.",
    params: [
      required("maxPricePerUnit", "highest price of one unit, above 0"),
      required("pixelsPerUnit", "pixels of one unit"),
      required("currency", currency.help),
      required("pipeline", "name of the pipeline, such as text-to-image; live-runner: an app"),
      required("modelID", "name of the model or the app; default: all without a price"),
    ],
    result: "nothing",
    handle: async (call) => {
      const gateway = gatewayOf(call, "Node must be gateway node to set max price per capability");
      const price = priceParam(call, "maxPricePerUnit", { error: "Error", refusesNegative: false });
      const capability = pipelineNumber(call.param("pipeline"));
      if (price.amount.num <= 0n) throw badRequest(`pricePerPixel needs to be > 0: ${formatRational(price.amount)}`);
      await converting(gateway.maxPrices.setForCapability(capability, call.param("modelID"), price));
      return doneAnswer;
    },
  },
];

function gatewayOf(call: AdminCall, refusal: string): GatewaySubject {
  if (call.subjects.gateway === undefined) throw badRequest(refusal);
  return call.subjects.gateway;
}

function pipelineNumber(pipeline: string): number {
  try {
    return pricedCapability(pipeline);
  } catch (error) {
    if (error instanceof LpError) throw badRequest("pipeline not supported");
    throw error;
  }
}
