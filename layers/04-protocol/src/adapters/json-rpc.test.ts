import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { afterEach, describe, expect, it } from "vitest";
import { JsonRpc } from "./json-rpc.ts";

type Answer = { readonly status?: number; readonly body: unknown };
const net = new NodeNet();
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A node that answers by a function of the method and counts. */
async function node(answer: (method: string) => Answer | "hang"): Promise<{ url: string; calls: string[] }> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += String(chunk);
    });
    request.on("end", () => {
      const { id, method } = JSON.parse(text) as { id: number; method: string };
      calls.push(method);
      const reply = answer(method);
      if (reply === "hang") return;
      response.writeHead(reply.status ?? 200, { "content-type": "application/json" });
      const body = reply.body;
      response.end(typeof body === "string" ? body : JSON.stringify({ jsonrpc: "2.0", id, ...(body as object) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/key/secret`, calls };
}

const rpcOver = (urls: string[], options: { timeoutMs?: number } = {}) =>
  new JsonRpc(
    { urls, retryDelayMs: 1, ...options },
    { net, clock: systemClock(), logger: silentLogger, metrics: noMetrics },
  );
const signal = new AbortController().signal;
const good = { body: { result: "0x1" } };

describe("JSON-RPC over several URLs", () => {
  it("asks the next URL when one is broken, and prefers the healthy one afterwards", async () => {
    const bad = await node(() => ({ status: 502, body: "<html>bad gateway</html>" }));
    const fine = await node(() => good);
    const rpc = rpcOver([bad.url, fine.url]);
    for (let i = 0; i < 10; i++) expect(await rpc.call("eth_chainId", [], signal)).toBe("0x1");
    expect(bad.calls).toHaveLength(1);
    expect(fine.calls).toHaveLength(10);
    expect(rpc.health().map(({ score }) => score > 0.9)).toEqual([false, true]);
    expect(JSON.stringify(rpc.health())).not.toContain("secret");
  });

  it("retries reads that failed for a moment, and sends a transaction once", async () => {
    let failures = 2;
    const flaky = await node(() =>
      failures-- > 0 ? { body: { error: { code: -32005, message: "rate limit" } } } : good,
    );
    const rpc = rpcOver([flaky.url]);
    expect(await rpc.call("eth_blockNumber", [], signal)).toBe("0x1");
    expect(flaky.calls).toHaveLength(3);
    failures = 1;
    await expect(rpc.call("eth_sendRawTransaction", ["0x"], signal)).rejects.toMatchObject({ retryable: true });
    expect(flaky.calls).toHaveLength(4);
  });

  it("passes a refusal on at once, with code and revert data", async () => {
    const error = { code: 3, message: "execution reverted: timeout reached", data: "0x08c379a0" };
    const strict = await node(() => ({ body: { error } }));
    await expect(rpcOver([strict.url]).call("eth_call", [], signal)).rejects.toMatchObject({
      code: "rpc_error",
      retryable: false,
      details: { rpcCode: 3, data: "0x08c379a0" },
    });
    expect(strict.calls).toHaveLength(1);
  });

  it("gives a silent node up after the deadline", async () => {
    const silent = await node(() => "hang");
    const fine = await node(() => good);
    expect(await rpcOver([silent.url, fine.url], { timeoutMs: 50 }).call("eth_chainId", [], signal)).toBe("0x1");
  });

  it("stops when the caller does", async () => {
    const silent = await node(() => "hang");
    const controller = new AbortController();
    const call = rpcOver([silent.url]).call("eth_chainId", [], controller.signal);
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
  });

  it("refuses to start without a usable URL, and never prints one", () => {
    expect(() => rpcOver([])).toThrow(/-ethUrl/);
    expect(() => rpcOver(["ftp://user:secret@host"])).toThrow(/^(?!.*secret)/);
  });
});
