import { LpError } from "../errors/lp-error.ts";
import type { Clock, Deadline } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { Tasks } from "../ports/tasks.ts";
import { createTaskGroup } from "../tasks/task-group.ts";
import { hash32, simRandom } from "./sim-random.ts";

type Entry = {
  readonly at: number;
  readonly tie: number;
  readonly seq: number;
  readonly label: string;
  readonly host: SimHost | undefined;
  readonly incarnation: number;
  readonly run: () => void;
  cancelled: boolean;
};

const lostWork = new Promise<never>(() => {}); // what a dead host's calls return: they never settle

/** One machine of the simulation; `crash` ends everything that runs on it. */
export type SimHost = {
  readonly name: string;
  readonly random: Random;
  /** Changes with every start. */
  readonly incarnation: () => number;
  readonly isAlive: () => boolean;
  readonly clock: Clock;
  readonly tasks: Tasks;
};

/**
 * Virtual time in one process: events run in the order of their time, events of one instant in an order drawn from the seed.
 * Between two events all promise work is drained, so nothing depends on the real clock.
 */
export class Simulation {
  readonly seed: number;
  readonly random: Random;
  readonly failures: { readonly task: string; readonly error: unknown }[] = [];
  readonly #heap: Entry[] = [];
  readonly #ties: Random;
  readonly #dead = new Map<string, number>();
  #now = 0;
  #seq = 0;
  #hash = 0;
  readonly trace: string[] = [];

  constructor(seed: number) {
    this.seed = seed;
    this.random = simRandom(seed);
    this.#ties = this.random.fork("ties");
  }

  /** Virtual ms since the start. */
  get now(): number {
    return this.#now;
  }

  /** Rolling hash over every event's time and label; equal for equal runs. */
  get traceHash(): string {
    return this.#hash.toString(16).padStart(8, "0");
  }

  /** Writes a line into the trace. */
  note(label: string): void {
    this.#fold(`note ${label}`);
  }

  /** Runs `fn` after `ms` of virtual time, on `host` if one is given: a crashed host's events are dropped. */
  schedule(ms: number, label: string, run: () => void, host?: SimHost): () => void {
    const entry: Entry = {
      at: this.#now + Math.max(0, ms),
      tie: this.#ties.u32(),
      seq: this.#seq++,
      label,
      host,
      incarnation: host?.incarnation() ?? 0,
      run,
      cancelled: false,
    };
    this.#push(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** A machine with its own ports. Starting the same name again gives a new incarnation. */
  host(name: string): SimHost {
    const incarnation = (this.#dead.get(name) ?? 0) + 1;
    const host: SimHost = {
      name,
      random: this.random.fork(`${name}#${incarnation}`),
      incarnation: () => incarnation,
      isAlive: () => (this.#dead.get(name) ?? 0) < incarnation,
      clock: undefined as unknown as Clock,
      tasks: undefined as unknown as Tasks,
    };
    const ports = host as { -readonly [K in keyof SimHost]: SimHost[K] };
    ports.clock = this.#clock(host);
    ports.tasks = createTaskGroup(name, {
      onFailure: (task, error) => {
        if (host.isAlive()) this.failures.push({ task, error });
      },
    });
    return host;
  }

  /** Ends the host as SIGKILL would: its timers never fire, its waiting code never goes on. */
  crash(host: SimHost): void {
    this.note(`crash ${host.name}`);
    this.#dead.set(host.name, host.incarnation());
  }

  /** Runs until virtual time `untilMs`, or until `isDone`. Rejects with the failure of an unowned task. */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    await drain();
    while (!isDone()) {
      const next = this.#pop();
      if (next === undefined || next.at > untilMs) {
        if (next !== undefined) this.#push(next);
        this.#now = Math.max(this.#now, Math.min(untilMs, next?.at ?? untilMs));
        return;
      }
      if (next.cancelled) continue;
      if (next.host !== undefined && (!next.host.isAlive() || next.host.incarnation() !== next.incarnation)) continue;
      this.#now = next.at;
      this.#fold(next.label);
      next.run();
      await drain();
    }
  }

  #clock(host: SimHost): Clock {
    const clock: Clock = {
      now: () => 1_700_000_000_000 + Math.round(this.#now),
      mono: () => this.#now,
      sleep: (ms, signal) =>
        host.isAlive()
          ? new Promise<void>((resolve, reject) => {
              if (signal?.aborted) {
                reject(signal.reason);
                return;
              }
              const onAbort = () => {
                cancel();
                reject(signal?.reason);
              };
              const cancel = this.schedule(
                ms,
                `${host.name} sleep`,
                () => {
                  signal?.removeEventListener("abort", onAbort);
                  resolve();
                },
                host,
              );
              signal?.addEventListener("abort", onAbort, { once: true });
            })
          : lostWork,
      turn: () => clock.sleep(0),
      every: (ms, fn, owner) => {
        const stopper = new AbortController();
        owner.spawn("every", async (signal) => {
          signal.addEventListener("abort", () => stopper.abort(), { once: true });
          try {
            while (!stopper.signal.aborted) {
              await fn();
              await clock.sleep(ms, stopper.signal);
            }
          } catch (error) {
            if (!stopper.signal.aborted) throw error;
          }
        });
        return () => stopper.abort();
      },
      deadline: (ms, parent): Deadline => {
        const controller = new AbortController();
        const cancel = this.schedule(
          ms,
          `${host.name} deadline`,
          () =>
            controller.abort(new LpError({ code: "deadline", message: `no answer within ${ms} ms`, retryable: true })),
          host,
        );
        const onParent = () => {
          cancel();
          controller.abort(parent?.reason);
        };
        if (parent?.aborted) onParent();
        else parent?.addEventListener("abort", onParent, { once: true });
        return {
          signal: controller.signal,
          clear: () => {
            cancel();
            parent?.removeEventListener("abort", onParent);
          },
        };
      },
    };
    return clock;
  }

  #fold(label: string): void {
    const line = `${this.#now.toFixed(3)} ${label}`;
    this.trace.push(line);
    if (this.trace.length > 2000) this.trace.shift();
    this.#hash = hash32(line, this.#hash);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (isBefore(heap[parent] as Entry, entry)) break;
      heap[i] = heap[parent] as Entry;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (isBefore(last, heap[child] as Entry)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at !== b.at ? a.at < b.at : a.tie !== b.tie ? a.tie < b.tie : a.seq < b.seq;
}

/** Runs the promise queue empty: a tick queued from a microtask comes after all microtasks. */
function drain(): Promise<void> {
  return new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(() => queueMicrotask(() => process.nextTick(resolve))));
  });
}
