import { createMemoryBlobStore } from "@livepeer-ts/data";
import { openAccess, parseGatewayOptions, routed, startGateway, webhookAccess } from "@livepeer-ts/execution";
import { startHttpHost } from "@livepeer-ts/kernel/adapters";
import { startRtmpServer } from "@livepeer-ts/media/adapters";
import { endStreamRoute } from "../admin/end-stream-route.ts";
import type { GatewayConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { closeNodeDatabases } from "./data-folder.ts";
import { openGatewayMoney } from "./gateway-money.ts";
import { peerNet } from "./peer-net.ts";
import type { RunningRole } from "./running-role.ts";

const webhookTimeoutMs = 5000;

/** A gateway: RTMP and HTTP push in, HLS out, work sent to orchestrators, on chain or off chain. */
export async function runGateway(config: GatewayConfig, ports: ProcessPorts): Promise<RunningRole> {
  const money = await openGatewayMoney(config, ports);
  const { orchAddr, orchWebhookUrl, allowEgress, authWebhookUrl: webhook } = config;
  // a webhook on this machine or in a private network may name orchestrators there
  const named = orchWebhookUrl === undefined ? orchAddr : [withoutPath(orchWebhookUrl)];
  const net = peerNet({ named, chainId: money.chainId, allowEgress }, ports);
  const role = startGateway(parseGatewayOptions({ ...config.options, maxPriceOf: money.maxPriceOf }), {
    ...ports,
    ...money,
    net,
    access: webhook === undefined ? openAccess : webhookAccess({ url: webhook, timeoutMs: webhookTimeoutMs }, ports),
    blobs: createMemoryBlobStore({ perDirectory: 64 }),
  });
  const handler = routed([
    endStreamRoute(config.events.token, role.registry),
    { name: "gateway", match: () => true, handle: role.handler },
  ]);
  const host = await startHttpHost(config.httpAddr, handler, ports.logger);
  const rtmp = await startRtmpServer(config.rtmpAddr, { ...ports, sink: role.ingest });
  ports.logger.info("gateway is ready", { httpPort: host.port, rtmpPort: rtmp.port });
  return {
    facts: { httpPort: host.port, rtmpPort: rtmp.port, address: money.signer.address ?? "" },
    async stop() {
      await rtmp.stop();
      await role.stop();
      await host.stop();
      await ports.tasks.stop();
      await net.stop();
      await ports.net.stop();
      await closeNodeDatabases(money.databases);
    },
  };
}

function withoutPath(url: string): string {
  return new URL(url).origin;
}
