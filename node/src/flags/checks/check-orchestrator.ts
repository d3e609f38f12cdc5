import { type PriceFlag, parsePriceFlag, parsePricePerGateway } from "@livepeer-ts/economics";
import { parseBindAddress } from "../bind-address.ts";
import { badFlag } from "../flag-value.ts";
import type { FlagValues } from "../go-flags.ts";
import type { CommonConfig, OrchestratorConfig } from "../node-config.ts";
import { defaultServicePort, parseNodeUri, parseServiceAddress } from "../service-address.ts";
import { checkCompute } from "./check-compute.ts";
import { checkCores } from "./check-cores.ts";
import { checkLiveWork } from "./check-live-work.ts";
import { checkCurrency } from "./check-price.ts";
import { checkRedeemerAddress } from "./check-redeemer.ts";
import { checkAiOrchestrator } from "./check-runners.ts";
import { checkServerless } from "./check-serverless.ts";
import { checkRemoteSessions, checkSessions } from "./check-sessions.ts";
import { checkStores } from "./check-stores.ts";
import { checkLocalTranscoder } from "./check-transcoder.ts";
import type { Problems } from "./problems.ts";

/** Settings of an orchestrator. */
export function checkOrchestrator(common: CommonConfig, flags: FlagValues, problems: Problems): OrchestratorConfig {
  const nodes = flags.list("nodes").flatMap((uri) => problems.read("nodes", () => parseNodeUri(uri)) ?? []);
  const service = problems.read("serviceAddr", () => parseServiceAddress(flags.get("serviceAddr"))) ?? { kind: "none" };
  if (flags.get("serviceAddr") === "none" && flags.list("nodes").length === 0)
    problems.add("-serviceAddr none needs -nodes: give the URIs of those who do the work");
  const secret = flags.get("orchSecret") || undefined;
  return {
    ...common,
    role: "orchestrator",
    service,
    http: problems.read("httpAddr", () => httpAddress(flags.get("httpAddr"))) ?? { scheme: undefined, address: "" },
    nodes,
    stores: checkStores("orchestrator", flags, problems),
    ...(flags.bool("transcoder")
      ? { local: checkLocalTranscoder(flags, problems), maxSessions: checkSessions(flags, problems) }
      : { local: undefined, maxSessions: checkRemoteSessions(flags, problems) }),
    secret,
    // the one model of a serverless runner is no job of request and answer
    ai: flags.bool("aiServerless") ? undefined : checkAiOrchestrator(secret, common, flags, problems),
    serverless: checkServerless(common, flags, problems),
    live: checkLiveWork(flags, problems),
    cores: checkCores(flags, problems),
    compute: checkCompute(flags, problems),
    startupAvailabilityCheck: flags.bool("startupAvailabilityCheck"),
    prices: common.chain === undefined ? undefined : prices(flags, problems),
    tickets: { ticketEvWei: problems.whole("ticketEV", 1n), maxFaceValueWei: problems.whole("maxFaceValue") },
    redeemer: common.chain === undefined ? undefined : checkRedeemerAddress(flags, problems),
    authWebhookUrl: problems.httpUrl("authWebhookUrl"),
  };
}

/** `-httpAddr` with or without a scheme. Throws `bad_flag`. */
function httpAddress(text: string): OrchestratorConfig["http"] {
  const [, scheme, rest = text] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  const known =
    scheme === undefined ? undefined : (["http", "https"] as const).find((name) => name === scheme.toLowerCase());
  if (scheme !== undefined && known === undefined) throw badFlag(`unsupported -httpAddr scheme "${scheme}"`);
  const address = scheme === undefined ? rest : rest.replace(/\/$/, "");
  if (/[/?#]/.test(address)) throw badFlag("-httpAddr must not include a path");
  parseBindAddress(address, { host: "", port: defaultServicePort }, "httpAddr");
  return { scheme: known, address };
}

function prices(flags: FlagValues, problems: Problems): OrchestratorConfig["prices"] {
  const written = flags.get("pricePerUnit");
  if (written === "")
    problems.add("-pricePerUnit must be set: give the price of -pixelsPerUnit pixels, for example 1000");
  const base =
    written === ""
      ? undefined
      : problems.read("pricePerUnit", () => parsePriceFlag(written, flags.get("pixelsPerUnit")));
  checkCurrency("pricePerUnit", base, flags, problems);
  const json = flags.get("pricePerGateway");
  const perGateway = json === "" ? undefined : problems.read("pricePerGateway", () => parsePricePerGateway(json));
  return {
    base: base ?? parsePriceFlag("0"),
    perGateway: perGateway ?? new Map<never, PriceFlag>(),
    autoAdjust: flags.bool("autoAdjustPrice"),
  };
}
