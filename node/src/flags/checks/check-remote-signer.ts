import { orchestratorUri } from "@livepeer-ts/execution";
import { isLoopbackHost, parseBindAddress } from "../bind-address.ts";
import { badFlag } from "../flag-value.ts";
import type { FlagValues } from "../go-flags.ts";
import { parseHeaderList } from "../header-list.ts";
import type { CommonConfig, GatewayConfig, RemoteSignerConfig } from "../node-config.ts";
import { maxPrices, ticketLimits } from "./check-payments.ts";
import { isHttpUrl, type Problems } from "./problems.ts";

const fallback = { host: "127.0.0.1", port: 8935 };

/** Settings of a remote signer; undefined off chain, which `checkRole` says. */
export function checkRemoteSigner(
  common: CommonConfig,
  flags: FlagValues,
  problems: Problems,
): RemoteSignerConfig | undefined {
  const httpAddr = problems.read("httpAddr", () => plainAddress(flags.get("httpAddr"))) ?? fallback;
  const webhookUrl = problems.httpUrl("remoteSignerWebhookUrl");
  const webhookHeaders = headers("remoteSignerWebhookHeaders", flags, problems);
  if (webhookUrl === undefined && webhookHeaders.size > 0)
    problems.warn("-remoteSignerWebhookHeaders does nothing without -remoteSignerWebhookUrl");
  const isOpen = flags.get("remoteSignerWebhookUrl") === "" && !isLoopbackHost(httpAddr.host);
  if (isOpen && !flags.bool("remoteSignerAllowNoAuth")) {
    problems.add(
      "-httpAddr lets others than this machine have payments signed from this deposit: give -remoteSignerWebhookUrl, or -remoteSignerAllowNoAuth when a firewall keeps strangers out",
    );
  }
  const { chain } = common;
  if (chain === undefined) return undefined;
  return {
    ...common,
    role: "remoteSigner",
    chain,
    httpAddr,
    isOpen,
    webhook: webhookUrl === undefined ? undefined : { url: webhookUrl, headers: webhookHeaders },
    maxRequestWei: problems.whole("remoteSignerMaxRequest"),
    maxDayWei: problems.whole("remoteSignerMaxDay"),
    maxIdDayWei: problems.whole("remoteSignerMaxDayPerId"),
    discovery: flags.bool("remoteDiscovery")
      ? {
          orchWebhookUrl: problems.httpUrl("orchWebhookUrl"),
          orchAddr: flags.list("orchAddr").flatMap((a) => problems.read("orchAddr", () => orchestratorUri(a)) ?? []),
        }
      : undefined,
    maxPrices: maxPrices(flags, problems),
    tickets: ticketLimits(flags, problems),
  };
}

/** The signer that pays for a gateway; undefined: it pays itself, or nothing. */
export function checkSignerOfGateway(
  common: CommonConfig,
  flags: FlagValues,
  problems: Problems,
): GatewayConfig["remoteSigner"] {
  const written = flags.get("remoteSignerUrl");
  if (written === "") {
    if (flags.get("remoteSignerHeaders") !== "")
      problems.warn("-remoteSignerHeaders does nothing without -remoteSignerUrl");
    return undefined;
  }
  const url = /^[a-z]+:\/\//i.test(written) ? written : `https://${written}`;
  if (!isHttpUrl(url)) problems.add("-remoteSignerUrl is not a URL: write for example https://signer:8935");
  if (common.chain !== undefined)
    problems.add("-remoteSignerUrl and -network exclude each other: the signer knows the chain, leave -network out");
  return { url: url.replace(/\/+$/, ""), headers: headers("remoteSignerHeaders", flags, problems) };
}

function headers(flag: string, flags: FlagValues, problems: Problems): ReadonlyMap<string, string> {
  return problems.read(flag, () => parseHeaderList(flags.get(flag), flag)) ?? new Map<string, string>();
}

function plainAddress(text: string) {
  if (/^https:\/\//i.test(text))
    throw badFlag("-httpAddr of a remote signer is plain HTTP: leave https:// out, and put a proxy in front for TLS");
  return parseBindAddress(text.replace(/^http:\/\//i, "").replace(/\/$/, ""), fallback, "httpAddr");
}
