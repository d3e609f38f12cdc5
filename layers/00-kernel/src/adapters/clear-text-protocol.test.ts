import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpResponse } from "../ports/http.ts";
import { silentLogger } from "../ports/logger.ts";
import { readBody } from "../units/body.ts";
import { type HttpHost, startHttpHost } from "./http-host.ts";
import { NodeNet } from "./node-net.ts";

let host: HttpHost;
const net = new NodeNet();
afterEach(() => host.stop(0));

const text = async (answer: HttpResponse) => new TextDecoder().decode(await readBody(answer.body, 10_000_000));

async function serve(h2c: boolean): Promise<void> {
  host = await startHttpHost(
    { port: 0, h2c },
    async (request) => ({
      status: 200,
      header: new Headers({ "x-protocol": request.peer.protocol, "x-url": request.url }),
      body: request.body,
      trailer: () => new Headers({ "x-end": "yes" }),
    }),
    silentLogger,
  );
}

function ask(protocol: "h1" | "h2", body: Uint8Array): Promise<HttpResponse> {
  const url = `${host.url}/a?b=c`;
  return net.request({
    method: "POST",
    url,
    header: new Headers(),
    signal: AbortSignal.timeout(30_000),
    protocol,
    body,
  });
}

/** What comes back for raw bytes that arrive one by one. */
async function dribble(bytes: string): Promise<string> {
  const socket = connect(host.port, "127.0.0.1").setNoDelay(true);
  await once(socket, "connect");
  let answer = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    answer += chunk;
  });
  for (const byte of bytes) await new Promise<void>((resolve) => socket.write(byte, "latin1", () => resolve()));
  await once(socket, "close");
  return answer;
}

describe("a clear-text port with HTTP/2", () => {
  it("answers HTTP/1.1 and HTTP/2 on one port, with bodies larger than a window and trailers", async () => {
    await serve(true);
    const body = new Uint8Array(3_000_000).fill(65);
    for (const protocol of ["h1", "h2", "h2", "h1"] as const) {
      const answer = await ask(protocol, body);
      expect([answer.status, answer.header.get("x-protocol"), answer.header.get("x-url")]).toEqual([
        200,
        protocol,
        `http://127.0.0.1:${host.port}/a?b=c`,
      ]);
      expect(await text(answer)).toBe("A".repeat(body.length));
      expect(answer.trailer?.().get("x-end")).toBe("yes");
    }
  });

  it("tells them apart when the first bytes come one by one", async () => {
    await serve(true);
    const http1 = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    expect(await dribble(http1)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await dribble(`P${http1.replace("GET", "ROPFIND")}`)).toMatch(/^HTTP\/1\.1 200 /);
    // a connection preface, settings, and a goaway: the answer is HTTP/2 frames
    const frames = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\b\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";
    expect(await dribble(frames)).toMatch(/^\0\0.\x04\0/s);
  });

  it("stays HTTP/1.1 alone where nobody asked for more", async () => {
    await serve(false);
    expect(await text(await ask("h1", new Uint8Array([66])))).toBe("B");
    await expect(ask("h2", new Uint8Array(1))).rejects.toMatchObject({ code: "net_reset" });
  });
});
