import { readdirSync, readFileSync } from "node:fs";
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

/** `/metrics` for Prometheus, to be mounted where the admin port is. `close` ends what it watches. */
export type MetricsPage = { readonly handler: HttpHandler; readonly close: () => void };

/** The page of these metrics; what the process says about itself is read when it is asked for. */
export function metricsPage(metrics: PrometheusMetrics): MetricsPage {
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loop.enable();
  let cpuSeconds = 0;
  metrics.gauge("livepeer_versions", 1, {
    compiler: "v8",
    goos: process.platform,
    goversion: `node${process.versions.node}`,
    livepeerversion: nodeVersion,
  });
  metrics.gauge("process_start_time_seconds", Math.round((Date.now() - performance.now()) / 1000));
  const handler: HttpHandler = async () => {
    metrics.gauge("livepeer_event_loop_delay_p99_seconds", latestDelaySeconds(loop));
    const { rss, heapUsed, external } = process.memoryUsage();
    for (const [kind, value] of Object.entries({ rss, heapUsed, external })) {
      metrics.gauge("livepeer_process_memory_bytes", value, { kind });
    }
    metrics.gauge("process_resident_memory_bytes", rss);
    const { user, system } = process.cpuUsage();
    metrics.count("process_cpu_seconds_total", undefined, (user + system) / 1e6 - cpuSeconds);
    cpuSeconds = (user + system) / 1e6;
    if (process.platform === "linux") showFileDescriptors(metrics);
    return {
      status: 200,
      header: new Headers({ "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
      body: bodyOf(utf8(metrics.text())),
    };
  };
  return { handler, close: () => loop.disable() };
}

/** How late the loop was since the last look. The histogram holds the time between two looks, a resolution apart when nothing is late. */
function latestDelaySeconds(loop: ReturnType<typeof monitorEventLoopDelay>): number {
  const late = Math.max(0, loop.percentile(99) / 1e6 - loopResolutionMs) / 1000;
  loop.reset();
  return Number.isFinite(late) ? late : 0;
}

function showFileDescriptors(metrics: Metrics): void {
  metrics.gauge("process_open_fds", readdirSync("/proc/self/fd").length);
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit !== undefined) metrics.gauge("process_max_fds", Number(limit));
}

/** Serves `GET /metrics` for Prometheus (`-monitor`) on a port of its own. */
export async function startMonitoring(
  bind: BindAddress,
  metrics: PrometheusMetrics,
  logger: Logger,
): Promise<HttpHost> {
  const page = metricsPage(metrics);
  const handler: HttpHandler = async (request) =>
    new URL(request.url).pathname === "/metrics"
      ? page.handler(request)
      : { status: 404, header: new Headers({ "content-type": "text/plain" }), body: bodyOf(utf8("not found\n")) };
  const host = await startHttpHost(bind, handler, logger);
  logger.info("metrics are served", { url: `${host.url}/metrics` });
  return {
    ...host,
    async stop(graceMs) {
      page.close();
      await host.stop(graceMs);
    },
  };
}
