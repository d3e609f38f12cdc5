import { readFileSync, statSync } from "node:fs";
import { LpError } from "@livepeer-ts/kernel";
import { PrometheusMetrics } from "@livepeer-ts/kernel/adapters";
import { announceSignatureBackend, startMonitoring } from "../admin/monitoring.ts";
import { parseBindAddress } from "../flags/bind-address.ts";
import { type FlagValues, parseGoFlags } from "../flags/go-flags.ts";
import { nodeFlags } from "../flags/node-flags.ts";
import { countBuffersAsMemory } from "../media-heap.ts";
import { nodeVersion } from "../node-version.ts";
import { createProcessPorts } from "../process-ports.ts";
import { reportReady, stopOnSignals } from "../supervisor/child-side.ts";
import { runGateway } from "./gateway.ts";
import { runOrchestrator } from "./orchestrator.ts";

const noRoleText =
  "No services enabled; must be at least one of -gateway, -transcoder, -aiWorker, -orchestrator, -redeemer, -reward or -initializeRound";

const adminPorts = { gateway: 5935, orchestrator: 7935 } as const;

function readSmallFile(path: string): string | undefined {
  try {
    if (path === "" || !statSync(path).isFile()) return undefined;
    const text = readFileSync(path, "utf8");
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Which role the flags ask for. Throws `no_role`. */
export function roleOf(flags: FlagValues): "orchestrator" | "gateway" {
  if (flags.bool("orchestrator")) return "orchestrator";
  if (flags.bool("gateway") || flags.bool("broadcaster")) return "gateway";
  throw new LpError({ code: "no_role", message: noRoleText });
}

/** Runs a node with go-livepeer's flags until a signal ends it. */
export async function runNode(args: readonly string[]): Promise<void> {
  const flags = parseGoFlags(nodeFlags, { args, env: process.env, readFile: readSmallFile });
  if (flags.bool("version")) {
    process.stdout.write(
      `Livepeer Node Version: ${nodeVersion}\nNode.js runtime version: ${process.version}\nArchitecture: ${process.arch}\nOperating system: ${process.platform}\n`,
    );
    return;
  }
  const role = roleOf(flags);
  countBuffersAsMemory();
  const metrics = flags.bool("monitor") ? new PrometheusMetrics() : undefined;
  const ports = createProcessPorts(role, {
    level: flags.int("v"),
    format: flags.get("logFormat") === "json" ? "json" : "text",
    ...(metrics === undefined ? {} : { metrics }),
  });
  announceSignatureBackend(ports);
  const admin = parseBindAddress(flags.get("cliAddr"), { host: "127.0.0.1", port: adminPorts[role] });
  const monitoring = metrics === undefined ? undefined : await startMonitoring(admin, metrics, ports.logger);
  const running = role === "orchestrator" ? await runOrchestrator(flags, ports) : await runGateway(flags, ports);
  stopOnSignals(async () => {
    await running.stop();
    await monitoring?.stop();
  });
  reportReady({ ...running.facts, ...(monitoring === undefined ? {} : { adminPort: monitoring.port }) });
}
