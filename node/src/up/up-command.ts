import type { NetworkState, NetworkStep } from "@livepeer-ts/data";
import { LpError } from "@livepeer-ts/kernel";
import { lockNetworkFolder } from "./folder-lock.ts";
import { LocalNetwork } from "./local-network.ts";
import { clearNetworkFolder, defaultNetworkFolder, readNetworkFile } from "./network-file.ts";
import { findFreePorts, type NetworkPorts, requireFreePorts, usualPorts } from "./network-ports.ts";
import { referenceModels } from "./reference-models.ts";
import { statusLine } from "./status-line.ts";

const usage = `npm start -- [--data-dir <folder>] [--ports usual|free] [--block-time <seconds>] [--ai-models <file>] [--reset]`;
const lineMs = 2000;

type UpOptions = {
  readonly folder: string;
  readonly ports: "usual" | "free";
  readonly blockTimeSec: number;
  /** Models to serve, as `-aiModels` takes them. Undefined: those of the reference runner that were fetched. */
  readonly aiModels: string | undefined;
  /** Forget the network in the data directory. */
  readonly reset: boolean;
};

function parseUpOptions(args: readonly string[]): UpOptions {
  const options = {
    folder: defaultNetworkFolder(),
    ports: "usual" as "usual" | "free",
    blockTimeSec: 1,
    aiModels: undefined as string | undefined,
    reset: false,
  };
  for (let i = 0; i < args.length; i += 2) {
    const value = args[i + 1];
    if (args[i] === "--reset") {
      options.reset = true;
      i--;
    } else if (args[i] === "--data-dir" && value !== undefined) options.folder = value;
    else if (args[i] === "--ports" && (value === "usual" || value === "free")) options.ports = value;
    else if (args[i] === "--block-time" && Number(value) > 0) options.blockTimeSec = Number(value);
    else if (args[i] === "--ai-models" && value !== undefined) options.aiModels = value;
    else throw new LpError({ code: "bad_flag", message: `"${args[i]} ${value ?? ""}" is not understood. ${usage}` });
  }
  return options;
}

/** Ports of the network in the folder, which its orchestrators have announced on chain; else those asked for. */
async function choosePorts(options: UpOptions): Promise<NetworkPorts> {
  const earlier = await readNetworkFile(options.folder);
  if (earlier !== undefined) return requireFreePorts(earlier.ports);
  return options.ports === "free" ? await findFreePorts() : await requireFreePorts(usualPorts);
}

const marks = { waiting: " ", running: "…", done: "✓", failed: "✗" } as const;

function printStep(step: NetworkStep): void {
  if (step.state === "waiting") return;
  const time = step.ms === null ? "" : ` (${(step.ms / 1000).toFixed(1)} s)`;
  const rest = process.stdout.isTTY ? "\u001b[K" : "";
  if (step.state === "running" && process.stdout.isTTY) process.stdout.write(`  ${marks.running} ${step.name}\r`);
  else if (step.state !== "running") process.stdout.write(`  ${marks[step.state]} ${step.name}${time}${rest}\n`);
}

/** `npm start`: a local network until Ctrl-C, with two URLs and a live line of what happens. */
export async function upCommand(args: readonly string[]): Promise<void> {
  const options = parseUpOptions(args);
  await lockNetworkFolder(options.folder); // before anything in it is read or cleared
  if (options.reset) await clearNetworkFolder(options.folder);
  const ports = await choosePorts(options);
  process.stdout.write("Starting the local network\n");
  const network = new LocalNetwork({
    folder: options.folder,
    ports,
    blockTimeSec: options.blockTimeSec,
    aiModels: async () =>
      options.aiModels === undefined ? referenceModels() : { list: options.aiModels, folder: undefined },
    onStep: printStep,
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      process.stdout.write("\nStopping the local network\n");
      await network.stop();
    })();
    return stopping;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => void stop().then(() => process.exit(0)));
  try {
    await network.start();
  } catch (error) {
    if (stopping === undefined) await stop();
    else await stopping;
    throw error;
  }
  const sample = network.sample;
  process.stdout.write(`
  Network  ${network.platformUrl}/
  Console  ${network.platformUrl}/console/
  Watch    ${network.platformUrl}/watch/${sample?.playbackId ?? ""}

  API      ${network.platformUrl}/api   key ${network.apiKey}
  Publish  ${network.rtmpUrl}/<stream key>
  Data     ${options.folder}

  Ctrl-C stops everything.

`);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, lineMs));
    if (stopping !== undefined) return stopping;
    const state = await fetch(`${network.platformUrl}/api/network`)
      .then((answer) => answer.json() as Promise<NetworkState>)
      .catch(() => undefined);
    if (state === undefined) continue;
    process.stdout.write(process.stdout.isTTY ? `\r${statusLine(state)}\u001b[K` : `${statusLine(state)}\n`);
  }
}
