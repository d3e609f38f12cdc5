import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { offChainSigner } from "@livepeer-ts/economics";
import { parseOrchestratorOptions, routed, startServing } from "@livepeer-ts/execution";
import { verifyData } from "@livepeer-ts/kernel";
import { NodeNet, startHttpHost } from "@livepeer-ts/kernel/adapters";
import { healthRoute } from "../admin/health-route.ts";
import { countBuffersAsMemory } from "../media-heap.ts";
import { nodeVersion } from "../node-version.ts";
import { createProcessPorts } from "../process-ports.ts";
import type { OpenTranscoder } from "../roles/local-transcoder.ts";
import { openNodeStores } from "../roles/node-stores.ts";
import { peerNet } from "../roles/peer-net.ts";
import { whenSupervisorIsGone } from "../supervisor/child-side.ts";
import type { CoreStart, FromCore, ToCore } from "./core-messages.ts";
import { coreVariable } from "./core-process.ts";
import { booksHost, coreHost, socketPathIn } from "./core-sockets.ts";
import { handOnTo } from "./handed-on.ts";
import { SentMetrics } from "./sent-metrics.ts";

/** Between two reports of what the process has used, ms. */
const useMs = 1000;
/** When the books are gone, running ffmpeg processes are ended within, ms. */
const endMs = 2000;
/** Connections of one address that this process serves. */
const maxConnectionsPerPeer = 2048;
/** Request bodies that all core processes hold together, and the least that one may. */
const bodyBytes = 2 * 1024 ** 3;
const minBodyBytes = 640 * 1024 ** 2;

/** True when this process is one of those that serve an orchestrator's port. */
export function isCoreProcess(): boolean {
  return process.env[coreVariable] !== undefined;
}

/** The line to the process that keeps the books. */
class BooksLine {
  readonly #listeners: ((message: ToCore, socket: Socket | undefined) => void)[] = [];

  constructor() {
    process.on("message", (message: ToCore, socket: Socket | undefined) => {
      for (const listener of this.#listeners) listener(message, socket);
    });
  }

  send(message: FromCore | object): void {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  }

  onMessage(listener: (message: ToCore, socket: Socket | undefined) => void): void {
    this.#listeners.push(listener);
  }

  start(): Promise<CoreStart> {
    return new Promise((resolve) => this.onMessage((message) => message.type === "start" && resolve(message)));
  }
}

/** One of the processes that serve an orchestrator's port, until the one that keeps the books ends it. */
export async function runCore(openTranscoder: OpenTranscoder): Promise<void> {
  // signals reach the whole group; when to end is said by the process that keeps the books
  process.on("SIGTERM", () => {});
  process.on("SIGINT", () => {});
  countBuffersAsMemory();
  const line = new BooksLine();
  const start = await line.start();
  const metrics = new SentMetrics((calls) => line.send({ type: "metrics", calls }));
  const name = `core ${start.number}`;
  const ports = createProcessPorts(name, { level: start.logLevel, format: start.logFormat, metrics });
  const local = start.local === undefined ? undefined : await openTranscoder(start.local, start.dataDir, ports);
  const peers = { named: [start.serviceUri], chainId: start.chainId, allowEgress: start.allowEgress };
  const net = peerNet(peers, ports.net);
  const stores = await openNodeStores({ stores: start.stores, peers, account: start.account }, ports);
  const socketPathOf = socketPathIn(start.socketFolder);
  const siblings = new NodeNet({ connectionsPerPeer: maxConnectionsPerPeer, socketPathOf });
  const { serviceUri, number, orchId } = start;
  const role = startServing(
    { ...parseOrchestratorOptions({ serviceUri, version: nodeVersion }), number, orchId },
    {
      ...ports,
      net,
      signer: start.chainId === undefined ? offChainSigner : { verify: verifyData },
      line,
      backend: local?.backend,
      ...(stores.live === undefined ? {} : { store: stores.live }),
      post: stores.post,
      handOn: (to) => handOnTo(to === "books" ? booksHost : coreHost(to), siblings, ports.logger),
    },
  );
  const shelf = await startHttpHost(
    { port: 0, socketPath: socketPathOf(coreHost(number)), h2c: true },
    role.shelfHandler,
    ports.logger,
  );
  const share = Math.max(minBodyBytes, Math.floor(bodyBytes / start.count));
  const host = await startHttpHost(
    {
      port: start.port,
      ...(start.tls === undefined ? { h2c: true } : { tls: start.tls }),
      maxConnectionsPerPeer,
      bodies: { totalBytes: share, perPeerBytes: share },
      handedOver: (take) =>
        line.onMessage((message, socket) => {
          if (message.type !== "connection") return;
          // it was closed on its way
          if (socket === undefined) return line.send({ type: "closed" });
          socket.once("close", () => line.send({ type: "closed" }));
          take(socket);
        }),
    },
    routed([healthRoute, { name: "orchestrator", match: () => true, handle: role.handler }]),
    ports.logger,
  );
  const stop = async () => {
    await host.stop();
    await shelf.stop(0);
    await role.stop();
    await local?.backend.close();
    await ports.tasks.stop();
    await net.stop();
    await stores.stop();
    await siblings.stop();
    await ports.net.stop();
    metrics.flush();
  };
  whenSupervisorIsGone(() => {
    ports.logger.error("the process that keeps the books is gone: this one ends");
    const exit = () => process.exit(1);
    setTimeout(exit, endMs);
    const clean = () => rm(start.socketFolder, { recursive: true, force: true });
    void stop().then(clean, clean).then(exit, exit);
  });
  line.onMessage((message) => {
    if (message.type === "log-level") ports.logLevel.set(message.level);
    if (message.type === "stop")
      void stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
  });
  const report = () => {
    const { user, system } = process.cpuUsage();
    line.send({ type: "use", cpuSeconds: (user + system) / 1e6, memoryBytes: process.memoryUsage.rss() });
  };
  ports.clock.every(useMs, async () => report(), ports.tasks);
  report();
  line.send({ type: "ready" });
}
