import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { delimiter, dirname } from "node:path";
import { createInterface } from "node:readline";
import { LpError } from "@livepeer-ts/kernel";
import { pause } from "./pause.ts";

export type AppProcessOptions = {
  readonly folder: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly host: string;
  readonly port: number;
  /** Path that answers 200 once calls can come; undefined: any answer will do. */
  readonly health: string | undefined;
  /** Told every line that the app prints. */
  readonly onLine: (line: string) => void;
};

/** Until an app must be able to take calls. */
const readyMs = 600_000;
/** Between two looks whether it can. */
const lookMs = 100;
/** One such look. */
const lookAnswerMs = 5000;
/** Between the request to end and the end by force. */
const graceMs = 5000;

// The shell becomes the app, in a group of its own, so that Ctrl-C does not reach it and what it starts ends with it. Beside it a
// subshell reads the pipe from this process: when this process dies without a word, the pipe closes and the group is ended.
const guard = 'exec 3<&0; ( read -r line <&3 || kill -TERM 0 ) >/dev/null 2>&1 & exec "$0" "$@" </dev/null 3<&-';
/** What would make the app register itself beside us, or want a token that nobody has. */
const keptFromApps = ["ORCH_URL", "ORCH_SECRET", "APP_URL", "AUTH_TOKEN", "NODE_COMPILE_CACHE"];

/** An app's program: started with `HOST` and `PORT` in its environment, watched, ended. */
export class AppProcess {
  readonly url: string;
  /** Resolves with how it ended, a sentence. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #options: AppProcessOptions;

  constructor(options: AppProcessOptions) {
    this.#options = options;
    const { folder, command, host, port, onLine } = options;
    this.url = `http://${reachable(host)}:${port}`;
    const env: NodeJS.ProcessEnv = { ...process.env, HOST: host, PORT: String(port), PYTHONUNBUFFERED: "1" };
    env["PATH"] = `${dirname(process.execPath)}${delimiter}${env["PATH"] ?? ""}`;
    for (const name of keptFromApps) delete env[name];
    this.#child = spawn("/bin/sh", ["-c", guard, ...command], {
      ...{ cwd: folder, env, detached: true },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stdin?.on("error", () => {});
    const lines = [this.#child.stdout, this.#child.stderr].map(
      (input) =>
        new Promise<void>((resolve) => {
          createInterface({ input: input as NodeJS.ReadableStream })
            .on("line", onLine)
            .once("close", resolve);
        }),
    );
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(`the app could not be started: ${error.message}`));
      this.#child.once("exit", async (code, signal) => {
        this.#child.stdin?.end("done\n");
        this.#signal("SIGKILL");
        await Promise.race([Promise.all(lines), pause(lookMs)]);
        resolve(
          code === 127
            ? `"${command[0]}" is not installed or not on the PATH`
            : `the app ended ${code === null ? `by ${signal}` : `with code ${code}`}`,
        );
      });
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined;
  }

  /** Resolves when it can take calls. Rejects with `app_ended`, `app_failed`, `app_not_ready`, or when the signal aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    const { health } = this.#options;
    const until = performance.now() + readyMs;
    let end: string | undefined;
    void this.ended.then((how) => {
      end = how;
    });
    let last = "";
    while (performance.now() < until) {
      signal.throwIfAborted();
      last = await this.#look(health, signal);
      if (end !== undefined) throw new LpError({ code: "app_ended", message: `${end} before it could take calls` });
      if (last === "") return;
      await pause(lookMs);
    }
    throw new LpError({
      code: "app_not_ready",
      message: `the app cannot take calls after ${readyMs / 1000} s (${last}): is it listening at the port in PORT?`,
    });
  }

  /** Empty when it can take calls, else why not. */
  async #look(health: string | undefined, signal: AbortSignal): Promise<string> {
    if (!(await this.#listens())) return `nobody listens at ${this.url}`;
    try {
      const answer = await fetch(`${this.url}${health ?? "/"}`, {
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(lookAnswerMs)]),
      });
      const text = await answer.text();
      if (health === undefined || answer.status === 200) return "";
      const problem = failureIn(text);
      if (problem !== undefined)
        throw new LpError({ code: "app_failed", message: `the app could not be loaded: ${problem}` });
      return `${health} answers ${answer.status}`;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LpError) throw error;
      return `${this.url}${health ?? "/"} does not answer`;
    }
  }

  #listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const { host, port } = this.#options;
      const socket = connect(port, reachable(host).replace(/^\[|\]$/g, ""))
        .once("connect", () => {
          socket.destroy();
          resolve(true);
        })
        .once("error", () => resolve(false));
    });
  }

  /** Ends it, and what it started. */
  async stop(): Promise<void> {
    if (this.isRunning) {
      this.#signal("SIGTERM");
      const timer = setTimeout(() => this.#signal("SIGKILL"), graceMs);
      await this.ended;
      clearTimeout(timer);
    }
    await this.ended;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // nobody of its group is left
    }
  }
}

/** Of a kit's health answer: why the app will never be ready. */
function failureIn(text: string): string | undefined {
  try {
    const { status, problem } = JSON.parse(text) as { status?: unknown; problem?: unknown };
    return status === "FAILED" ? String(problem) : undefined;
  } catch {
    return undefined;
  }
}

/** The address under which this machine reaches what listens at `host`. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
