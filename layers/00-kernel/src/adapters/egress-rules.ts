import { BlockList, isIP } from "node:net";
import { LpError } from "../errors/lp-error.ts";

/** Where peers may send this node beside public addresses. */
export type EgressRules = {
  /** True on a network that is this machine alone: peers may name loopback addresses. Default false. */
  readonly loopback?: boolean;
  /** True when the operator named peers in private networks: others may be there too. Default false. */
  readonly privateNetworks?: boolean;
};

type Family = "ipv4" | "ipv6";

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, bits] = range.split("/") as [string, string];
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

function familyOf(address: string): Family {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

const loopback = blockList(["127.0.0.0/8", "::1/128"]);
const privateNetworks = blockList(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]);
// this host, link-local (cloud metadata), site-local, protocol assignments, documentation, benchmarks, multicast, reserved,
// IPv4 that is translated, compatible or tunneled
const never = blockList([
  ...["0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24"],
  ...["203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  ...["::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32"],
  ...["2002::/16", "fe80::/10", "fec0::/10", "ff00::/8"],
]);

/**
 * Whether a peer may send us to an IP address: public ones always, loopback and private ones only where the rules say so,
 * the rest never. IPv4 inside IPv6 counts as what it is.
 */
export function mayConnectTo(address: string, rules: EgressRules): boolean {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (isIP(bare) === 0) return false;
  const family = familyOf(bare);
  if (loopback.check(bare, family)) return rules.loopback === true;
  if (privateNetworks.check(bare, family)) return rules.privateNetworks === true;
  return !never.check(bare, family);
}

/** The error for an address that may not be reached. */
export function egressRefused(host: string, address: string): LpError {
  return new LpError({
    code: "egress_refused",
    message: `a peer named ${host}, which is at ${address}, an address that peers may not send this node to: if it is yours, allow it with -allowEgress ${host}`,
    details: { host, address },
  });
}
