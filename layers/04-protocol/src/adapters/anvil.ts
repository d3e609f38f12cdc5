import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { LpError } from "@livepeer-ts/kernel";

export type AnvilOptions = {
  /** TCP port on 127.0.0.1. Default: any free one. */
  readonly port?: number;
  /** Seconds between blocks, fractions allowed. Transactions are mined then and only then. Absent: at once. */
  readonly blockTimeSec?: number;
  /** Also mine at once on every transaction, beside `blockTimeSec`. Never under nodes that wait for receipts. */
  readonly mixedMining?: boolean;
  /** Default 31337. Ids of Arbitrum make anvil add a block field that Go nodes cannot read. */
  readonly chainId?: number;
  /** Number of the first block. Default 0. */
  readonly firstBlock?: number;
  /** Accounts funded in the first block come from this phrase. Default: anvil's usual test phrase. */
  readonly mnemonic?: string;
  /** Number of funded accounts. Default 20. */
  readonly accounts?: number;
  /** Ether of each. Default 10000. */
  readonly balanceEther?: number;
  /** File the chain is loaded from and written to when it stops. */
  readonly statePath?: string;
  /** Seconds between writes of the state file while running. Default 5. */
  readonly stateIntervalSec?: number;
  /** How long the start may take, ms. Default 20000. */
  readonly startTimeoutMs?: number;
  /** How long a stop may take before the process is killed, ms. Default 5000. */
  readonly stopTimeoutMs?: number;
};

/** A running development chain. */
export type Anvil = {
  /** `http://127.0.0.1:<port>`; WebSocket on the same port. */
  readonly rpcUrl: string;
  readonly port: number;
  /** Process id of anvil itself. */
  readonly pid: number;
  /** Resolves when the process is gone, with its exit code (null after a signal). */
  readonly exited: Promise<number | null>;
  /** Ends the process and waits until it is gone; may be called again. */
  stop(): Promise<void>;
};

// The shell becomes anvil, so the child's id is anvil's. Beside it a subshell reads the pipe from this process: when
// this process dies without a word, the pipe closes and anvil is ended. A line says that nothing is to be done.
const guard = 'exec 3<&0; ( read -r line <&3 || kill -TERM $$ ) >/dev/null 2>&1 & exec "$0" "$@" </dev/null 3<&-';
const keptOutputChars = 4096;
/** States of past blocks that can be read, at most; older ones would go to files in the user's home that nobody takes away. */
const keptStates = 256;

/** Path of the anvil binary that the package for this platform brings. Throws `anvil_missing`. */
export function anvilBinary(): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`;
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin/anvil");
    if (existsSync(path)) return path;
  } catch {
    // reported below, like a package without the file
  }
  throw new LpError({
    code: "anvil_missing",
    message: `the development chain is not installed for this platform (package ${name}): run npm install`,
    details: { package: name },
  });
}

/** Starts anvil and waits until it answers. Rejects with `anvil_missing`, `anvil_port_taken` or `anvil_failed`. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const child = spawn("/bin/sh", ["-c", guard, anvilBinary(), ...anvilArguments(options)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  // The far end may be gone when the last line is written to it.
  child.stdin.on("error", () => {});
  const exited = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", (code) => {
      child.stdin.end("done\n");
      resolve(code);
    });
  });
  const stop = stopper(child, exited, options.stopTimeoutMs ?? 5_000);
  try {
    const port = await listeningPort(child, exited, options);
    const rpcUrl = `http://127.0.0.1:${port}`;
    // One line per call would be written to our pipe for as long as the chain lives.
    await rpc(rpcUrl, "anvil_setLoggingEnabled", [false]);
    return { rpcUrl, port, pid: child.pid as number, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function anvilArguments(options: AnvilOptions): string[] {
  const args = ["--host", "127.0.0.1", "--port", String(options.port ?? 0)];
  args.push("--chain-id", String(options.chainId ?? 31337));
  args.push("--accounts", String(options.accounts ?? 20), "--balance", String(options.balanceEther ?? 10_000));
  // One slot per epoch keeps "finalized" close to the head; without a minimum tip the gas price is the base fee.
  args.push("--slots-in-an-epoch", "1", "--disable-min-priority-fee");
  args.push("--prune-history", String(keptStates));
  if (options.firstBlock !== undefined) args.push("--number", String(options.firstBlock));
  if (options.mnemonic !== undefined) args.push("--mnemonic", options.mnemonic);
  if (options.blockTimeSec !== undefined) args.push("--block-time", String(options.blockTimeSec));
  if (options.mixedMining === true) args.push("--mixed-mining");
  if (options.statePath !== undefined) {
    args.push("--state", options.statePath, "--state-interval", String(options.stateIntervalSec ?? 5));
  }
  return args;
}

function listeningPort(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  exited: Promise<number | null>,
  options: AnvilOptions,
): Promise<number> {
  const timeoutMs = options.startTimeoutMs ?? 20_000;
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (why: string) => reject(startFailure(why, output, options.port));
    const timer = setTimeout(() => fail(`it was not ready after ${timeoutMs} ms`), timeoutMs);
    const onData = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-keptOutputChars);
      const found = /Listening on 127\.0\.0\.1:(\d+)/.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      child.stdout.off("data", onData);
      child.stderr.off("data", onData);
      // Both pipes must keep flowing, or a full one would stop the chain.
      child.stdout.resume();
      child.stderr.resume();
      resolve(Number(found[1]));
    };
    child.stdout.on("data", onData);
    child.stderr.on("data", onData);
    child.once("error", (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    void exited.then((code) => {
      clearTimeout(timer);
      fail(`it ended with code ${code}`);
    });
  });
}

function startFailure(why: string, output: string, port: number | undefined): LpError {
  const last = output.trim().split("\n").slice(-6).join(" ").replace(/\s+/g, " ");
  if (port !== undefined && /address (already )?in use|AddrInUse|os error (98|48)/i.test(output)) {
    return new LpError({
      code: "anvil_port_taken",
      message: `the development chain cannot listen on port ${port}, something else does: stop that, or choose another port`,
      details: { port },
    });
  }
  return new LpError({
    code: "anvil_failed",
    message: `the development chain did not start: ${why}${last === "" ? "" : `; it said: ${last}`}`,
    details: { output: last },
  });
}

function stopper(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  exited: Promise<number | null>,
  timeoutMs: number,
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= (async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      await exited;
      clearTimeout(timer);
    })();
    return stopping;
  };
}

async function rpc(url: string, method: string, params: readonly unknown[]): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  await response.arrayBuffer();
}
