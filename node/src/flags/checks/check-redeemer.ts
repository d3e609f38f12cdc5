import { isLoopbackHost, parseBindAddress } from "../bind-address.ts";
import { badFlag } from "../flag-value.ts";
import type { FlagValues } from "../go-flags.ts";
import type { CommonConfig, OrchestratorConfig, RedeemerConfig } from "../node-config.ts";
import type { Problems } from "./problems.ts";

const fallback = { host: "127.0.0.1", port: 8935 };

/** Settings of a redeemer; undefined off chain, with a sentence. */
export function checkRedeemer(common: CommonConfig, flags: FlagValues, problems: Problems): RedeemerConfig | undefined {
  const { chain } = common;
  if (chain === undefined) {
    problems.add("-redeemer needs a chain: give -network and -ethUrl");
    return undefined;
  }
  const httpAddr = problems.read("httpAddr", () => tlsAddress(flags.get("httpAddr"))) ?? fallback;
  const secret = flags.get("redeemerSecret") || undefined;
  if (secret === undefined && !isLoopbackHost(httpAddr.host) && !flags.bool("redeemerAllowNoAuth")) {
    problems.add(
      "-httpAddr lets others than this machine hand tickets to the redeemer: give -redeemerSecret here and to the orchestrators, or -redeemerAllowNoAuth when a firewall keeps strangers out",
    );
  }
  return { ...common, role: "redeemer", chain, httpAddr, secret };
}

/** Where an orchestrator's tickets are redeemed; undefined: by itself. */
export function checkRedeemerAddress(flags: FlagValues, problems: Problems): OrchestratorConfig["redeemer"] {
  const written = flags.get("redeemerAddr");
  const secret = flags.get("redeemerSecret") || undefined;
  if (written === "") {
    if (secret !== undefined) problems.warn("-redeemerSecret does nothing without -redeemerAddr");
    return undefined;
  }
  const address = problems.read("redeemerAddr", () => tlsAddress(written, "redeemerAddr"));
  if (address === undefined) return undefined;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return { url: `https://${host}:${address.port}`, secret };
}

function tlsAddress(text: string, flag = "httpAddr") {
  if (/^http:\/\//i.test(text)) throw badFlag(`-${flag}: the redeemer is reached over TLS only: leave http:// out`);
  return parseBindAddress(text.replace(/^https:\/\//i, "").replace(/\/$/, ""), fallback, flag);
}
