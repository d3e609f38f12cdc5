// The bench's processes: started by the bench, told what to do over Node's message channel, ended with it.
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { ownCpuSeconds, percentile, rounded } from "../bench-record.ts";

/** What a serving process spent between `begin` and `end`. */
export type ServerFigures = {
  readonly cpuSec: number;
  /** The part of it that the kernel spent: system calls, page faults. */
  readonly systemSec: number;
  /** How late the event loop was, ms. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** What only this kind of server counts. */
  readonly own: Readonly<Record<string, number | string>>;
};

type Request = { readonly id: number; readonly call: string; readonly argument: unknown };
type Reply = { readonly id: number; readonly value?: unknown; readonly error?: string };

/** Answers calls of the bench until it is gone. */
export function serveCalls(calls: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on("message", async ({ id, call, argument }: Request) => {
    try {
      const value = await (calls[call] as (argument: unknown) => unknown)(argument);
      process.send?.({ id, value } satisfies Reply);
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ id: 0 } satisfies Reply);
}

const loopResolutionMs = 10;

/** The calls `begin` and `end` of a serving process. */
export function measuredCalls(own: () => ServerFigures["own"]) {
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loop.enable();
  let since = process.cpuUsage();
  // the histogram holds the time between two looks, which are a resolution apart when nothing is late
  const late = (nanoseconds: number) => rounded(Math.max(0, nanoseconds / 1e6 - loopResolutionMs), 2);
  return {
    begin() {
      loop.reset();
      since = process.cpuUsage();
    },
    end: (): ServerFigures => ({
      cpuSec: rounded(ownCpuSeconds(since)),
      systemSec: rounded(process.cpuUsage(since).system / 1e6),
      loopDelayMs: { p50: late(loop.percentile(50)), p99: late(loop.percentile(99)), max: late(loop.max) },
      own: own(),
    }),
  };
}

/** A process of the bench. */
export type Linked = { call<T>(name: string, argument?: unknown): Promise<T>; stop(): Promise<void> };

/** Starts `file` (beside this one) and waits until it serves calls. `CPU_PROF_DIR` in the environment profiles it. */
export async function startLinked(file: string, args: readonly string[]): Promise<Linked> {
  const profileDir = process.env["CPU_PROF_DIR"];
  const child: ChildProcess = fork(join(import.meta.dirname, file), args, {
    execArgv: profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  let nextId = 0;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const reply = (id: number) => {
    const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    const died = gone.then((): Reply => ({ id, error: `${file} ended` }));
    return Promise.race([answered, died]).then(({ value, error }) => {
      waiting.delete(id);
      if (error !== undefined) throw new Error(error);
      return value;
    });
  };
  child.on("message", (message: Reply) => waiting.get(message.id)?.(message));
  await reply(nextId++);
  return {
    call: <T>(name: string, argument?: unknown) => {
      const id = nextId++;
      child.send({ id, call: name, argument } satisfies Request);
      return reply(id) as Promise<T>;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

/** Middle, tail and worst of latencies, ms. */
export function spread(values: readonly number[]): { p50: number; p99: number; max: number } {
  return {
    p50: rounded(percentile(values, 0.5), 1),
    p99: rounded(percentile(values, 0.99), 1),
    max: rounded(Math.max(...values), 1),
  };
}
