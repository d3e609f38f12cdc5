import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import type { MachinePlaces } from "./machine-places.ts";

/** A process of this machine. */
export type FoundProcess = { readonly pid: number; readonly name: string };

/** Processes whose open files are looked at. */
const maxProcesses = 20_000;

/** Name and number, for people. */
export function processText({ pid, name }: FoundProcess): string {
  return `${name} (process ${pid})`;
}

/** A process, other than this one, that has the file open; undefined when there is none or the system does not tell. */
export async function processWithFile(path: string, places: MachinePlaces): Promise<FoundProcess | undefined> {
  const wanted = await realpath(path).catch(() => undefined);
  return wanted === undefined ? undefined : processWith((target) => target === wanted, places);
}

/** The process that listens on a TCP port; undefined when there is none or the system does not tell. */
export async function processOnPort(port: number, places: MachinePlaces): Promise<FoundProcess | undefined> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(join(places.procFolder, "net", name), "utf8").catch(() => "")),
  );
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const sockets = new Set<string>();
  for (const line of tables.join("\n").split("\n")) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    // 0A: listening
    if (state === "0A" && local?.endsWith(`:${hexPort}`) === true && inode !== undefined)
      sockets.add(`socket:[${inode}]`);
  }
  return sockets.size === 0 ? undefined : processWith((target) => sockets.has(target), places);
}

async function processWith(
  isIt: (target: string) => boolean,
  { procFolder }: MachinePlaces,
): Promise<FoundProcess | undefined> {
  const names = await readdir(procFolder).catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  for (const pid of pids.slice(0, maxProcesses)) {
    const folder = join(procFolder, pid, "fd");
    // those of other users cannot be looked at
    for (const fd of await readdir(folder).catch(() => [])) {
      const target = await readlink(join(folder, fd)).catch(() => "");
      if (!isIt(target)) continue;
      // not its command line, which may hold secrets, and not its own word for its first thread
      const program = await readlink(join(procFolder, pid, "exe")).catch(() => "a program");
      return { pid: Number(pid), name: basename(program) };
    }
  }
  return undefined;
}
