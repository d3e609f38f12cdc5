import { homedir } from "node:os";
import { LpError } from "@livepeer-ts/kernel";
import { PrometheusMetrics } from "@livepeer-ts/kernel/adapters";
import { startAdminHost } from "../admin/admin-host.ts";
import { Drain } from "../admin/drain.ts";
import { announceSignatureBackend, startMonitoring } from "../admin/monitoring.ts";
import { isCoreProcess, runCore } from "../cores/run-core.ts";
import { checkFlags } from "../flags/check-flags.ts";
import { deprecatedFlags } from "../flags/deprecated-flags.ts";
import { parseGoFlags } from "../flags/go-flags.ts";
import { helpText } from "../flags/help-text.ts";
import type { NodeConfig } from "../flags/node-config.ts";
import { nodeFlags } from "../flags/node-flags.ts";
import { changedSettings, settingsTable } from "../flags/settings-table.ts";
import { mistText, versionText } from "../flags/version-text.ts";
import { compactHeap, countBuffersAsMemory } from "../media-heap.ts";
import { metricRegistry } from "../metrics/metric-registry.ts";
import { nodeLabels } from "../metrics/node-labels.ts";
import { createProcessPorts, type ProcessPorts } from "../process-ports.ts";
import { reportReady, stopOnSignals } from "../supervisor/child-side.ts";
import { runAiWorker } from "./ai-worker.ts";
import { cleanDataFolder } from "./data-folder.ts";
import { runDutiesNode } from "./duties-node.ts";
import { runGateway } from "./gateway.ts";
import { type OpenTranscoder, openLocalTranscoder } from "./local-transcoder.ts";
import { runOrchestrator } from "./orchestrator.ts";
import { readSmallFile } from "./read-small-file.ts";
import { runRedeemer } from "./redeemer.ts";
import { runRemoteSigner } from "./remote-signer.ts";
import type { RunningRole } from "./running-role.ts";
import { runTranscoder } from "./transcoder.ts";

/** Segments that are worked on when the node is told to stop may still be delivered, ms. */
const segmentsMs = 5000;
/** What ending containers and processes of runners may take beside, ms. */
const runnersMs = 40_000;

function runRole(config: NodeConfig, ports: ProcessPorts, openTranscoder: OpenTranscoder): Promise<RunningRole> {
  if (config.role === "gateway") return runGateway(config, ports);
  if (config.role === "orchestrator") return runOrchestrator(config, ports, openTranscoder);
  if (config.role === "redeemer") return runRedeemer(config, ports);
  if (config.role === "aiWorker") return runAiWorker(config, ports);
  if (config.role === "remoteSigner") return runRemoteSigner(config, ports);
  return config.role === "transcoder" ? runTranscoder(config, ports, openTranscoder) : runDutiesNode(config, ports);
}

function hasRunners(config: NodeConfig): boolean {
  return config.role === "aiWorker" || (config.role === "orchestrator" && config.ai?.runners !== undefined);
}

function openMetrics(config: NodeConfig): PrometheusMetrics {
  const { perStream, perClient } = config.metrics;
  return new PrometheusMetrics(metricRegistry, { base: nodeLabels(config), perStream, perClient });
}

/** Runs a node with go-livepeer's flags until a signal ends it. */
export async function runNode(
  args: readonly string[],
  openTranscoder: OpenTranscoder = openLocalTranscoder,
): Promise<void> {
  if (isCoreProcess()) return runCore(openTranscoder);
  const flags = parseGoFlags(nodeFlags, { args, env: process.env, readFile: readSmallFile }, deprecatedFlags);
  const printed = flags.bool("help")
    ? helpText()
    : flags.bool("version")
      ? versionText()
      : flags.bool("j")
        ? mistText()
        : "";
  if (printed !== "") {
    process.stdout.write(printed);
    return;
  }
  const { config, problems, warnings } = checkFlags(flags, { home: homedir() });
  if (config === undefined) throw new LpError({ code: "bad_flag", message: problems.join("\n") });
  countBuffersAsMemory();
  const metrics = config.monitor ? openMetrics(config) : undefined;
  const ports = createProcessPorts(config.role, {
    level: config.logLevel,
    format: config.logFormat,
    ...(metrics === undefined ? {} : { metrics }),
  });
  for (const warning of warnings) ports.logger.warn(warning);
  const settings = changedSettings(nodeFlags, flags);
  if (config.logFormat === "json") ports.logger.info("settings", Object.fromEntries(settings));
  else
    process.stderr.write(
      settings.length === 0 ? "" : `Settings that differ from the defaults:\n${settingsTable(settings)}`,
    );
  announceSignatureBackend(ports);
  await cleanDataFolder(config.dataDir, ports);
  const monitoring = metrics === undefined ? undefined : startMonitoring(metrics);
  const drain = new Drain(ports);
  let shutdown = (): void => process.exit(0); // nothing is open yet
  const admin = await startAdminHost(
    config,
    {
      ...ports,
      kind: config.role,
      signal: ports.tasks.signal,
      metrics: monitoring?.text,
      drain,
      exit: () => shutdown(),
    },
    ports.logger,
  );
  const running = await runRole(config, ports, openTranscoder);
  admin.attach(running.subjects);
  const stop = async (hurry: AbortSignal) => {
    await drain.finish({ sessionsMs: config.drainTimeoutMs, segmentsMs }, hurry);
    await running.stop();
    monitoring?.stop();
    await admin.stop();
  };
  shutdown = stopOnSignals(stop, config.drainTimeoutMs + segmentsMs + (hasRunners(config) ? runnersMs : 0));
  void running.failed?.then(async (error) => {
    ports.logger.error(error.message);
    await stop(AbortSignal.abort()).catch(() => {});
    process.exit(1);
  });
  await compactHeap();
  reportReady({ ...running.facts, adminPort: admin.port });
}
