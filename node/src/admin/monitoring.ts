import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { activeSecp256k1Backend, type Logger, type Metrics } from "@livepeer-ts/kernel";
import type { PrometheusMetrics } from "@livepeer-ts/kernel/adapters";
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

/** The metrics of this process for Prometheus, with what is read when they are asked for (`-monitor`). */
export type Monitoring = { readonly text: () => string; stop(): void };

/** Begins to watch the process. */
export function startMonitoring(metrics: PrometheusMetrics): Monitoring {
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
  return {
    text() {
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
      return metrics.text();
    },
    stop() {
      loop.disable();
    },
  };
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
