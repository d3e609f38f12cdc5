import { serverlessWire } from "@livepeer-ts/execution";
import type { FlagValues } from "../go-flags.ts";
import type { CommonConfig, OrchestratorConfig } from "../node-config.ts";
import { parseServerlessModel } from "../serverless-model.ts";
import { checkCurrency } from "./check-price.ts";
import type { Problems } from "./problems.ts";

/** The serverless runner of an orchestrator; undefined: it has none. */
export function checkServerless(
  common: CommonConfig,
  flags: FlagValues,
  problems: Problems,
): OrchestratorConfig["serverless"] {
  if (!flags.bool("aiServerless")) return undefined;
  if (!flags.bool("aiWorker"))
    problems.add("-aiServerless needs -orchestrator -aiWorker: jobs of live video are not handed to remote workers");
  if (flags.get("serviceAddr") === "none")
    problems.add("-aiServerless needs a -serviceAddr: runners and clients reach channels there");
  const model = problems.read("aiModels", () =>
    parseServerlessModel(flags.get("aiModels"), flags.get("pixelsPerUnit")),
  );
  if (model === undefined) return undefined;
  const { url, capacity, gateway, price } = model;
  if (price !== undefined) {
    if (common.chain === undefined) problems.warn("prices in -aiModels do nothing off chain: there is no payment");
    else checkCurrency("aiModels", price, flags, problems);
  }
  const priced = { capability: serverlessWire.capability, modelId: serverlessWire.model };
  return {
    url,
    capacity,
    prices: price === undefined ? [] : [{ ...priced, gateway, price }],
    paymentIntervalMs: problems.ms("livePaymentInterval", true),
  };
}
