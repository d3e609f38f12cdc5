import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HttpHandler, HttpResponse } from "../ports/http.ts";
import { silentLogger } from "../ports/logger.ts";
import { bodyOf, readBody } from "../units/body.ts";
import { utf8 } from "../units/bytes.ts";
import { type HttpHost, startHttpHost } from "./http-host.ts";
import { NodeNet } from "./node-net.ts";
import { createSelfSignedCertificate } from "./self-signed-certificate.ts";

const never = new AbortController().signal;
const upgrading = new Headers({ connection: "Upgrade", upgrade: "websocket", "sec-websocket-key": "x" });
const text = (chunk: Uint8Array | undefined) => new TextDecoder().decode(chunk);

let net: NodeNet;
let host: HttpHost | undefined;
let ended = Promise.withResolvers<void>();

beforeEach(() => {
  net = new NodeNet();
  ended = Promise.withResolvers<void>();
});
afterEach(async () => {
  await net.stop();
  await host?.stop(0);
  host = undefined;
});

/** Switches, and sends everything back in capitals. */
const shouting: HttpHandler = async (request) => {
  return {
    status: 101,
    header: new Headers({ connection: "Upgrade", upgrade: "websocket", "x-seen": request.header.get("upgrade") ?? "" }),
    body: (async function* () {
      try {
        for await (const chunk of request.body) yield utf8(text(chunk).toUpperCase());
      } finally {
        ended.resolve();
      }
    })(),
  };
};

async function ask(
  handler: HttpHandler,
  isTls: boolean,
  body: AsyncIterable<Uint8Array>,
  signal = never,
): Promise<HttpResponse> {
  const tls = isTls ? { tls: await createSelfSignedCertificate("127.0.0.1") } : { h2c: true };
  host = await startHttpHost({ port: 0, ...tls }, handler, silentLogger);
  return net.request({ method: "GET", url: `${host.url}/socket`, header: upgrading, body, signal });
}

describe.each([
  ["in clear text", false],
  ["over TLS", true],
])("a request that goes on with another protocol, %s", (_name, isTls) => {
  it("is a way for bytes in both directions, until one side ends it", async () => {
    let say = (_word: string | undefined) => {};
    const words = (async function* () {
      for (;;) {
        const word = await new Promise<string | undefined>((resolve) => {
          say = resolve;
        });
        if (word === undefined) return;
        yield utf8(word);
      }
    })();
    const answer = await ask(shouting, isTls, words);
    expect([answer.status, answer.header.get("x-seen")]).toEqual([101, "websocket"]);
    const body = answer.body[Symbol.asyncIterator]();
    for (const word of ["hello", "again"]) {
      const heard = body.next();
      await new Promise((resolve) => setImmediate(resolve));
      say(word);
      expect(text((await heard).value)).toBe(word.toUpperCase());
    }
    say(undefined);
    expect((await body.next()).done).toBe(true);
  });

  it("may be refused like any other, with the refusal's own words", async () => {
    const refused = await ask(
      async () => ({ status: 403, header: new Headers({ "x-why": "no" }), body: bodyOf(utf8("not for you")) }),
      isTls,
      bodyOf(utf8("never sent")),
    );
    expect([refused.status, refused.header.get("x-why")]).toEqual([403, "no"]);
    expect(text(await readBody(refused.body, 1000))).toBe("not for you");
  });

  it("ends with its client", async () => {
    const leaving = new AbortController();
    const silent = (async function* () {
      await new Promise((resolve) => leaving.signal.addEventListener("abort", resolve));
      yield utf8("");
    })();
    const answer = await ask(shouting, isTls, silent, leaving.signal);
    const reading = readBody(answer.body, 1000).catch((error: unknown) => error);
    leaving.abort(new Error("left"));
    expect(await reading).toMatchObject({ message: "left" });
    await ended.promise;
  });
});

it("serves requests that offer other upgrades as the plain ones that they are", async () => {
  host = await startHttpHost(
    { port: 0 },
    async (request) => ({
      status: 200,
      header: new Headers({ "content-length": "5" }),
      body: request.body,
    }),
    silentLogger,
  );
  const socket = connect(host.port, "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\ncontent-length: 5\r\n\r\nhello");
  let received = "";
  for await (const chunk of socket) {
    received += String(chunk);
    if (received.endsWith("hello")) break;
  }
  expect(received).toMatch(/^HTTP\/1.1 200 OK/);
});
