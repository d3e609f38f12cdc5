import { readdir, readFile } from "node:fs/promises";
import type { Clock } from "@livepeer-ts/kernel";

const lookMs = 20;

/** True while a process of the group is there. */
export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    // somebody else's: not ours to end
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Sends a signal to every process of a group; one that is gone is fine. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const endedWithUs = new Set<number>();

/** Has a group killed when this process ends by an exit or an error, until the returned function is called. SIGKILL leaves no time for it. */
export function endWithThisProcess(group: number): () => void {
  if (endedWithUs.size === 0) process.on("exit", killAll);
  endedWithUs.add(group);
  return () => {
    endedWithUs.delete(group);
    if (endedWithUs.size === 0) process.off("exit", killAll);
  };
}

function killAll(): void {
  for (const group of endedWithUs) signalGroup(group, "SIGKILL");
}

/** SIGTERM to the group, SIGKILL after `graceMs`. Resolves when nothing of it is left. */
export async function endGroup(group: number, graceMs: number, clock: Clock): Promise<void> {
  signalGroup(group, "SIGTERM");
  const end = clock.mono() + graceMs;
  while (isGroupAlive(group) && clock.mono() < end) await clock.sleep(lookMs);
  if (!isGroupAlive(group)) return;
  signalGroup(group, "SIGKILL");
  const last = clock.mono() + graceMs;
  while (isGroupAlive(group) && clock.mono() < last) await clock.sleep(lookMs);
}

/** Processes of the group whose environment has `NAME=value`; undefined where the system does not show that (only Linux does). */
export async function groupMembersWith(group: number, entry: string): Promise<readonly number[] | undefined> {
  const names = await readdir("/proc").catch(() => undefined);
  if (names === undefined || process.platform !== "linux") return undefined;
  const members: number[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // pid (name) state ppid pgrp; the name may hold anything
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields[2]) !== group || fields[0] === "Z") continue;
    const environment = await readFile(`/proc/${name}/environ`, "utf8").catch(() => "");
    if (environment.split("\0").includes(entry)) members.push(Number(name));
  }
  return members;
}
