import { readdir, readFile } from "node:fs/promises";

/** Process ids of this process's own children whose command line holds `text`, as the system lists them. Linux only. */
export async function childProcesses(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      if (parent !== process.pid) continue;
      if ((await readFile(`/proc/${pid}/cmdline`, "utf8")).includes(text)) found.push(pid);
    } catch {
      // It ended while we looked.
    }
  }
  return found.sort((a, b) => a - b);
}
