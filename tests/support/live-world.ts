import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SlotPool } from "@livepeer-ts/compute";
import { acceptAllPaymentRecipient, freePaymentSender, offChainSigner } from "@livepeer-ts/economics";
import {
  ByocGatewayStreams,
  byocGatewayRoutes,
  defaultByocGatewayOptions,
  defaultByocGatewayStreamsOptions,
  type OrchestratorRole,
  openStreamAccess,
  parseOrchestratorOptions,
  routed,
  startAppGateway,
  startOrchestrator,
  staticDirectory,
} from "@livepeer-ts/execution";
import { type HttpHandler, noMetrics, rational, silentLogger } from "@livepeer-ts/kernel";
import { createTasks, NodeNet, startHttpHost, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { FfmpegRtmpOutlet, FfmpegRtmpPuller } from "@livepeer-ts/media/adapters";

export const liveSecret = "orch-secret";

export type LiveWorld = {
  readonly orchestratorUrl: string;
  readonly gatewayUrl: string;
  readonly role: OrchestratorRole;
  stop(): Promise<void>;
};

/** An orchestrator with live runners and external capabilities, and a gateway for both, off chain and on real sockets. */
export async function startLiveWorld(secret = liveSecret): Promise<LiveWorld> {
  const clock = systemClock();
  const random = systemRandom();
  const net = new NodeNet({ connectionsPerPeer: 64 });
  const tasks = createTasks("live world", silentLogger);
  const common = { clock, random, net, tasks, logger: silentLogger, metrics: noMetrics };
  let handle: HttpHandler = routed([]);
  const host = await startHttpHost({ port: 0, h2c: true }, (request) => handle(request), silentLogger);
  const orchestratorUrl = `http://127.0.0.1:${host.port}`;
  const role = startOrchestrator(parseOrchestratorOptions({ serviceUri: orchestratorUrl }), {
    ...common,
    signer: offChainSigner,
    recipient: acceptAllPaymentRecipient,
    receipts: undefined,
    backend: undefined,
    slots: new SlotPool({ slots: 1 }),
    live: {
      runnerNet: net,
      runners: { options: { secret }, weiPerUsd: () => undefined },
      byoc: { secret, prices: { weiPerUnit: async () => rational(1n), set: () => {} } },
    },
  });
  handle = role.handler;
  const options = { ...defaultByocGatewayOptions, allowCors: true, searchMs: 20_000, answerMs: 10_000 };
  const directory = staticDirectory([orchestratorUrl]);
  const jobs = { ...common, signer: offChainSigner, payments: freePaymentSender, directory };
  const streams = new ByocGatewayStreams(
    { ...defaultByocGatewayStreamsOptions, ...options, rtmpPort: () => 1935 },
    {
      ...jobs,
      access: openStreamAccess,
      outlet: new FfmpegRtmpOutlet({ locate: async (name) => name }),
      puller: new FfmpegRtmpPuller(),
    },
  );
  // whatever was registered a moment ago is there at once
  const apps = startAppGateway({ freshMs: 0, askAgainMs: 0, controlMs: 20_000 }, { ...jobs, appNet: net });
  const routes = [...byocGatewayRoutes(options, jobs), ...streams.routes, ...apps.routes];
  const gateway = await startHttpHost({ port: 0 }, routed(routes), silentLogger);
  return {
    orchestratorUrl,
    gatewayUrl: `http://127.0.0.1:${gateway.port}`,
    role,
    async stop() {
      await streams.stop();
      await apps.stop();
      await gateway.stop(100);
      await role.stop();
      await host.stop(100);
      await tasks.stop();
      await net.stop();
    },
  };
}

/** What an application of the tests got. */
export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type EchoApp = {
  readonly url: string;
  readonly seen: SeenRequest[];
  readonly server: Server;
  stop(): Promise<void>;
};

/** An application that answers with what it got, as JSON; `answer` may say something else. */
export async function startEchoApp(
  answer: (
    seen: SeenRequest,
  ) => { readonly status: number; readonly type: string; readonly body: string } | undefined = () => undefined,
): Promise<EchoApp> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void bodyText(request).then((body) => {
      const one = { method: request.method ?? "", path: request.url ?? "", headers: headersOf(request), body };
      seen.push(one);
      const own = answer(one);
      response.writeHead(own?.status ?? 200, { "content-type": own?.type ?? "application/json" });
      response.end(own?.body ?? JSON.stringify(one));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    server,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** Names as they came. */
function headersOf({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers[rawHeaders[i] as string] = rawHeaders[i + 1] as string;
  return headers;
}
