import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAnvil } from "@livepeer-ts/protocol/adapters";
import { openChainSession, setIntervalMining } from "@livepeer-ts/protocol/deploy";
import { expect, test, vi } from "vitest";
import { root } from "./support/forge.ts";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a development chain listens on a free port and is gone after stop", async () => {
  const anvil = await startAnvil({ chainId: 1337, accounts: 2 });
  const session = await openChainSession({ rpcUrl: anvil.rpcUrl }, 1337);
  expect(await session.rpc("eth_accounts")).toHaveLength(2);
  expect(isAlive(anvil.pid)).toBe(true);
  await Promise.all([anvil.stop(), anvil.stop()]);
  await anvil.exited;
  expect(isAlive(anvil.pid)).toBe(false);
});

test("a taken port is reported as such", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  try {
    await expect(startAnvil({ port: address.port })).rejects.toMatchObject({
      code: "anvil_port_taken",
      details: { port: address.port },
    });
  } finally {
    server.close();
  }
});

test("a running chain is switched to whole seconds only", async () => {
  const anvil = await startAnvil();
  try {
    const session = await openChainSession({ rpcUrl: anvil.rpcUrl });
    await expect(setIntervalMining(session, 0.25)).rejects.toMatchObject({ code: "devnet_bad_interval" });
    await setIntervalMining(session, 600);
    expect(await session.rpc("anvil_getIntervalMining")).toBe(600);
  } finally {
    await anvil.stop();
  }
});

test("a long chain keeps the last states in memory, and nothing on disk", async () => {
  const home = await mkdtemp(join(tmpdir(), "livepeer-anvil-home-"));
  vi.stubEnv("HOME", home);
  const anvil = await startAnvil({ accounts: 2 });
  try {
    const session = await openChainSession({ rpcUrl: anvil.rpcUrl });
    const [from, to] = (await session.rpc("eth_accounts")) as [string, string];
    // a block may hold several transactions
    let head = 0;
    while (head < 600) {
      await session.rpc("eth_sendTransaction", [{ from, to, value: "0x1", gasPrice: "0x77359400" }]);
      head = Number(await session.rpc("eth_blockNumber"));
    }
    const balance = async (block: number) =>
      BigInt(String(await session.rpc("eth_getBalance", [to, `0x${block.toString(16)}`])));
    expect((await balance(head)) - (await balance(head - 200))).toBeGreaterThanOrEqual(200n);
    await expect(balance(head - 400)).rejects.toThrow();
    expect(await readdir(home, { recursive: true })).toEqual([]);
  } finally {
    await anvil.stop();
    vi.unstubAllEnvs();
    await rm(home, { recursive: true, force: true });
  }
});

test("the chain ends when the process that started it is killed", async () => {
  const program = `
    import { startAnvil } from "@livepeer-ts/protocol/adapters";
    const anvil = await startAnvil({ blockTimeSec: 0.25 });
    console.log(JSON.stringify({ pid: anvil.pid, rpcUrl: anvil.rpcUrl }));
    await anvil.exited;
  `;
  const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of parent.stdout) {
    output += String(chunk);
    if (output.includes("\n")) break;
  }
  const { pid } = JSON.parse(output) as { pid: number };
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 20 }).toBe(false);
}, 30_000);
