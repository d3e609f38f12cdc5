import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";

/** Gives the answer of a method another form; what it returns is what the caller sees. */
export type Rewrite = (method: string, result: unknown) => unknown;

/** A JSON-RPC front that makes a development chain answer like another kind of node. */
export class RewritingFront {
  readonly rpcUrl: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.rpcUrl = `http://127.0.0.1:${port}`;
  }

  static async start(nodeUrl: string, rewrite: Rewrite): Promise<RewritingFront> {
    const server = createServer((request, response) => {
      void answer(request, nodeUrl, rewrite).then(
        (body) => response.setHeader("content-type", "application/json").end(body),
        (error: unknown) => response.writeHead(502).end(String(error)),
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the front has no port");
    return new RewritingFront(server, address.port);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Makes blocks name the block of L1 they belong to, as an Arbitrum node's do. */
export function withL1Number(l1Block: () => bigint): Rewrite {
  return (method, result) =>
    method.startsWith("eth_getBlockBy") && typeof result === "object" && result !== null
      ? { ...result, l1BlockNumber: `0x${l1Block().toString(16)}` }
      : result;
}

async function answer(request: IncomingMessage, nodeUrl: string, rewrite: Rewrite): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const { method } = JSON.parse(body) as { readonly method: string };
  const headers = { "content-type": "application/json" };
  const response = await fetch(nodeUrl, { method: "POST", headers, body });
  const found = (await response.json()) as { readonly result?: unknown };
  return JSON.stringify("result" in found ? { ...found, result: rewrite(method, found.result) } : found);
}
