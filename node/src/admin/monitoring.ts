import { monitorEventLoopDelay } from "node:perf_hooks";
import { activeSecp256k1Backend, bodyOf, type HttpHandler, type Logger, type Metrics, utf8 } from "@livepeer-ts/kernel";
import { type HttpHost, type PrometheusMetrics, startHttpHost } from "@livepeer-ts/kernel/adapters";
import type { BindAddress } from "../flags/bind-address.ts";
import { nodeVersion } from "../node-version.ts";

/** Says in the log and in the metrics which code checks signatures; a node without the native one is told what it costs. */
export function announceSignatureBackend(ports: { readonly logger: Logger; readonly metrics: Metrics }): void {
  const backend = activeSecp256k1Backend();
  ports.metrics.gauge("livepeer_secp256k1_backend", 1, { backend });
  ports.logger.info("signature back end", { secp256k1: backend });
  if (backend === "native") return;
  ports.logger.warn(
    "the native secp256k1 is not in use, tickets are checked about four times slower: run npm install again, or unset LIVEPEER_SECP256K1",
  );
}

const loopResolutionMs = 20;

/** Serves `GET /metrics` for Prometheus (`-monitor`). */
export async function startMonitoring(
  bind: BindAddress,
  metrics: PrometheusMetrics,
  logger: Logger,
): Promise<HttpHost> {
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loop.enable();
  metrics.gauge("livepeer_versions", 1, { livepeerversion: nodeVersion, nodeversion: process.version });
  const handler: HttpHandler = async (request) => {
    if (new URL(request.url).pathname !== "/metrics") {
      return { status: 404, header: new Headers({ "content-type": "text/plain" }), body: bodyOf(utf8("not found\n")) };
    }
    // the histogram holds the time between two looks, which are a resolution apart when nothing is late
    const late = Math.max(0, loop.percentile(99) / 1e6 - loopResolutionMs) / 1000;
    loop.reset();
    metrics.gauge("livepeer_event_loop_delay_p99_seconds", Number.isFinite(late) ? late : 0);
    const { rss, heapUsed, external } = process.memoryUsage();
    for (const [kind, value] of Object.entries({ rss, heapUsed, external })) {
      metrics.gauge("livepeer_process_memory_bytes", value, { kind });
    }
    const { user, system } = process.cpuUsage();
    metrics.gauge("livepeer_process_cpu_seconds", (user + system) / 1e6);
    return {
      status: 200,
      header: new Headers({ "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
      body: bodyOf(utf8(metrics.text())),
    };
  };
  const host = await startHttpHost(bind, handler, logger);
  logger.info("metrics are served", { url: `${host.url}/metrics` });
  return {
    ...host,
    async stop(graceMs) {
      loop.disable();
      await host.stop(graceMs);
    },
  };
}
