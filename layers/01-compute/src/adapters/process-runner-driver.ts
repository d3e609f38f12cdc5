import { type ChildProcess, spawn } from "node:child_process";
import { type Clock, errorText, type Logger, LpError, type Random, toHex } from "@livepeer-ts/kernel";
import type { RunnerDriver, RunningRunner } from "../runners/runner-driver.ts";
import { deviceEnvironment, runnerEnvironment } from "../runners/runner-environment.ts";
import type { DeviceSlot, RunnerSpec } from "../runners/runner-spec.ts";
import { freeLocalPort } from "./free-local-port.ts";
import { onOutputLines } from "./output-lines.ts";
import { endGroup, endWithThisProcess } from "./process-groups.ts";
import { RunnerPidFiles, runnerMark } from "./runner-pid-files.ts";

export type ProcessRunnerDriverOptions = {
  /** Folder that runners find in `MODEL_DIR`. */
  readonly modelsDir: string;
  /** Folder for the files that name running processes; no other node's. */
  readonly pidFolder: string;
  readonly isVerbose: boolean;
  /** SIGTERM until SIGKILL, ms. Default 8000. */
  readonly graceMs?: number;
};

export type ProcessRunnerDriverDeps = { readonly clock: Clock; readonly random: Random; readonly logger: Logger };

const defaultGraceMs = 8000;
/** Output that may still come after the end, ms. */
const lastWordsMs = 500;
/** Lines of output that are told with the reason of an end. */
const toldLines = 20;
/** The node's own flags as variables: passwords and keys among them. */
const ownVariable = /^LP_/;

/** Runners as processes of this machine, each in a process group of its own. */
export class ProcessRunnerDriver implements RunnerDriver {
  readonly kind = "process";
  readonly #options: ProcessRunnerDriverOptions;
  readonly #deps: ProcessRunnerDriverDeps;
  readonly #pidFiles: RunnerPidFiles;
  readonly #graceMs: number;

  constructor(options: ProcessRunnerDriverOptions, deps: ProcessRunnerDriverDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#pidFiles = new RunnerPidFiles(options.pidFolder);
    this.#graceMs = options.graceMs ?? defaultGraceMs;
  }

  async start(spec: RunnerSpec, slot: DeviceSlot, signal: AbortSignal): Promise<RunningRunner> {
    const { random } = this.#deps;
    const [program, ...args] = spec.command;
    if (program === undefined) throw notStarted(`${spec.modelId} has no program: give its "command"`);
    const port = await freeLocalPort();
    signal.throwIfAborted();
    const token = toHex(random.bytes(32)).slice(2);
    const mark = toHex(random.bytes(16)).slice(2);
    const child = spawn(program, args, {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...inherited(),
        ...deviceEnvironment(slot),
        ...runnerEnvironment(spec, token, this.#options.isVerbose),
        MODEL_DIR: this.#options.modelsDir,
        HOST: "127.0.0.1",
        PORT: String(port),
        [runnerMark]: mark,
      },
    });
    const lines = this.#output(child, spec);
    const { clock } = this.#deps;
    const ended = new Promise<string>((resolve) => {
      const tell = (code: number | null, by: NodeJS.Signals | null) => resolve(endText(code, by, lines));
      child.once("close", tell);
      // children that it left behind may keep its output open
      child.once("exit", (code, by) => void clock.sleep(lastWordsMs).then(() => tell(code, by)));
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (cause) => reject(notStarted(spawnText(program, cause), cause)));
    });
    const pid = child.pid as number;
    const running = this.#running(pid, `http://127.0.0.1:${port}`, token, ended);
    try {
      await this.#pidFiles.write(pid, mark);
    } catch (cause) {
      await running.stop();
      throw notStarted(`the file that names its process cannot be written (${errorText(cause)})`, cause);
    }
    return running;
  }

  removeOrphans(): Promise<number> {
    return this.#pidFiles.endOrphans(this.#graceMs, this.#deps.clock);
  }

  #running(pid: number, url: string, token: string, ended: Promise<string>): RunningRunner {
    let stopped: Promise<void> | undefined;
    const isGone = endWithThisProcess(pid);
    const stop = async () => {
      // the group outlives its first process when that leaves children behind
      await endGroup(pid, this.#graceMs, this.#deps.clock);
      isGone();
      await this.#pidFiles.remove(pid);
    };
    return {
      url,
      token,
      ended,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  }

  /** Sends output to the log; returns the newest lines. */
  #output(child: ChildProcess, { pipeline, modelId }: RunnerSpec): readonly string[] {
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      onOutputLines(stream, (line) => {
        if (line === "") return;
        lines.push(line);
        if (lines.length > toldLines) lines.shift();
        this.#deps.logger.info("runner says", { pipeline, modelId, line });
      });
    }
    return lines;
  }
}

function inherited(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ownVariable.test(name)));
}

function endText(code: number | null, by: NodeJS.Signals | null, lines: readonly string[]): string {
  const how = by === null ? `with code ${code}` : `by ${by}`;
  return `its process has ended ${how}${lines.length === 0 ? "" : `: ${lines.join("\n")}`}`;
}

function spawnText(program: string, cause: Error): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") return `there is no program ${program}: give its whole path in "command"`;
  if (code === "EACCES") return `${program} may not be run by this user: check its permissions`;
  return `${program} cannot be run (${errorText(cause)})`;
}

function notStarted(message: string, cause?: unknown): LpError {
  return new LpError({
    code: "runner_not_started",
    message,
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}
