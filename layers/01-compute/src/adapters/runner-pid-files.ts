import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@livepeer-ts/kernel";
import { endGroup, groupMembersWith, isGroupAlive } from "./process-groups.ts";

/** Variable in a runner's environment by which it is known to be ours, whatever its process id became. */
export const runnerMark = "LIVEPEER_RUNNER_MARK";

type Written = { readonly pid: number; readonly mark: string; readonly startedAt: string };

const psMs = 5000;

/**
 * Remembers which processes a node has started, in files. A node that ended without stopping them ends them at its next start,
 * after a look whether they still are the ones it started: process ids are used again.
 */
export class RunnerPidFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(pid: number, mark: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const written: Written = { pid, mark, startedAt: await startOf(pid) };
    const path = this.#path(pid);
    await writeFile(`${path}.new`, JSON.stringify(written), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  async remove(pid: number): Promise<void> {
    await rm(this.#path(pid), { force: true });
  }

  /** Ends what is left of an earlier process of the node. Returns how many runners that were. */
  async endOrphans(graceMs: number, clock: Clock): Promise<number> {
    const names = await readdir(this.#folder).catch(() => []);
    const ended = await Promise.all(
      names.map(async (name) => {
        const written = await readWritten(join(this.#folder, name));
        const isOurs = written !== undefined && isGroupAlive(written.pid) && (await isStillThere(written));
        if (isOurs) await endGroup(written.pid, graceMs, clock);
        await rm(join(this.#folder, name), { force: true });
        return isOurs;
      }),
    );
    return ended.filter(Boolean).length;
  }

  #path(pid: number): string {
    return join(this.#folder, `${pid}.json`);
  }
}

async function readWritten(path: string): Promise<Written | undefined> {
  try {
    const { pid, mark, startedAt } = JSON.parse(await readFile(path, "utf8")) as Partial<Written>;
    const isWhole = Number.isSafeInteger(pid) && (pid as number) > 1 && typeof mark === "string" && mark !== "";
    return isWhole ? { pid: pid as number, mark, startedAt: String(startedAt ?? "") } : undefined;
  } catch {
    return undefined;
  }
}

/** By the mark in the environment where the system shows it, else by when the process was started. */
async function isStillThere({ pid, mark, startedAt }: Written): Promise<boolean> {
  const members = await groupMembersWith(pid, `${runnerMark}=${mark}`);
  if (members !== undefined) return members.length > 0;
  return startedAt !== "" && (await startOf(pid)) === startedAt;
}

/** When a process was started, as `ps` says; empty when it is gone or `ps` is not there. */
function startOf(pid: number): Promise<string> {
  return new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: "C" };
    execFile("ps", ["-o", "lstart=", "-p", String(pid)], { timeout: psMs, env }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : ""),
    );
  });
}
