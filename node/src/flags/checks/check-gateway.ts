import { checkSelectionWeights, orchestratorUri, parseNodeVersion } from "@livepeer-ts/execution";
import { LpError, toAddress } from "@livepeer-ts/kernel";
import { parseProfileJson, presetProfile, type VideoProfile } from "@livepeer-ts/media";
import { isLoopbackHost, parseBindAddress } from "../bind-address.ts";
import { badFlag } from "../flag-value.ts";
import { type FlagValues, itemsOf } from "../go-flags.ts";
import type { CommonConfig, GatewayConfig } from "../node-config.ts";
import { checkAiGateway } from "./check-ai-gateway.ts";
import { checkCapabilityStreams } from "./check-capability-streams.ts";
import { checkPlace } from "./check-compute.ts";
import { maxPrices, ticketLimits } from "./check-payments.ts";
import { checkSignerOfGateway } from "./check-remote-signer.ts";
import { checkSessions } from "./check-sessions.ts";
import { checkStores } from "./check-stores.ts";
import { checkVerification } from "./check-verification.ts";
import type { Problems } from "./problems.ts";

const httpFallback = { host: "127.0.0.1", port: 9935 };
const rtmpFallback = { host: "127.0.0.1", port: 1935 };

/** Settings of a gateway. */
export function checkGateway(common: CommonConfig, flags: FlagValues, problems: Problems): GatewayConfig {
  const httpAddr = problems.read("httpAddr", () => plainHttpAddress(flags.get("httpAddr"))) ?? httpFallback;
  const remoteSigner = checkSignerOfGateway(common, flags, problems);
  const isPaying = common.chain !== undefined || remoteSigner !== undefined;
  const authWebhookUrl = problems.httpUrl("authWebhookUrl");
  const orchAddr = flags
    .list("orchAddr")
    .flatMap((address) => problems.read("orchAddr", () => orchestratorUri(address)) ?? []);
  const orchWebhookUrl = problems.httpUrl("orchWebhookUrl");
  const named = flags.list("orchAddr").length > 0;
  if (flags.get("orchWebhookUrl") !== "") {
    if (named) problems.warn("-orchAddr does nothing beside -orchWebhookUrl, which lists the orchestrators");
  } else if (common.chain === undefined && !named && remoteSigner === undefined)
    problems.warn("-orchAddr names no orchestrator and there is no chain: streams will not be transcoded");
  const profiles =
    problems.read("transcodingOptions", () => transcodingProfiles(flags.get("transcodingOptions"))) ?? [];
  const lowestVersion = minVersion(flags, problems);
  return {
    ...common,
    role: "gateway",
    httpAddr,
    rtmpAddr:
      problems.read("rtmpAddr", () => parseBindAddress(flags.get("rtmpAddr"), rtmpFallback, "rtmpAddr")) ??
      rtmpFallback,
    orchWebhookUrl,
    orchAddr,
    authWebhookUrl,
    stores: checkStores("gateway", flags, problems),
    scores: scores(flags, problems),
    verification: checkVerification(flags, problems),
    options: {
      profiles,
      maxStreams: checkSessions(flags, problems),
      downloadBytes: problems.mebibytes("downloadMemory"),
      currentManifest: flags.bool("currentManifest"),
      httpIngest: takesHttpIngest(flags, httpAddr.host),
      accessRecheckMs: problems.ms("authRecheck"),
      localVerify: flags.isSet("localVerify") ? flags.bool("localVerify") : isPaying,
      discovery: {
        firstWaitMs: problems.ms("discoveryTimeout", true),
        extraNodes: Number(problems.whole("extraNodes")),
        blocklist: blocklist(flags, problems),
      },
      pool: {
        weights: weights(problems),
        ignoreMaxPriceIfNeeded: flags.bool("ignoreMaxPriceIfNeeded"),
        redrawSegments: Number(problems.whole("redrawSegments")),
        place: checkPlace(flags, problems),
      },
      stream: {
        maxAttempts: Math.max(0, flags.int("maxAttempts")),
        minVersion: lowestVersion,
        hedgeAfter: problems.number("hedgeAfter", 0),
      },
      hedges: { share: hedgeBudget(problems) },
    },
    ai: checkAiGateway(lowestVersion, flags, problems),
    capabilityStreams: checkCapabilityStreams(flags, problems),
    apps: { paymentIntervalMs: problems.ms("livePaymentInterval", true) },
    maxPrices: maxPrices(flags, problems),
    tickets: ticketLimits(flags, problems),
    remoteSigner,
  };
}

function plainHttpAddress(text: string) {
  if (/^https:\/\//i.test(text))
    throw badFlag("-httpAddr of a gateway is plain HTTP: leave https:// out, and put a proxy in front for TLS");
  return parseBindAddress(text.replace(/^http:\/\//i, ""), httpFallback, "httpAddr");
}

/** Segments from everywhere are taken only where somebody says who may send them. */
function takesHttpIngest(flags: FlagValues, host: string): boolean {
  if (flags.isSet("httpIngest")) return flags.bool("httpIngest");
  return isLoopbackHost(host) || flags.get("authWebhookUrl") !== "";
}

function blocklist(flags: FlagValues, problems: Problems) {
  return new Set(
    flags.list("orchBlocklist").flatMap((account) => problems.read("orchBlocklist", () => toAddress(account)) ?? []),
  );
}

function weights(problems: Problems) {
  const found = {
    stake: problems.number("selectStakeWeight", 0),
    price: problems.number("selectPriceWeight", 0),
    random: problems.number("selectRandFreq", 0),
    priceExpFactor: problems.number("selectPriceExpFactor", 0, true),
  };
  return problems.read(undefined, () => checkSelectionWeights(found)) ?? found;
}

function hedgeBudget(problems: Problems): number {
  const share = problems.number("hedgeBudget", 0);
  if (share > 1)
    problems.add(`-hedgeBudget ${share} does not do: it is a share, write 0.05 for five of a hundred segments`);
  return share;
}

function minVersion(flags: FlagValues, problems: Problems): string {
  const text = flags.get("orchMinLivepeerVersion");
  if (text !== "" && parseNodeVersion(text) === undefined)
    problems.add(`-orchMinLivepeerVersion "${text.slice(0, 80)}" is not a version: write for example 0.9.1`);
  return text;
}

/** Scores count with all of the three flags. */
function scores(flags: FlagValues, problems: Problems): GatewayConfig["scores"] {
  const url = problems.httpUrl("orchPerfStatsUrl");
  const region = flags.get("region");
  const minScore = problems.number("minPerfScore", 0);
  const given = { orchPerfStatsUrl: url !== undefined, region: region !== "", minPerfScore: minScore > 0 };
  const [missing] = Object.entries(given).flatMap(([flag, is]) => (is ? [] : [flag]));
  if (missing === undefined) return { url: url as string, region, minScore };
  for (const [flag, is] of Object.entries(given)) {
    if (is) problems.warn(`-${flag} does nothing without -${missing}`);
  }
  return undefined;
}

/** Presets by name, or profiles as JSON. Throws `bad_flag` when nothing is left. */
export function transcodingProfiles(text: string): VideoProfile[] {
  const profiles = /^\s*[[{]/.test(text)
    ? jsonProfiles(text)
    : itemsOf(text).flatMap((name) => presetProfile(name) ?? []);
  if (profiles.length === 0) {
    throw badFlag(
      `No transcoding profiles found in -transcodingOptions "${text.slice(0, 80)}": give names such as P240p30fps16x9, or a JSON file`,
    );
  }
  return profiles;
}

function jsonProfiles(text: string): VideoProfile[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new LpError({
      code: "bad_flag",
      message: `-transcodingOptions is not JSON: write a list such as [{"name":"hd","width":1280,"height":720,"bitrate":3000000}]`,
      cause,
    });
  }
  return parseProfileJson(parsed);
}
