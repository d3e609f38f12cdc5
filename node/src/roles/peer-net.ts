import { LpError } from "@livepeer-ts/kernel";
import { EgressGuard, type EgressRules, mayConnectTo } from "@livepeer-ts/kernel/adapters";
import type { ProcessPorts } from "../process-ports.ts";

/** Chain ids that local development chains use; nobody else can write to such a chain. */
const developmentChainIds = new Set([1337n, 31_337n]);

export type PeerNetOptions = {
  /** Addresses of peers that the operator gave: `host:port`, or URLs. */
  readonly named: readonly string[];
  /** Chain whose registry names peers; undefined off chain. */
  readonly chainId: bigint | undefined;
  /** `host:port` pairs of `-allowEgress`. */
  readonly allowEgress: readonly string[];
};

/**
 * Traffic to addresses that peers name, behind the egress guard. Open are: what `-allowEgress` lists and the operator named,
 * loopback when the operator named a peer there or the chain is a local one, private networks when the operator named a peer
 * there.
 */
export function peerNet(options: PeerNetOptions, ports: ProcessPorts): EgressGuard {
  const listed = options.allowEgress;
  const named = options.named.map(hostAndPort);
  const isNamed = (rules: EgressRules) =>
    named.some((pair) => {
      const host = hostOf(pair);
      return host === "localhost" ? rules.loopback === true : !mayConnectTo(host, {}) && mayConnectTo(host, rules);
    });
  const isLocalChain = options.chainId !== undefined && developmentChainIds.has(options.chainId) && listed.length === 0;
  return new EgressGuard(
    {
      allow: [...listed.map(hostAndPort), ...named],
      loopback: isLocalChain || isNamed({ loopback: true }),
      privateNetworks: isNamed({ privateNetworks: true }),
    },
    ports.net,
  );
}

/** `host:port` of an address with or without scheme; 443 when it names no port. Throws `bad_flag`. */
function hostAndPort(address: string): string {
  const text = /^https?:\/\//.test(address) ? address : `https://${address}`;
  if (!URL.canParse(text)) {
    throw new LpError({ code: "bad_flag", message: `"${address}" is no address: give host:port` });
  }
  const url = new URL(text);
  return `${url.hostname}:${url.port || (url.protocol === "http:" ? "80" : "443")}`;
}

function hostOf(pair: string): string {
  return pair.slice(0, pair.lastIndexOf(":"));
}
