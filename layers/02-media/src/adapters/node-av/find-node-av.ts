import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Clock, errorText, LpError } from "@livepeer-ts/kernel";
import { NodeAvProcess } from "./node-av-process.ts";

/** A usable node-av. */
export type NodeAvInfo = {
  /** Folder that it was installed in. */
  readonly folder: string;
  readonly version: string;
  /** Its module, a `file:` URL. */
  readonly entry: string;
  /** Names of its video encoders we can use. */
  readonly encoders: readonly string[];
};

/** The version that the engine was written and tested with. */
export const nodeAvVersion = "6.1.1";
const loadMs = 30_000;
const maxMemoryBytes = 8 * 2 ** 30;
const platforms = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]);

function unusable(folder: string, why: string, cause?: unknown): LpError {
  return new LpError({
    code: "node_av_unusable",
    message: `node-av cannot be used: ${why}. ${installHint(folder)}`,
    details: { folder },
    ...(cause === undefined ? {} : { cause }),
  });
}

function installHint(folder: string): string {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.has(platform)) return `There is none for ${platform}: use -transcoderEngine ffmpeg`;
  const packages = `node-av@${nodeAvVersion} @seydx/node-av-${platform}@${nodeAvVersion}`;
  return `Install it with: npm install --prefix ${folder} --ignore-scripts --omit=optional ${packages}`;
}

/** Looks at the node-av in `folder`, and loads it once in a process of its own. Rejects with `node_av_unusable` and what to do. */
export async function findNodeAv(folder: string, clock: Clock, signal: AbortSignal): Promise<NodeAvInfo> {
  let version: string;
  let entry: string;
  try {
    const manifest = await readFile(join(folder, "node_modules", "node-av", "package.json"), "utf8");
    ({ version } = JSON.parse(manifest) as { version: string });
    entry = pathToFileURL(createRequire(join(folder, "package.json")).resolve("node-av")).href;
  } catch (cause) {
    throw unusable(folder, `it is not installed in ${folder}`, cause);
  }
  if (version !== nodeAvVersion) throw unusable(folder, `version ${version} is not the one this engine was made for`);
  const deadline = clock.deadline(loadMs, signal);
  const tried = new NodeAvProcess({ entry, maxMemoryBytes, niceness: 0 });
  try {
    const { encoders } = await tried.hello(deadline.signal);
    if (!encoders.includes("libx264")) throw unusable(folder, "it was built without the libx264 encoder");
    return { folder, version, entry, encoders };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof LpError && error.code === "node_av_unusable") throw error;
    const why = deadline.signal.aborted ? `it was not loaded within ${loadMs} ms` : errorText(error);
    throw unusable(folder, why, error);
  } finally {
    deadline.clear();
    await tried.kill();
  }
}
