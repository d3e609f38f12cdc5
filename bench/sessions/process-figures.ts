import { readFileSync } from "node:fs";

const ticksPerSecond = 100; // USER_HZ, the same on every Linux
const pageBytes = 4096;

function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // the second field is a name in brackets that may hold spaces: reading starts at the third
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** CPU seconds, user and system, that a process has spent since it started. From /proc. */
export function processCpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** As `processCpuSeconds`, with what its ended children spent. */
export function processTreeCpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / ticksPerSecond;
}

/** Resident memory of a process, bytes. From /proc. */
export function processRssBytes(pid: number): number {
  return Number(statFields(pid)[21]) * pageBytes;
}
