import { Worker } from "node:worker_threads";
import { LpError } from "../errors/lp-error.ts";
import type { Logger } from "../ports/logger.ts";
import type { OffloadJob, OffloadJobs, Tasks } from "../ports/tasks.ts";
import { createTaskGroup } from "../tasks/task-group.ts";

type Pending = { resolve: (output: Uint8Array) => void; reject: (error: unknown) => void };

/** One worker thread for heavy jobs, started at first use, unreferenced while idle. */
class OffloadWorker {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;

  run(job: OffloadJob, input: Uint8Array): Promise<Uint8Array> {
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
    const worker = new Worker(new URL("./offload-worker.ts", import.meta.url));
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
