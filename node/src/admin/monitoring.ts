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
  metrics.gauge("livepeer_versions", 1, { livepeerversion: nodeVersion, nodeversion: process.version });
  return {
    text() {
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
      return metrics.text();
    },
    stop() {
      loop.disable();
    },
  };
}
