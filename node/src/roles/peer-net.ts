import { LpError, type Net } from "@livepeer-ts/kernel";
import { EgressGuard, type EgressRules, mayConnectTo, type NodeNetOptions } from "@livepeer-ts/kernel/adapters";

/** Chain ids that local development chains use; nobody else can write to such a chain. */
const developmentChainIds = new Set([1337n, 31_337n]);

export type PeerNetOptions = {
  /** Addresses of peers that the operator gave: `host:port`, or URLs. */
  readonly named: readonly string[];
  /** Chain whose registry names peers; undefined off chain. */
  readonly chainId: bigint | undefined;
  /** Addresses of the operator's own services: they are open, and open nothing else. Default none. */
  readonly exactly?: readonly string[];
  /** `host:port` pairs of `-allowEgress`. */
  readonly allowEgress: readonly string[];
};

/**
 * Traffic to addresses that peers name, behind the egress guard. Open are: what `-allowEgress` lists and the operator named,
 * loopback when the operator named a peer there or the chain is a local one, private networks when the operator named a peer
 * there. `trusted` serves what is listed; `net` is for the guard's own connections.
 */
export function peerNet(options: PeerNetOptions, trusted: Net, net: NodeNetOptions = {}): EgressGuard {
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
      allow: [...[...listed, ...(options.exactly ?? [])].map(hostAndPort), ...named],
      loopback: isLocalChain || isNamed({ loopback: true }),
      privateNetworks: isNamed({ privateNetworks: true }),
    },
    trusted,
    net,
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
