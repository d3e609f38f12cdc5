// What every bench shares: who measured (commit, machine, load), CPU time, and the record kept under bench/results/.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";

/** Commit and machine of a run. `commit` is null outside a git checkout; `dirty` says that the tree differs from it. */
export type BenchOrigin = {
  readonly commit: string | null;
  readonly dirty: boolean | null;
  readonly node: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly load: readonly number[] };
};

function git(...args: string[]): string | null {
  try {
    return execFileSync("git", args, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}

/** Load averages of the last 1, 5 and 15 minutes. */
export function currentLoad(): number[] {
  return loadavg().map((value) => Number(value.toFixed(2)));
}

/** Describes the run for its record; call it before measuring, so that the load is the one the run met. */
export function benchOrigin(): BenchOrigin {
  // The records themselves are written after a run and do not make the measured code another one.
  const changes = git("status", "--porcelain", "--", "..", ":(exclude)results");
  return {
    commit: git("rev-parse", "HEAD"),
    dirty: changes === null ? null : changes !== "",
    node: process.version,
    machine: { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, load: currentLoad() },
  };
}

/** CPU seconds, user and system, of this process since a `process.cpuUsage()`. */
export function ownCpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

const ticksPerSecond = 100; // USER_HZ, the same on every Linux

/**
 * CPU seconds this process has spent itself, and those of all children that have ended and were waited for. From
 * /proc, in steps of 10 ms; fails where there is none, because Node has no other way to ask about children.
 */
export function treeCpuSeconds(withRunning = false): { own: number; children: number } {
  const running = withRunning ? runningChildrenSeconds() : 0;
  return { own: ownCpuSeconds({ user: 0, system: 0 }), children: childrenSeconds() + running };
}

/** Process ids and `/proc` lines of the children that have not ended; fields from the third on. */
function runningChildren(): { pid: string; fields: string[] }[] {
  const found: { pid: string; fields: string[] }[] = [];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const text = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      // The fourth field is the parent.
      if (Number(fields[1]) === process.pid) found.push({ pid, fields });
    } catch {
      // It ended meanwhile, and is counted with those that have.
    }
  }
  return found;
}

/** CPU seconds of the children that have not ended: the 14th and 15th field. */
function runningChildrenSeconds(): number {
  return runningChildren().reduce(
    (sum, { fields }) => sum + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    0,
  );
}

/** Most memory that a child which has not ended ever held, MiB. */
export function peakChildMiB(): number {
  const peaks = runningChildren().map(({ pid }) =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0),
  );
  return Math.round(Math.max(0, ...peaks) / 1024);
}

function childrenSeconds(): number {
  let text: string;
  try {
    text = readFileSync("/proc/self/stat", "utf8");
  } catch (cause) {
    throw new Error("no CPU time of child processes: this bench reads /proc, run it on Linux", { cause });
  }
  // Fields are counted from 1; the second is a name in brackets that may hold spaces, so reading starts at the third.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [16, 17].map((field) => Number(fields[field - 3]) / ticksPerSecond);
  return (user ?? 0) + (system ?? 0);
}

/** CPU seconds all cores of the machine have been busy, and all they had, since it started. From /proc. */
export function machineBusySeconds(): { busy: number; all: number } {
  const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  // user nice system idle iowait irq softirq steal; guests are within user.
  const ticks = first.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busy: (all - idle) / ticksPerSecond, all: all / ticksPerSecond };
}

/** The value at a share (0 to 1) of sorted values, the nearest one. NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Rounds for a record. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}

/** Prints the record as JSON and, when `keep`, writes it to `bench/results/<name>.json` over the older one. */
export function publishRecord(name: string, record: object, keep: boolean): void {
  const text = `${JSON.stringify({ bench: name, ...record }, null, 2)}\n`;
  process.stdout.write(text);
  if (!keep) return;
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), text);
}
