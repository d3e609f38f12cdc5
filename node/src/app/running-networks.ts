import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isProcessAlive } from "@livepeer-ts/kernel/adapters";
import { usualPorts } from "../up/network-ports.ts";

/** What a running `livepeer app dev` tells other commands of this user. */
export type RunningNetwork = { readonly app: string; readonly gatewayUrl: string };

function folder(): string {
  return join(homedir(), ".livepeer-ts", "app-dev");
}

function fileOf(pid: number): string {
  return join(folder(), `${pid}.json`);
}

/** Says that this process runs a network. */
export async function announceNetwork(network: RunningNetwork): Promise<void> {
  await mkdir(folder(), { recursive: true });
  await writeFile(fileOf(process.pid), `${JSON.stringify(network)}\n`);
}

/** Takes that back. */
export async function withdrawNetwork(): Promise<void> {
  await rm(fileOf(process.pid), { force: true });
}

/** The gateway to use when none is named: that of the network that was made for the app, or of any; else the usual address. */
export async function usualGateway(app?: string): Promise<string> {
  const found: RunningNetwork[] = [];
  for (const name of await readdir(folder()).catch(() => [])) {
    const pid = Number(name.replace(".json", ""));
    if (!isProcessAlive(pid))
      await rm(join(folder(), name), { force: true }); // left by one that was killed
    else {
      const text = await readFile(join(folder(), name), "utf8").catch(() => "");
      const network = readNetwork(text);
      if (network !== undefined) found.push(network);
    }
  }
  const network = found.find((one) => one.app === app) ?? found[0];
  return network?.gatewayUrl ?? `http://127.0.0.1:${usualPorts.gatewayHttp}`;
}

function readNetwork(text: string): RunningNetwork | undefined {
  try {
    const { app, gatewayUrl } = JSON.parse(text) as Partial<RunningNetwork>;
    return typeof app === "string" && typeof gatewayUrl === "string" ? { app, gatewayUrl } : undefined;
  } catch {
    return undefined; // it is being written
  }
}
