import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { LpError } from "@livepeer-ts/kernel";
import type { HardwareDevice, HardwareKind } from "../transcode/hardware/hardware-spec.ts";

/** Which devices the operator wants. */
export type HardwareWish = { readonly kind: HardwareKind; readonly ids: "all" | readonly string[] };

/** Where this machine's devices are looked for. */
export type HardwarePlaces = {
  /** Default `/dev`. */
  readonly devFolder?: string;
  /** Default `nvidia-smi` from the PATH. */
  readonly nvidiaSmi?: string;
};

const listMs = 10_000;
const maxListBytes = 64 * 1024;

/** Numbers that `nvidia-smi` lists; undefined when it cannot be run or fails. */
function askNvidiaSmi(path: string): Promise<string[] | undefined> {
  return new Promise((resolve) => {
    const child = spawn(path, ["--query-gpu=index", "--format=csv,noheader"], { stdio: ["ignore", "pipe", "ignore"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), listMs);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      if (text.length < maxListBytes) text += chunk;
    });
    const done = (ids: string[] | undefined) => {
      clearTimeout(timer);
      resolve(ids);
    };
    child.once("error", () => done(undefined));
    child.once("close", (code) => done(code === 0 ? (text.match(/^\d+$/gm) ?? []) : undefined));
  });
}

async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.filter((name) => pattern.test(name));
  return found.sort((a, b) => Number(a.replace(/\D/g, "")) - Number(b.replace(/\D/g, "")));
}

/** Devices of a kind on this machine; undefined when nothing here can tell. */
async function present(kind: HardwareKind, places: HardwarePlaces): Promise<string[] | undefined> {
  const dev = places.devFolder ?? "/dev";
  switch (kind) {
    case "nvidia": {
      const listed = await askNvidiaSmi(places.nvidiaSmi ?? "nvidia-smi");
      if (listed !== undefined) return listed;
      const nodes = await namesIn(dev, /^nvidia\d+$/);
      return nodes.length === 0 ? undefined : nodes.map((name) => name.slice("nvidia".length));
    }
    case "vaapi":
    case "qsv": {
      if (process.platform === "win32") return undefined;
      const folder = join(dev, "dri");
      return (await namesIn(folder, /^renderD\d+$/)).map((name) => join(folder, name));
    }
    default:
      return undefined;
  }
}

const lookHere: Readonly<Record<HardwareKind, string>> = {
  nvidia: "nvidia-smi should list it; in a container, pass the GPUs in",
  vaapi: "the render nodes lie in /dev/dri; in a container, pass them in",
  qsv: "the render nodes lie in /dev/dri; in a container, pass them in",
  amf: "adapters are counted from 0",
  videotoolbox: "there is one device, 0",
};

/** The devices that are wished for, in order. Rejects with `no_hardware` when one is not there. */
export async function findHardware(wish: HardwareWish, places: HardwarePlaces = {}): Promise<HardwareDevice[]> {
  const { kind, ids } = wish;
  const found = await present(kind, places);
  const missing = (what: string) =>
    new LpError({ code: "no_hardware", message: `${what}: ${lookHere[kind]}`, details: { kind } });
  if (ids === "all") {
    // Adapters that nothing lists: the first.
    const all = found ?? (kind === "nvidia" ? [] : ["0"]);
    if (all.length === 0) throw missing(`no ${kind} device was found`);
    return all.map((id) => ({ kind, id }));
  }
  // What cannot be listed is left to the self-test.
  const absent = kind === "nvidia" && found !== undefined ? ids.find((id) => !found.includes(id)) : undefined;
  if (absent !== undefined)
    throw missing(`there is no ${kind} device ${absent} (found: ${found?.join(", ") || "none"})`);
  return ids.map((id) => ({ kind, id }));
}
