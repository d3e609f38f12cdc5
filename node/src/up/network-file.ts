import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { errorText, LpError } from "@livepeer-ts/kernel";
import type { NetworkPorts } from "./network-ports.ts";
import type { SampleStream } from "./sample-stream.ts";

/** What a local network's data directory says of itself; with it a stopped network is started again as it was. */
export type NetworkFile = {
  readonly ports: NetworkPorts;
  /** Names the contracts and their parameters; a directory made for others cannot be continued. */
  readonly protocolId: string;
  readonly controller: string;
  /** Block after the set-up, decimal. */
  readonly startBlock: string;
  readonly apiKey: string;
  readonly sample: SampleStream | null;
};

const fileName = "network.json";
const resetHint = "run npm start -- --reset to begin again, or give another --data-dir";

/** Where the local network keeps its data unless `--data-dir` says otherwise. */
export function defaultNetworkFolder(): string {
  return join(homedir(), ".livepeer-ts", "local-network");
}

/** Path of the chain's state inside a data directory. */
export function chainStatePath(folder: string): string {
  return join(folder, "chain.json");
}

/**
 * The network that the folder holds; undefined when there is none yet or its first start did not come to an end.
 * Throws `folder_not_ours` for a folder with other things in it, `network_file_damaged`.
 */
export async function readNetworkFile(folder: string): Promise<NetworkFile | undefined> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [] as string[];
    throw error;
  });
  if (entries.length === 0) return undefined;
  if (!entries.includes(fileName)) {
    throw new LpError({
      code: "folder_not_ours",
      message: `${folder} holds other files and no local network: give --data-dir an empty or a new folder`,
    });
  }
  try {
    const content = JSON.parse(await readFile(join(folder, fileName), "utf8")) as NetworkFile | Record<string, never>;
    return "controller" in content ? (content as NetworkFile) : undefined;
  } catch (error) {
    throw new LpError({
      code: "network_file_damaged",
      message: `${join(folder, fileName)} cannot be read (${errorText(error)}): ${resetHint}`,
    });
  }
}

/** Empties the folder of an earlier local network and marks it as one. Throws `folder_not_ours`. */
export async function clearNetworkFolder(folder: string): Promise<void> {
  await readNetworkFile(folder).catch((error: unknown) => {
    if (!(error instanceof LpError) || error.code !== "network_file_damaged") throw error;
  });
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "logs"), { recursive: true });
  await writeFile(join(folder, fileName), "{}\n");
}

/** Throws `network_of_other_version` when the directory was made for other contracts. */
export function checkProtocolId(file: NetworkFile, protocolId: string, folder: string): void {
  if (file.protocolId === protocolId) return;
  throw new LpError({
    code: "network_of_other_version",
    message: `the network in ${folder} was set up by another version, with other contracts: ${resetHint}`,
  });
}

/** Writes the file whole or not at all; only its owner may read it, since it holds the API key. */
export async function writeNetworkFile(folder: string, content: NetworkFile): Promise<void> {
  const path = join(folder, fileName);
  await writeFile(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}
