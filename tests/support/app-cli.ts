import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Ended } from "./node-process.ts";

const main = fileURLToPath(new URL("../../node/src/main.ts", import.meta.url));
const words = ["--disable-warning=ExperimentalWarning", main, "app"];

/** One line of `livepeer app dev --json`. */
export type DevEvent = Readonly<Record<string, unknown>> & { readonly event: string };

/** Runs `livepeer app …` to its end. */
export async function runApp(args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(process.execPath, [...words, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const out = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      out[name] += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...out };
}

/** A line that was printed to be copied, in a shell. Rejects when it fails. */
export async function runLine(line: string, cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("/bin/sh", ["-c", line], { cwd, timeout: 30_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${line}\n${error.message}\n${stderr}`)),
    );
  });
}

/** A `livepeer app` command that goes on until it is told to end. */
export class RunningApp {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #mark = `app-test-${process.pid}-${Math.trunc(performance.now() * 1000)}`;
  #log = "";

  constructor(args: readonly string[], cwd: string) {
    this.#child = spawn(process.execPath, [...words, ...args], {
      ...{ cwd, env: { ...process.env, APP_TEST_MARK: this.#mark } },
      stdio: ["ignore", "pipe", "pipe"],
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.#lines.push(line);
      for (const look of this.#waiting) look();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#log += text;
    });
    this.ended = once(this.#child, "close").then(([code]) => code as number | null);
  }

  /** The next line that fits; earlier ones are passed over. Rejects when it ends before. */
  async line(fits: (line: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
          if (!fits(line)) continue;
          this.#waiting.delete(look);
          resolve(line);
          return;
        }
      };
      this.#waiting.add(look);
      void this.ended.then((code) => reject(new Error(`it ended with ${code}:\n${this.#log}`)));
      look();
    });
  }

  /** The next event of this kind. */
  async event(event: string): Promise<DevEvent> {
    const line = await this.line((one) => one.startsWith(`{"event":"${event}"`));
    return JSON.parse(line) as DevEvent;
  }

  /** Ctrl-C. Resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    this.#child.kill("SIGINT");
    return this.ended;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** What it wrote to the error output. */
  get log(): string {
    return this.#log;
  }

  /** Processes that it started, or others did for it, and that are still there. */
  get leftProcesses(): readonly string[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, "utf8").includes(this.#mark);
        } catch {
          return false; // gone, or somebody else's
        }
      })
      .map((pid) => `${pid} ${commandOf(pid)}`);
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
