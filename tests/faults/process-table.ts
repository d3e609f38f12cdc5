import { execFileSync } from "node:child_process";

export type ProcessRow = { readonly pid: number; readonly command: string };

/** Living processes of a process group, as the system lists them. */
export function processesOf(group: number): ProcessRow[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,pgid=,stat=,args="], { encoding: "utf8" });
  const rows: ProcessRow[] = [];
  for (const line of table.split("\n")) {
    const [, pid, pgid, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (Number(pgid) !== group || state === undefined || state.startsWith("Z")) continue;
    rows.push({ pid: Number(pid), command: command ?? "" });
  }
  return rows;
}
