import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../node/src/main.ts", import.meta.url));
/** A node with an engine that encodes nothing. */
export const remuxNode = fileURLToPath(new URL("remux-node.ts", import.meta.url));

/** A program that has ended. */
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A node as its own process, ready for work. */
export class NodeProcess {
  readonly facts: Readonly<Record<string, string | number>>;
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #log: { text: string };

  private constructor(
    child: ChildProcess,
    log: { text: string },
    facts: NodeProcess["facts"],
    ended: Promise<number | null>,
  ) {
    this.#child = child;
    this.#log = log;
    this.facts = facts;
    this.ended = ended;
  }

  /** Rejects with the log when it ends before it is ready. */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program = main,
  ): Promise<NodeProcess> {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, ...env },
    });
    const log = { text: "" };
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log.text += text;
    });
    const ended = once(child, "close").then(([code]) => code as number | null);
    const first = await Promise.race([once(child, "message"), ended.then(() => undefined)]);
    if (first === undefined) throw new Error(`the node ended:\n${log.text}`);
    return new NodeProcess(child, log, (first[0] as { facts: NodeProcess["facts"] }).facts, ended);
  }

  get log(): string {
    return this.#log.text;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get adminPort(): number {
    return Number(this.facts["adminPort"]);
  }

  /** A call of its admin port. */
  async call(method: "GET" | "POST", path: string, params: Readonly<Record<string, string>> = {}) {
    const form = new URLSearchParams(params);
    const url = `http://127.0.0.1:${this.adminPort}${path}`;
    const answer = await fetch(method === "GET" && form.size > 0 ? `${url}?${form}` : url, {
      method,
      ...(method === "POST" ? { body: form } : {}),
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { status: answer.status, header: answer.headers, bytes, text: new TextDecoder().decode(bytes) };
  }

  /** Asks it to end; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.ended;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Runs `livepeer_cli` with what a person types. */
export async function runCli(
  args: readonly string[],
  input = "",
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, "cli", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const out = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      out[name] += text;
    });
  }
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...out };
}
