import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LpError } from "@livepeer-ts/kernel";
import { nodeEnvironment } from "./node-environment.ts";
import { RoleLog } from "./role-log.ts";

/** What a child says on its message channel when it can take work. */
export type ReadyMessage = { readonly type: "ready"; readonly facts: Readonly<Record<string, string | number>> };

export type ChildRoleOptions = {
  readonly name: string;
  readonly args: readonly string[];
  /** Path of the program. Default: the command `livepeer`. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Ms until it must be ready. Default 30000. */
  readonly readyMs?: number;
  /** Told about every other message of the child. */
  readonly onMessage?: (message: unknown) => void;
  /** Told every line of its log. */
  readonly onLine?: (line: string) => void;
};

const mainFile = fileURLToPath(new URL("../main.ts", import.meta.url));
const graceMs = 10_000;

/** One role as a process of its own: the same program with other arguments. Dies with its parent. */
export class ChildRole {
  readonly name: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;

  private constructor(
    name: string,
    child: ChildProcess,
    facts: Readonly<Record<string, string | number>>,
    exited: ChildRole["exited"],
  ) {
    this.name = name;
    this.facts = facts;
    this.exited = exited;
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the role and waits until it is ready. Rejects with `role_failed` and the last lines of its log. */
  static async start(options: ChildRoleOptions): Promise<ChildRole> {
    const log = new RoleLog(options.logFile);
    const tail: string[] = [];
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", options.program ?? mainFile, ...options.args],
      {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        env: { ...nodeEnvironment, ...process.env, ...options.env },
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      if (options.onLine !== undefined && stream !== null)
        createInterface({ input: stream }).on("line", options.onLine);
      stream?.on("data", (chunk: Buffer) => {
        log.write(chunk);
        tail.push(
          ...chunk
            .toString()
            .split("\n")
            .filter((line) => line !== ""),
        );
        if (tail.length > 20) tail.splice(0, tail.length - 20);
      });
    }
    const exited: ChildRole["exited"] = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("close", () => log.close());
    });
    const facts = await new Promise<Readonly<Record<string, string | number>>>((resolve, reject) => {
      const fail = (what: string) => {
        clearTimeout(timer);
        reject(
          new LpError({
            code: "role_failed",
            message: `${options.name} ${what}. Its last lines:\n${tail.slice(-6).join("\n")}\nThe whole log: ${options.logFile}`,
          }),
        );
      };
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        fail(`was not ready within ${(options.readyMs ?? 30_000) / 1000} s`);
      }, options.readyMs ?? 30_000);
      child.once("error", (error) => fail(`could not be started: ${error.message}`));
      child.once("exit", (code) => fail(`ended with code ${code} before it was ready`));
      child.on("message", (message: unknown) => {
        const ready = message as Partial<ReadyMessage>;
        if (ready.type !== "ready" || ready.facts === undefined) {
          options.onMessage?.(message);
          return;
        }
        clearTimeout(timer);
        resolve(ready.facts);
      });
    });
    return new ChildRole(options.name, child, facts, exited);
  }

  /** Sends a message to the child; dropped when it is gone. */
  send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Ends the process at once, as a crash would. */
  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** Asks the process to end and kills it after 10 s. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await this.exited;
    clearTimeout(timer);
  }
}
