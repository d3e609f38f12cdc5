// What our commands share. Plain JavaScript: it starts on Node 20 and hands over to Node 24, which runs the sources as they are.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const bootstrap = fileURLToPath(new URL("../../scripts/bootstrap.mjs", import.meta.url));
const main = "node/src/main.ts";

/** Runs the program with these arguments as this process would: its signals, its exit code. */
export function run(args) {
  const child = spawn(process.execPath, [bootstrap, main, ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0);
  });
}
