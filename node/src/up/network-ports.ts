import { freePort, requireFreePort } from "../supervisor/free-port.ts";

/** TCP ports of a local network, all on loopback. */
export type NetworkPorts = {
  readonly chain: number;
  readonly orchestrators: readonly [number, number];
  readonly gatewayHttp: number;
  readonly gatewayRtmp: number;
  readonly platform: number;
};

/** The ports a person can remember: the protocol's own, and 3004 for pages and API. */
export const usualPorts: NetworkPorts = {
  chain: 8545,
  orchestrators: [8935, 8936],
  gatewayHttp: 9935,
  gatewayRtmp: 1935,
  platform: 3004,
};

/** The ports, checked one by one. Throws `port_in_use` with what to do. */
export async function requireFreePorts(ports: NetworkPorts): Promise<NetworkPorts> {
  await requireFreePort(ports.platform, "web pages and API");
  await requireFreePort(ports.chain, "chain");
  for (const port of ports.orchestrators) await requireFreePort(port, "orchestrator");
  await requireFreePort(ports.gatewayHttp, "gateway, HTTP");
  await requireFreePort(ports.gatewayRtmp, "gateway, RTMP");
  return ports;
}

/** Ports nobody uses now. */
export async function findFreePorts(): Promise<NetworkPorts> {
  const ports = new Set<number>();
  while (ports.size < 6) ports.add(await freePort());
  const [chain, first, second, gatewayHttp, gatewayRtmp, platform] = [...ports] as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { chain, orchestrators: [first, second], gatewayHttp, gatewayRtmp, platform };
}
