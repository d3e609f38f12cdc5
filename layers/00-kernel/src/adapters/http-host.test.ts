import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from "vitest";
import type { HttpHandler, HttpRequest, HttpResponse } from "../ports/http.ts";
import { silentLogger } from "../ports/logger.ts";
import { bodyOf, readBody } from "../units/body.ts";
import { utf8 } from "../units/bytes.ts";
import { type HttpHost, startHttpHost } from "./http-host.ts";
import { NodeNet } from "./node-net.ts";
import { createSelfSignedCertificate } from "./self-signed-certificate.ts";

const never = new AbortController().signal;
const text = async (answer: HttpResponse) => new TextDecoder().decode(await readBody(answer.body, 1_000_000));
const answerOf = (body: string, more: Partial<HttpResponse> = {}): HttpResponse => ({
  status: 200,
  header: new Headers({ "content-type": "text/plain" }),
  body: bodyOf(utf8(body)),
  ...more,
});

let tls: { key: string; cert: string };
let net: NodeNet;
const hosts: HttpHost[] = [];
const errors: string[] = [];

beforeAll(async () => {
  tls = await createSelfSignedCertificate("127.0.0.1");
  net = new NodeNet();
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop(0);
  errors.length = 0;
});
afterAll(() => net.stop());

async function serve(handler: HttpHandler, options: Partial<Parameters<typeof startHttpHost>[0]> = {}) {
  const logger = { ...silentLogger, error: (message: string) => errors.push(message) };
  const host = await startHttpHost({ port: 0, tls, ...options }, handler, logger);
  hosts.push(host);
  return host;
}

const request = (host: HttpHost, protocol: "h1" | "h2", more: Partial<Parameters<NodeNet["request"]>[0]> = {}) =>
  net.request({ method: "GET", url: `${host.url}/a?b=c`, header: new Headers(), signal: never, protocol, ...more });

test.each(["h1", "h2"] as const)(
  "compressed bodies are refused before anybody reads them, over %s",
  async (protocol) => {
    let calls = 0;
    const host = await serve(async () => {
      calls++;
      return answerOf("read");
    });
    const body = gzipSync(new Uint8Array(10_000_000));
    for (const encoding of ["gzip", "deflate", "br", "identity, gzip"]) {
      const header = new Headers({ "content-encoding": encoding });
      const answer = await request(host, protocol, { method: "POST", header, body });
      expect([answer.status, await text(answer)]).toEqual([
        415,
        '{"errors":["the body is encoded, and only plain ones are read: send it without Content-Encoding"]}',
      ]);
    }
    expect(calls).toBe(0);
    const header = new Headers({ "content-encoding": "identity" });
    expect(await text(await request(host, protocol, { method: "POST", header, body }))).toBe("read");
  },
);

test("trailers arrive also when the body was not read to its end", async () => {
  const host = await serve(async (incoming) => {
    for await (const _ of incoming.body) break;
    return answerOf("", { trailer: () => new Headers({ "grpc-status": "3" }) });
  });
  const answer = await request(host, "h2", { method: "POST", body: utf8("a frame that is no message") });
  await text(answer);
  expect(answer.trailer?.().get("grpc-status")).toBe("3");
});

test("a host or path that is no part of a URL is refused, and is no failure of the node", async () => {
  let calls = 0;
  const host = await serve(
    async () => {
      calls++;
      return answerOf("");
    },
    { tls: undefined } as never,
  );
  const socket = connectTcp(host.port, "127.0.0.1");
  socket.end("GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
  let seen = "";
  for await (const chunk of socket) seen += String(chunk);
  expect([seen.split("\r\n")[0], calls, errors]).toEqual(["HTTP/1.1 400 Bad Request", 0, []]);
});

test("who says nothing, or stops within a head, is not waited for", async () => {
  const host = await serve(async () => answerOf("fine"), { helloMs: 100 });
  const clear = await serve(async () => answerOf("fine"), { helloMs: 100, tls: undefined, h2c: true } as never);
  const gone = async (port: number, bytes: string) => {
    const socket = connectTcp(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    if (bytes !== "") socket.write(bytes);
    await once(socket, "close");
  };
  await Promise.all([gone(host.port, ""), gone(clear.port, ""), gone(clear.port, "GET / HTTP/1.1\r\nHo")]);
  expect((await request(host, "h1")).status).toBe(200);
});

test("bodies beyond what may be held are refused with 503, and requests of others are served", async () => {
  const bodies = { totalBytes: 8 * 1024 ** 2, perPeerBytes: 4 * 1024 ** 2 };
  const held: number[] = [];
  const host = await serve(
    async (incoming) => {
      const body = await readBody(incoming.body, 300_000_000);
      held.push(body.length);
      return answerOf(String(body.length));
    },
    { bodies },
  );
  const claims = Array.from({ length: 40 }, () => {
    const socket = connectTls({ port: host.port, host: "127.0.0.1", rejectUnauthorized: false });
    socket.on("error", () => {});
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000000\r\n\r\n");
    socket.write(new Uint8Array(1024 ** 2));
    return socket;
  });
  // three of them fit; every further one is told so
  let refused = 0;
  await new Promise<void>((resolve) => {
    for (const socket of claims) {
      socket.once("data", (chunk: Buffer) => {
        expect(String(chunk)).toMatch(/^HTTP\/1\.1 503/);
        if (++refused === claims.length - 3) resolve();
      });
    }
  });
  const other = connectTls({
    port: host.port,
    host: "127.0.0.1",
    localAddress: "127.0.0.2",
    rejectUnauthorized: false,
  } as ConnectionOptions);
  other.end("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nvalid");
  let seen = "";
  for await (const chunk of other) seen += String(chunk);
  expect([seen.split("\r\n")[0], held]).toEqual(["HTTP/1.1 200 OK", [5]]);
  for (const socket of claims) socket.destroy();
});

describe("one TLS port", () => {
  it("answers HTTP/1.1 and HTTP/2 with the same handler", async () => {
    const seen: HttpRequest[] = [];
    const host = await serve(async (incoming) => {
      seen.push(incoming);
      const body = await readBody(incoming.body, 100);
      return answerOf(`${incoming.method} ${new TextDecoder().decode(body)}`, { status: 201 });
    });
    for (const protocol of ["h1", "h2"] as const) {
      const header = new Headers({ "x-two": "1" });
      header.append("x-two", "2");
      const answer = await request(host, protocol, { method: "POST", body: utf8("hello"), header });
      expect([answer.status, answer.header.get("content-type"), await text(answer)]).toEqual([
        201,
        "text/plain",
        "POST hello",
      ]);
    }
    expect(seen.map(({ peer }) => peer)).toEqual([
      { address: "127.0.0.1", protocol: "h1" },
      { address: "127.0.0.1", protocol: "h2" },
    ]);
    for (const { url, header } of seen) {
      expect(url).toBe(`${host.url}/a?b=c`);
      expect(header.get("x-two")).toBe("1, 2");
      expect([...header.keys()].some((name) => name.startsWith(":"))).toBe(false);
    }
  });

  it("carries a gRPC exchange: answers while the request still comes, status in the trailers", async () => {
    const host = await serve(async (incoming) => {
      async function* echo() {
        for await (const chunk of incoming.body) yield chunk;
      }
      return answerOf("", {
        header: new Headers({ "content-type": "application/grpc" }),
        body: echo(),
        trailer: () => new Headers({ "grpc-status": "12", "grpc-message": "unknown method" }),
      });
    });
    let sendNext = () => {};
    async function* messages() {
      yield utf8("one");
      await new Promise<void>((resolve) => {
        sendNext = resolve;
      });
      yield utf8("two");
    }
    const header = new Headers({ "content-type": "application/grpc" });
    const answer = await request(host, "h2", { method: "POST", header, body: messages() });
    const got: string[] = [];
    for await (const chunk of answer.body) {
      got.push(new TextDecoder().decode(chunk));
      sendNext();
    }
    expect(got.join(" ")).toBe("one two");
    expect(answer.trailer?.().get("grpc-status")).toBe("12");
    expect(answer.trailer?.().get("grpc-message")).toBe("unknown method");
  });

  it("sends trailers over HTTP/1.1, too", async () => {
    const header = new Headers({ trailer: "x-receipt" });
    const host = await serve(async () =>
      answerOf("done", { header, trailer: () => new Headers({ "x-receipt": "1" }) }),
    );
    const answer = await request(host, "h1");
    expect(await text(answer)).toBe("done");
    expect(answer.trailer?.().get("x-receipt")).toBe("1");
  });

  it("sends the head before the body is there", async () => {
    for (const protocol of ["h1", "h2"] as const) {
      let finish = () => {};
      const host = await serve(async () => {
        async function* late() {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          yield utf8("late");
        }
        return answerOf("", { body: late() });
      });
      const answer = await request(host, protocol);
      expect(answer.status).toBe(200);
      finish();
      expect(await text(answer)).toBe("late");
    }
  });

  it("answers HEAD and bodiless statuses without a body", async () => {
    const host = await serve(async ({ method }) =>
      method === "HEAD" ? answerOf("hidden") : answerOf("", { status: 204 }),
    );
    for (const protocol of ["h1", "h2"] as const) {
      const head = await request(host, protocol, { method: "HEAD" });
      expect([head.status, await text(head)]).toEqual([200, ""]);
      const empty = await request(host, protocol);
      expect([empty.status, await text(empty)]).toEqual([204, ""]);
    }
  });

  it("tells whoever gives a body that nobody takes it", async () => {
    let ended = 0;
    const end = async () => {
      ended++;
      return { done: true as const, value: undefined };
    };
    const body = { [Symbol.asyncIterator]: () => ({ next: end, return: end }) };
    const host = await serve(async ({ method }) => answerOf("", { status: method === "HEAD" ? 200 : 204, body }));
    for (const protocol of ["h1", "h2"] as const) {
      for (const method of ["HEAD", "GET"]) {
        ended = 0;
        await text(await request(host, protocol, { method }));
        expect([protocol, method, ended]).toEqual([protocol, method, 1]);
      }
    }
  });
});

describe("a request body", () => {
  it("above the handler's limit is refused with an answer that arrives, and the port goes on", async () => {
    const host = await serve(async (incoming) => {
      try {
        return answerOf(String((await readBody(incoming.body, 1000)).length));
      } catch (error) {
        return answerOf((error as Error).message, { status: 413 });
      }
    });
    for (const protocol of ["h1", "h2"] as const) {
      const large = await request(host, protocol, { method: "POST", body: new Uint8Array(200_000) });
      expect([large.status, await text(large)]).toEqual([413, expect.stringContaining("larger than 1000 bytes")]);
      const small = await request(host, protocol, { method: "POST", body: new Uint8Array(1000) });
      expect([small.status, await text(small)]).toEqual([200, "1000"]);
    }
  });

  it("that a client writes to its end before it reads is refused with an answer that arrives", async () => {
    const host = await startHttpHost(
      { port: 0 },
      async (incoming) => {
        const error = await readBody(incoming.body, 1000).catch((reason: Error) => reason);
        return answerOf((error as Error).message, { status: 413 });
      },
      silentLogger,
    );
    hosts.push(host);
    const length = 32 * 1024 * 1024;
    const socket = connectTcp(host.port, "127.0.0.1");
    socket.pause();
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.write(Buffer.alloc(length), (error) => (error == null ? resolve() : reject(error)));
    });
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 413 .*larger than 1000 bytes/s);
  });

  it("that the client breaks off ends the reading with an error and the request's signal", async () => {
    for (const protocol of ["h1", "h2"] as const) {
      const outcome = Promise.withResolvers<{ error: unknown; aborted: boolean }>();
      const started = Promise.withResolvers<void>();
      const host = await serve(async (incoming) => {
        try {
          for await (const _ of incoming.body) started.resolve();
        } catch (error) {
          if (!incoming.signal.aborted) await once(incoming.signal, "abort");
          outcome.resolve({ error, aborted: incoming.signal.aborted });
        }
        return answerOf("");
      });
      const stop = new AbortController();
      async function* endless() {
        yield new Uint8Array(100);
        await new Promise<void>(() => {});
      }
      const sent = request(host, protocol, { method: "POST", body: endless(), signal: stop.signal });
      sent.catch(() => {});
      await started.promise;
      stop.abort(new Error("changed my mind"));
      await expect(sent).rejects.toThrow("changed my mind");
      expect(await outcome.promise).toMatchObject({ aborted: true });
      expect(errors).toEqual([]);
    }
  });
});

describe("failures", () => {
  it("of a handler are answered with 500, logged, and tell the peer nothing about the inside", async () => {
    const host = await serve(() => Promise.reject(new Error("secret detail")));
    for (const protocol of ["h1", "h2"] as const) {
      const answer = await request(host, protocol);
      const body = await text(answer);
      expect([answer.status, body]).toEqual([500, expect.stringContaining("internal server error")]);
      expect(body).not.toContain("secret");
    }
    expect(errors).toEqual(["request failed", "request failed"]);
  });

  it("in the middle of a body break the answer off, so that it is not taken for complete", async () => {
    const host = await serve(async () => {
      async function* broken() {
        yield utf8("half");
        throw new Error("disk gone");
      }
      return answerOf("", { body: broken() });
    });
    for (const protocol of ["h1", "h2"] as const) {
      const answer = await request(host, protocol);
      await expect(text(answer)).rejects.toMatchObject({ code: "net_reset" });
    }
  });

  it("of the client while an answer goes out stop the body and are no error of ours", async () => {
    for (const protocol of ["h1", "h2"] as const) {
      const closed = Promise.withResolvers<void>();
      const host = await serve(async (incoming) => {
        async function* endless() {
          try {
            for (;;) {
              yield new Uint8Array(65_536);
              await new Promise<void>((resolve) => setImmediate(resolve));
            }
          } finally {
            closed.resolve();
          }
        }
        incoming.signal.addEventListener("abort", () => {});
        return answerOf("", { body: endless() });
      });
      const stop = new AbortController();
      const answer = await request(host, protocol, { signal: stop.signal });
      await answer.body[Symbol.asyncIterator]().next();
      stop.abort(new Error("seen enough"));
      await closed.promise;
    }
    expect(errors).toEqual([]);
  });
});

describe("the port", () => {
  it("in use is reported with its number and what to do", async () => {
    const host = await serve(async () => answerOf("first"));
    await expect(
      startHttpHost({ port: host.port }, async () => answerOf("second"), silentLogger),
    ).rejects.toMatchObject({
      code: "port_in_use",
      message: `port ${host.port} on 127.0.0.1 is already in use: stop the other program or choose another port`,
    });
  });

  it("refuses request headers above its limit", async () => {
    const host = await serve(async () => answerOf("ok"), { maxHeaderBytes: 16_384 });
    const header = new Headers({ "x-large": "x".repeat(20_000) });
    const h1 = await request(host, "h1", { header }).then(
      ({ status }) => status,
      () => "reset",
    );
    expect(["reset", 431]).toContain(h1);
    const answer = await request(host, "h1", { header: new Headers({ "x-large": "x".repeat(10_000) }) });
    expect(await text(answer)).toBe("ok");
  });

  it("stops although connections are open: idle ones at once, an answer in progress may end", async () => {
    const arrived = Promise.withResolvers<void>();
    let finish = () => {};
    const host = await serve(async ({ url }) => {
      if (!url.endsWith("/slow")) return answerOf("quick");
      arrived.resolve();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return answerOf("slow");
    });
    for (const protocol of ["h1", "h2"] as const) await text(await request(host, protocol)); // both stay open
    const silent: Socket = connectTcp(host.port, "127.0.0.1");
    await once(silent, "connect");
    const slow = request(host, "h1", { url: `${host.url}/slow` });
    await arrived.promise;
    const stopping = host.stop(60_000);
    finish();
    expect(await text(await slow)).toBe("slow");
    silent.destroy();
    await stopping;
    await expect(request(host, "h1")).rejects.toMatchObject({ code: "net_dial" });
  });

  it("stops without those who do not end within the grace", async () => {
    const arrived = Promise.withResolvers<void>();
    const host = await serve(async () => {
      arrived.resolve();
      return new Promise<HttpResponse>(() => {});
    });
    const stuck = request(host, "h2");
    stuck.catch(() => {});
    await arrived.promise;
    await host.stop(1);
    await expect(stuck).rejects.toMatchObject({ code: "net_reset" });
  });

  it("speaks HTTP/1.1 in clear text without a certificate", async () => {
    const host = await startHttpHost({ port: 0 }, async ({ url }) => answerOf(url), silentLogger);
    hosts.push(host);
    expect(await text(await request(host, "h1"))).toBe(`http://127.0.0.1:${host.port}/a?b=c`);
  });

  it("notices on a clear-text port that an HTTP/2 peer is gone", async () => {
    const gone = Promise.withResolvers<void>();
    const host = await serve(
      async ({ signal }) => {
        signal.addEventListener("abort", () => gone.resolve());
        async function* body() {
          yield utf8("first");
          await gone.promise;
        }
        return { status: 200, header: new Headers(), body: body() };
      },
      { tls: undefined, h2c: true } as never,
    );
    const session = connectHttp2(`http://127.0.0.1:${host.port}`);
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    await once(stream, "response");
    session.destroy();
    await gone.promise;
  });

  it("offers HTTP/2 peers windows that hold a whole segment", async () => {
    const host = await serve(async () => answerOf("ok"));
    const session = connectHttp2(host.url, { rejectUnauthorized: false });
    const [settings] = (await once(session, "remoteSettings")) as [{ initialWindowSize: number; maxFrameSize: number }];
    expect(settings.initialWindowSize).toBe(16 * 1024 * 1024);
    expect(settings.maxFrameSize).toBe(1024 * 1024);
    const stream = session.request({ ":path": "/" });
    stream.resume();
    await once(stream, "close");
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    expect(session.state.remoteWindowSize).toBeGreaterThanOrEqual(64 * 1024 * 1024);
    session.destroy();
  });
});
