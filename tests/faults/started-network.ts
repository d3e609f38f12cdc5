import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NetworkState } from "@livepeer-ts/data";
import type { NetworkFile } from "../../node/src/up/network-file.ts";
import { until } from "../support/until.ts";
import { type ProcessRow, processesOf } from "./process-table.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** `npm start` as a person types it, in a process group of its own as a terminal gives it. */
export class StartedNetwork {
  readonly folder: string;
  readonly group: number;
  readonly exited: Promise<number | null>;
  #output = "";

  constructor(folder: string, args: readonly string[]) {
    this.folder = folder;
    const child = spawn("npm", ["start", "--", "--data-dir", folder, ...args], {
      cwd: root,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => {
        this.#output += chunk;
      });
    }
    this.group = child.pid ?? -1;
    this.exited = new Promise((resolve) => {
      child.once("error", () => resolve(null));
      child.once("close", (code) => resolve(code));
    });
  }

  /** Everything that was printed. */
  get output(): string {
    return this.#output;
  }

  /** Processes that live now. */
  get processes(): ProcessRow[] {
    return processesOf(this.group);
  }

  /** The one process whose command line fits. */
  process(pattern: RegExp): ProcessRow {
    const found = this.processes.filter(({ command }) => pattern.test(command));
    if (found.length !== 1) throw new Error(`${found.length} processes fit ${pattern}`);
    return found[0] as ProcessRow;
  }

  /** Resolves when the text was printed; rejects with the output when the command ends before. */
  async printed(text: string): Promise<void> {
    let hasEnded = false;
    void this.exited.then(() => {
      hasEnded = true;
    });
    await until(
      `"${text}" is printed`,
      () => {
        if (!this.#output.includes(text) && hasEnded) throw new Error(`it ended before "${text}":\n${this.#output}`);
        return this.#output.includes(text);
      },
      120_000,
    );
  }

  async file(): Promise<NetworkFile> {
    return JSON.parse(await readFile(join(this.folder, "network.json"), "utf8")) as NetworkFile;
  }

  async state(): Promise<NetworkState> {
    const answer = await fetch(`http://127.0.0.1:${(await this.file()).ports.platform}/api/network`);
    return (await answer.json()) as NetworkState;
  }

  /** Sends a signal to the whole group, as Ctrl-C in a terminal does. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.group, signal);
    } catch {
      // nobody is left
    }
  }

  /** Resolves when the process table holds nothing of it. */
  async gone(): Promise<void> {
    const names = () => this.processes.map(({ command }) => command.slice(0, 150)).join("\n");
    await until("no process is left", () => this.processes.length === 0).catch((error: Error) => {
      throw new Error(`${error.message}:\n${names()}`);
    });
  }
}
