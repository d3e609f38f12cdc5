import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyOf, type HttpRequest, readBody, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { NodeNet, startHttpHost } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, expect, it } from "vitest";
import { socketPathIn } from "./core-sockets.ts";
import { fromHandedOn, handOnTo } from "./handed-on.ts";

let folder: string;
let net: NodeNet;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-handed-"));
  net = new NodeNet({ connectionsPerPeer: 8, socketPathOf: socketPathIn(folder) });
});
afterAll(async () => {
  await net.stop();
  await rm(folder, { recursive: true, force: true });
});

const text = async (body: AsyncIterable<Uint8Array>) => new TextDecoder().decode(await readBody(body, 1_000_000));

function requestFrom(header: Record<string, string>, protocol: "h1" | "h2" = "h1"): HttpRequest {
  return {
    ...{ method: "POST", url: "https://orchestrator.test:8935/payment?a=b", header: new Headers(header) },
    ...{ body: bodyOf(utf8("a body")), signal: new AbortController().signal },
    peer: { address: "203.0.113.9", protocol },
  };
}

it("arrives as it came: who sent it, where to, its body; and the answer with its trailers goes back", async () => {
  const seen: { request: HttpRequest; body: string }[] = [];
  const host = await startHttpHost(
    { port: 0, socketPath: socketPathIn(folder)("books"), h2c: true },
    fromHandedOn(async (request) => {
      seen.push({ request, body: await text(request.body) });
      return {
        status: 201,
        header: new Headers({ "x-answer": "1" }),
        body: bodyOf(utf8("done")),
        trailer: () => new Headers({ "grpc-status": "7" }),
      };
    }),
    silentLogger,
  );
  try {
    const handler = handOnTo("books", net, silentLogger);
    const spoofed = { "x-handed-on-peer": "127.0.0.1", "x-handed-on-protocol": "h2", "x-handed-on-origin": "http://a" };
    const answer = await handler(requestFrom({ ...spoofed, "x-own": "2", connection: "keep-alive", te: "gzip" }));
    expect([answer.status, answer.header.get("x-answer"), await text(answer.body)]).toEqual([201, "1", "done"]);
    expect(answer.trailer?.().get("grpc-status")).toBe("7");
    await text((await handler(requestFrom({ te: "trailers" }, "h2"))).body);
    expect(seen.map(({ body }) => body)).toEqual(["a body", "a body"]);
    expect(seen.map(({ request: { method, url, peer } }) => ({ method, url, peer }))).toEqual(
      (["h1", "h2"] as const).map((protocol) => ({
        ...{ method: "POST", url: "https://orchestrator.test:8935/payment?a=b" },
        peer: { address: "203.0.113.9", protocol },
      })),
    );
    expect(seen[0]?.request.header.get("x-own")).toBe("2");
    expect([...(seen[0]?.request.header.keys() ?? [])].filter((name) => name.startsWith("x-handed"))).toEqual([]);
  } finally {
    await host.stop(0);
  }
});

it("is answered with 503 when nobody is there", async () => {
  const answer = await handOnTo("core7", net, silentLogger)(requestFrom({}));
  expect([answer.status, await text(answer.body)]).toEqual([503, expect.stringContaining("try again")]);
});
