import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const established = "01";

/** Established TCP connections of a local port by the process that holds them, as the system lists them. */
export function connectionOwners(port: number, pids: readonly number[]): ReadonlyMap<number, number> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readFileSync(table, "utf8").split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(suffix) && fields[3] === established) inodes.add(`socket:[${fields[9]}]`);
    }
  }
  return new Map(pids.map((pid) => [pid, heldBy(pid).filter((target) => inodes.has(target)).length]));
}

function heldBy(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(`${folder}/${name}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}

/** True while the process lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
