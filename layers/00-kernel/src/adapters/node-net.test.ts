import { once } from "node:events";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../ports/logger.ts";
import { readBody } from "../units/body.ts";
import { startHttpHost } from "./http-host.ts";
import { NodeNet, type NodeNetOptions } from "./node-net.ts";
import { createSelfSignedCertificate } from "./self-signed-certificate.ts";

const protocols = ["h1", "h2"] as const;
const never = new AbortController().signal;
let tls: { key: string; cert: string };
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  tls = await createSelfSignedCertificate("127.0.0.1");
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function network(options: NodeNetOptions = {}): NodeNet {
  const net = new NodeNet(options);
  stops.push(() => net.stop());
  return net;
}

function get(net: NodeNet, url: string, protocol: "h1" | "h2", signal: AbortSignal = never) {
  return net.request({ method: "GET", url, header: new Headers(), signal, protocol });
}

/** A TCP port that does with connections what it is told. */
async function tcp(onConnection: Parameters<typeof createServer>[1]): Promise<{ url: string; server: Server }> {
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection?.(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

/** An HTTP/2 server that counts its connections and answers when it is told. */
async function counting(answer: (stream: ServerHttp2Stream) => void) {
  const counts = { sessions: 0, open: 0, most: 0 };
  const server: Http2SecureServer = createSecureServer({ ...tls });
  server.on("session", () => counts.sessions++);
  server.on("stream", (stream) => {
    counts.most = Math.max(counts.most, ++counts.open);
    stream.once("close", () => counts.open--);
    stream.on("error", () => {});
    answer(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(async () => server.close());
  return { counts, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const respond = (stream: ServerHttp2Stream) => {
  stream.respond({ ":status": 200 });
  stream.end("ok");
};

describe("outgoing requests", () => {
  it("to a port where nobody listens fail as a refused dial that may be tried elsewhere", async () => {
    const { url, server } = await tcp(undefined);
    server.close();
    await once(server, "close");
    for (const protocol of protocols) {
      const { host } = new URL(url);
      await expect(get(network(), url, protocol)).rejects.toMatchObject({
        code: "net_dial",
        message: expect.stringContaining(`dial tcp ${host}: `),
        retryable: true,
      });
    }
  });

  it("give up on a peer that takes the connection and says nothing", async () => {
    const { url } = await tcp(() => {});
    for (const protocol of protocols)
      await expect(get(network({ connectTimeoutMs: 50 }), url, protocol)).rejects.toMatchObject({ code: "net_dial" });
  });

  it("whose connection breaks before an answer fail as a reset", async () => {
    const { url } = await tcp((socket) => socket.destroy());
    for (const protocol of protocols)
      await expect(get(network(), url, protocol)).rejects.toMatchObject({
        code: "net_reset",
        message: expect.stringContaining("unexpected EOF"),
        retryable: true,
      });
  });

  it("whose connection is gone within an answer fail as a reset, too", async () => {
    for (const path of ["begun", "empty"]) {
      const { url } = await counting((stream) => {
        stream.respond({ ":status": 200 });
        if (path === "begun") stream.write("half");
        setImmediate(() => stream.session?.socket.destroy());
      });
      const answer = await get(network(), url, "h2");
      await expect(readBody(answer.body, 100)).rejects.toMatchObject({ code: "net_reset", retryable: true });
    }
  });

  it("end with the reason of their signal, whenever it comes", async () => {
    const { url } = await tcp(() => {});
    const reason = new Error("the stream ended");
    for (const protocol of protocols) {
      const net = network();
      await expect(get(net, url, protocol, AbortSignal.abort(reason))).rejects.toBe(reason);
      const stop = new AbortController();
      const waiting = get(net, url, protocol, stop.signal);
      stop.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    }
  });

  it("do not check certificates: identity comes from signatures", async () => {
    const host = await startHttpHost(
      { port: 0, tls: await createSelfSignedCertificate("somebody.else") },
      async () => ({ status: 204, header: new Headers(), body: (async function* () {})() }),
      silentLogger,
    );
    stops.push(() => host.stop(0));
    for (const protocol of protocols) expect((await get(network(), host.url, protocol)).status).toBe(204);
  });

  it("check certificates and names when they are told to", async () => {
    const certificate = await createSelfSignedCertificate("localhost");
    const host = await startHttpHost(
      { port: 0, tls: certificate },
      async () => ({ status: 204, header: new Headers(), body: (async function* () {})() }),
      silentLogger,
    );
    stops.push(() => host.stop(0));
    const named = host.url.replace(/127\.0\.0\.1|\[::1?\]|0\.0\.0\.0/, "localhost");
    const strict = () => network({ verifyTls: true });
    for (const protocol of protocols) {
      await expect(get(strict(), named, protocol)).rejects.toMatchObject({
        code: "net_reset",
        message: expect.stringContaining("self-signed certificate"),
      });
    }
    const known = getCACertificates();
    setDefaultCACertificates([...known, certificate.cert]);
    try {
      for (const protocol of protocols) {
        expect((await get(strict(), named, protocol)).status).toBe(204);
        const other = named.replace("localhost", "127.0.0.1");
        await expect(get(strict(), other, protocol)).rejects.toMatchObject({ code: "net_reset" });
      }
    } finally {
      setDefaultCACertificates(known);
    }
  });

  it("are refused after the network was stopped, and broken off when it stops", async () => {
    for (const protocol of protocols) {
      const { url } = await tcp(() => {});
      const net = new NodeNet();
      const waiting = get(net, url, protocol);
      waiting.catch(() => {});
      await net.stop();
      await expect(waiting).rejects.toMatchObject({ code: expect.stringMatching(/^(net_reset|stopped)$/) });
    }
  });
});

describe("HTTP/2 connections", () => {
  it("are used again, one exchange after the other", async () => {
    const { url, counts } = await counting(respond);
    const net = network();
    for (let i = 0; i < 5; i++) await readBody((await get(net, url, "h2")).body, 10);
    // the second may begin before the first one's stream is closed
    expect(counts.sessions).toBeLessThanOrEqual(2);
  });

  it("carry one exchange at a time, and no more connections are opened than allowed", async () => {
    const { url, counts } = await counting(respond);
    const net = network({ connectionsPerPeer: 3 });
    await Promise.all(Array.from({ length: 12 }, async () => readBody((await get(net, url, "h2")).body, 10)));
    expect(counts.sessions).toBe(3);
    expect(counts.most).toBeLessThanOrEqual(3);
  });

  it("are free again when an exchange was given up, also one that still waited for a connection", async () => {
    const held = Promise.withResolvers<void>();
    let asked = 0;
    const { url } = await counting((stream) => (asked++ === 0 ? held.resolve() : respond(stream)));
    const net = network({ connectionsPerPeer: 1 });
    const [stuck, queued] = [new AbortController(), new AbortController()];
    const first = get(net, url, "h2", stuck.signal);
    await held.promise;
    const second = get(net, url, "h2", queued.signal);
    const third = get(net, url, "h2");
    queued.abort(new Error("not waiting"));
    await expect(second).rejects.toThrow("not waiting");
    stuck.abort(new Error("too slow"));
    await expect(first).rejects.toThrow("too slow");
    expect((await third).status).toBe(200);
  });

  it("are replaced when the peer closed them", async () => {
    const { url, counts } = await counting((stream) => {
      respond(stream);
      stream.once("close", () => stream.session?.close());
    });
    const net = network();
    for (let i = 0; i < 3; i++) expect((await readBody((await get(net, url, "h2")).body, 10)).length).toBe(2);
    expect(counts.sessions).toBeGreaterThan(1);
  });

  it("carry large bodies both ways at once between two of our nodes", async () => {
    const size = 2_000_000;
    const host = await startHttpHost(
      { port: 0, tls },
      async (incoming) => {
        const bytes = await readBody(incoming.body, size);
        async function* back() {
          yield bytes;
        }
        return { status: 200, header: new Headers(), body: back() };
      },
      silentLogger,
    );
    stops.push(() => host.stop(0));
    const net = network({ connectTimeoutMs: 30_000 }); // both ends of 16 handshakes share one thread here
    const lengths = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const answer = await net.request({
          method: "POST",
          url: host.url,
          header: new Headers(),
          body: new Uint8Array(size).fill(i),
          protocol: "h2",
          signal: never,
        });
        const bytes = await readBody(answer.body, size);
        return bytes.every((byte) => byte === i) ? bytes.length : -1;
      }),
    );
    expect(lengths).toEqual(Array.from({ length: 20 }, () => size));
  });
});
