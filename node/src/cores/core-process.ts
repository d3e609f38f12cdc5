import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { BooksDesk, type MessageLine, type SegmentBooks } from "@livepeer-ts/execution";
import { LpError } from "@livepeer-ts/kernel";
import type { CoreStart, CoreUse, FromCore, ToCore } from "./core-messages.ts";
import type { MetricCall } from "./sent-metrics.ts";

/** The variable that makes the program a core process. */
export const coreVariable = "LIVEPEER_CORE";

/** A core process must be ready within, ms. */
const readyMs = 60_000;
/** It may take this long to end; then it is killed, ms. */
const endMs = 10_000;

export type CoreProcessDeps = {
  readonly books: SegmentBooks;
  readonly onReceived: (byteCount: number, ms: number) => void;
  readonly onMetrics: (calls: readonly MetricCall[]) => void;
  readonly onUse: (spent: { readonly cpuSeconds: number }) => void;
};

/** How a process ended. */
export type CoreEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** One of the processes that serve the port, as the one that keeps the books sees it. */
export class CoreProcess {
  readonly number: number;
  readonly startedAt: number;
  readonly ended: Promise<CoreEnd>;
  readonly desk: BooksDesk;
  readonly #child: ChildProcess;
  readonly #deps: CoreProcessDeps;
  #use: CoreUse = { cpuSeconds: 0, memoryBytes: 0 };
  #connections = 0;
  #becameReady = () => {};

  private constructor(start: CoreStart, now: number, deps: CoreProcessDeps) {
    this.number = start.number;
    this.startedAt = now;
    this.#deps = deps;
    this.#child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, "-orchestrator"], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
      env: coreEnvironment(start.number),
    });
    const line: MessageLine = { send: (message) => this.send(message as ToCore), onMessage: () => {} };
    this.desk = new BooksDesk({ books: deps.books, line, onReceived: deps.onReceived });
    this.ended = new Promise((resolve) => {
      this.#child.once("error", () => resolve({ code: null, signal: null }));
      this.#child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    void this.ended.then(() => this.desk.close());
    this.#child.on("message", (message) => this.#take(message as FromCore));
  }

  /** Resolves when it serves. Rejects with `core_failed`. */
  static async start(start: CoreStart, now: number, deps: CoreProcessDeps): Promise<CoreProcess> {
    const core = new CoreProcess(start, now, deps);
    const ready = new Promise<undefined>((resolve) => {
      core.#becameReady = () => resolve(undefined);
    });
    core.send(start);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), readyMs);
    });
    const outcome = await Promise.race([ready, late, core.ended]);
    clearTimeout(timer);
    if (outcome === undefined) return core;
    core.kill();
    throw new LpError({
      code: "core_failed",
      message: `core process ${start.number} ${
        outcome === "late"
          ? `was not ready within ${readyMs / 1000} s`
          : `ended before it was ready (${endText(outcome)})`
      }: the log says why`,
      retryable: true,
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get connections(): number {
    return this.#connections;
  }

  get use(): CoreUse {
    return this.#use;
  }

  /** Dropped when the process is gone. */
  send(message: ToCore): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Gives it a connection; closed when it cannot take it. */
  give(socket: Socket): void {
    if (!this.#child.connected) {
      socket.destroy();
      return;
    }
    this.#connections++;
    this.#child.send({ type: "connection" } satisfies ToCore, socket, (error) => {
      if (error !== null) socket.destroy();
    });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Lets it end what it has; kills it when that takes too long. */
  async stop(): Promise<void> {
    this.send({ type: "stop" });
    const timer = setTimeout(() => this.kill(), endMs);
    await this.ended;
    clearTimeout(timer);
  }

  #take(message: FromCore): void {
    if (this.desk.take(message)) return;
    switch (message.type) {
      case "ready":
        this.#becameReady();
        break;
      case "closed":
        this.#connections--;
        break;
      case "metrics":
        this.#deps.onMetrics(message.calls);
        break;
      case "use":
        this.#deps.onUse({ cpuSeconds: message.cpuSeconds - this.#use.cpuSeconds });
        this.#use = { cpuSeconds: message.cpuSeconds, memoryBytes: message.memoryBytes };
        break;
      default:
    }
  }
}

/** Without the variables that stand for flags: some are passwords. */
function coreEnvironment(number: number): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("LP_"));
  return { ...Object.fromEntries(others), [coreVariable]: String(number) };
}

/** `code 1` or `SIGKILL`. */
export function endText({ code, signal }: CoreEnd): string {
  return signal ?? (code === null ? "it could not be started" : `code ${code}`);
}
