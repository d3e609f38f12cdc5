import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The runner program of the tests. */
export const runnerProgram = fileURLToPath(new URL("runner-program.ts", import.meta.url));

/** Arguments that run it with Node. */
export const runnerCommand: readonly string[] = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  runnerProgram,
];

/** What stands in for a container: the runner program with a container's environment. */
export class FakeContainer {
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  #log = "";
  #code: number | undefined;

  constructor(environment: Readonly<Record<string, string>>, port: number) {
    const [program = "", ...args] = runnerCommand;
    this.#child = spawn(program, args, {
      env: { ...environment, HOST: "127.0.0.1", PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    }
    this.ended = once(this.#child, "close").then(([code]) => {
      this.#code = (code as number | null) ?? 137;
      return this.#code;
    });
  }

  get log(): string {
    return this.#log;
  }

  /** Undefined while it runs. */
  get code(): number | undefined {
    return this.#code;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}
