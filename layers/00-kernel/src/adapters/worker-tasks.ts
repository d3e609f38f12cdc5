import { Worker } from "node:worker_threads";
import { LpError } from "../errors/lp-error.ts";
import type { Logger } from "../ports/logger.ts";
import type { OffloadJob, OffloadJobs, Tasks } from "../ports/tasks.ts";
import { createTaskGroup } from "../tasks/task-group.ts";
import { concatBytes } from "../units/bytes.ts";

type Pending = { resolve: (output: Uint8Array) => void; reject: (error: unknown) => void };

/** Inputs up to this size go through memory shared with the worker; larger ones are copied into a message. */
const sharedInputBytes = 16 * 1024 * 1024;
/** Shared memory that is kept for the next job. */
const keptSharedBytes = 32 * 1024 * 1024;

/**
 * Memory that this thread and the worker both see. A message would copy the input twice and leave two buffers for the collector
 * to find, which costs more than the copy.
 */
class SharedInputs {
  private readonly idle: Uint8Array<SharedArrayBuffer>[] = [];
  private keptBytes = 0;

  /** Memory of at least `length` bytes that holds the parts, one after the other. */
  hold(parts: readonly Uint8Array[], length: number): Uint8Array<SharedArrayBuffer> {
    const index = this.idle.findIndex((memory) => memory.length >= length);
    let memory = this.idle[index];
    if (memory === undefined) {
      const size = 2 ** Math.ceil(Math.log2(Math.max(length, 1024 * 1024)));
      memory = new Uint8Array(new SharedArrayBuffer(size));
    } else {
      this.idle.splice(index, 1);
      this.keptBytes -= memory.length;
    }
    let at = 0;
    for (const part of parts) {
      memory.set(part, at);
      at += part.length;
    }
    return memory;
  }

  giveBack(memory: Uint8Array<SharedArrayBuffer>): void {
    if (this.keptBytes + memory.length > keptSharedBytes) return;
    this.idle.push(memory);
    this.keptBytes += memory.length;
  }
}

/** One worker thread for heavy jobs, started at first use, unreferenced while idle. */
class OffloadWorker {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private readonly shared = new SharedInputs();
  private nextId = 0;

  async run(job: OffloadJob, parts: readonly Uint8Array[]): Promise<Uint8Array> {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > sharedInputBytes) return this.post(job, concatBytes(...parts));
    const memory = this.shared.hold(parts, length);
    const output = await this.post(job, memory.subarray(0, length));
    // after a failure the worker may still read it: that memory is left to the collector
    this.shared.giveBack(memory);
    return output;
  }

  private post(job: OffloadJob, input: Uint8Array): Promise<Uint8Array> {
    const worker = this.start();
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.pending.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, job, input });
    });
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
    this.worker = undefined;
  }

  private start(): Worker {
    if (this.worker !== undefined) return this.worker;
    // options of the process are meant for its main module and stop a worker from loading
    const worker = new Worker(new URL("./offload-worker.ts", import.meta.url), { execArgv: [] });
    worker.on("message", (answer: { id: number; output?: Uint8Array; error?: string }) => {
      const waiting = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      if (this.pending.size === 0) worker.unref();
      if (answer.output !== undefined) waiting?.resolve(answer.output);
      else
        waiting?.reject(new LpError({ code: "offload_failed", message: answer.error ?? "the worker gave no answer" }));
    });
    const fail = (cause: unknown) => {
      const waiting = [...this.pending.values()];
      this.pending.clear();
      this.worker = undefined;
      for (const { reject } of waiting) {
        reject(new LpError({ code: "offload_failed", message: "the worker thread ended", retryable: true, cause }));
      }
    };
    worker.on("error", fail);
    worker.on("exit", fail);
    this.worker = worker;
    return worker;
  }
}

/** Root of a process's background work; failures go to the log. */
export function createTasks(name: string, logger: Logger): Tasks {
  const worker = new OffloadWorker();
  const group = createTaskGroup(name, {
    onFailure: (task, error) =>
      logger.error("background task failed", {
        task,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    offload: <K extends OffloadJob>(job: K, input: OffloadJobs[K]["input"]) =>
      worker.run(job, input) as Promise<OffloadJobs[K]["output"]>,
  });
  return {
    ...group,
    async stop() {
      await group.stop();
      await worker.stop();
    },
  };
}
