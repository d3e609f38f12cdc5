import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../supervisor/free-port.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-monitoring-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a gateway as its own process and hands over its metrics page and its log. */
async function observeGateway(env: NodeJS.ProcessEnv): Promise<{ page: string; log: string }> {
  const ports = { http: await freePort(), rtmp: await freePort() };
  const child = fork(
    join(import.meta.dirname, "..", "main.ts"),
    [
      ...["-gateway", "-network", "offchain", "-dataDir", folder, "-orchAddr", "127.0.0.1:1"],
      ...["-httpAddr", `127.0.0.1:${ports.http}`, "-rtmpAddr", `127.0.0.1:${ports.rtmp}`],
      ...["-monitor", "-cliAddr", "127.0.0.1:0"],
    ],
    { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const gone = once(child, "exit");
  try {
    const ready = await Promise.race([
      once(child, "message").then(([message]) => message as { facts: { adminPort: number } }),
      gone.then(() => Promise.reject(new Error(`the gateway ended: ${log}`))),
    ]);
    const answer = await fetch(`http://127.0.0.1:${ready.facts.adminPort}/metrics`);
    return { page: await answer.text(), log };
  } finally {
    child.kill("SIGTERM");
    await gone;
  }
}

describe("a monitored node", () => {
  it("says in its metrics and its log that the native signature code is at work, and how late the event loop is", async () => {
    const { page, log } = await observeGateway({ LIVEPEER_SECP256K1: "" });
    expect(page).toMatch(/^livepeer_secp256k1_backend\{backend="native",node_id="[^"]+",node_type="bctr"\} 1$/m);
    expect(page).toMatch(/^livepeer_event_loop_delay_p99_seconds\{[^}]+\} \d/m);
    expect(page).toMatch(/^livepeer_process_memory_bytes\{kind="rss",[^}]+\} \d{7,}$/m);
    expect(log).toMatch(/INFO +signature back end .*secp256k1=native/);
    expect(log).not.toContain("four times slower");
  });

  it("warns when it runs on WebAssembly", async () => {
    const { page, log } = await observeGateway({ LIVEPEER_SECP256K1: "wasm" });
    expect(page).toMatch(/^livepeer_secp256k1_backend\{backend="wasm",[^}]+\} 1$/m);
    expect(log).toMatch(/WARN +the native secp256k1 is not in use/);
  });
});
