import { join } from "node:path";
import { hostAndPort, isLoopbackHost, parseBindAddress } from "../bind-address.ts";
import type { FlagValues } from "../go-flags.ts";
import type { CommonConfig } from "../node-config.ts";
import type { NodeRole } from "./check-role.ts";
import { checkTelling } from "./check-telling.ts";
import type { Problems } from "./problems.ts";

const adminPorts: Partial<Record<NodeRole, number>> = {
  orchestrator: 7935,
  transcoder: 6935,
  aiWorker: 4935,
  remoteSigner: 3935,
};

/** Of what requests may make a port hold, for one address: above the largest single body at the default. */
const bodySharePerPeer = 0.625;

/** Where `~` is: the only thing beside the flags that settings depend on. */
export type HostFacts = { readonly home: string };

/** Settings that every role has, without the chain. */
export function checkCommon(
  role: NodeRole,
  flags: FlagValues,
  host: HostFacts,
  problems: Problems,
): Omit<CommonConfig, "chain"> {
  const network = flags.get("network");
  if (!/^[A-Za-z0-9][\w.-]*$/.test(network))
    problems.add(
      `-network "${network.slice(0, 80)}" is not a name: it becomes a folder's, so write letters, digits, dots and dashes`,
    );
  const logFormat = flags.get("logFormat");
  if (logFormat !== "text" && logFormat !== "json")
    problems.add(`-logFormat "${logFormat}" is not known: write text or json`);
  const logLevel = flags.int("v");
  if (logLevel < 0 || logLevel > 6) problems.add(`-v ${logLevel} is not a log level: write a number from 0 to 6`);
  const allowEgress = flags.list("allowEgress");
  for (const pair of allowEgress) {
    if (!/^(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(pair))
      problems.add(`-allowEgress "${pair.slice(0, 80)}" is not host:port`);
  }
  const token = flags.get("cliToken") || undefined;
  const readToken = flags.get("cliReadToken") || undefined;
  const fallback = { host: "127.0.0.1", port: adminPorts[role] ?? 5935 };
  const cliAddr =
    problems.read("cliAddr", () => parseBindAddress(flags.get("cliAddr"), fallback, "cliAddr")) ?? fallback;
  if (!isLoopbackHost(cliAddr.host) && token === undefined && readToken === undefined)
    problems.add(
      `-cliAddr ${hostAndPort(cliAddr)} is reached from other machines: give -cliToken, or an address on loopback such as 127.0.0.1:${cliAddr.port}`,
    );
  const bodyBytes = problems.mebibytes("bodyMemory");
  return {
    bodies: { totalBytes: bodyBytes, perPeerBytes: Math.ceil(bodyBytes * bodySharePerPeer) },
    dataDir: flags.get("dataDir") || join(host.home, ".lpData", network),
    logLevel,
    logFormat: logFormat === "json" ? "json" : "text",
    monitor: flags.bool("monitor"),
    ...checkTelling(flags, problems),
    cliAddr,
    cliTokens: { token, readToken },
    drainTimeoutMs: problems.ms("drainTimeout"),
    events: { url: problems.httpUrl("eventsUrl"), token: flags.get("eventsToken") },
    allowEgress,
  };
}
