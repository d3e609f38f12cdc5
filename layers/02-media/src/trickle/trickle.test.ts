import { connect } from "node:net";
import { type HttpResponse, readBody, silentLogger, utf8 } from "@livepeer-ts/kernel";
import {
  createTasks,
  type HttpHost,
  type HttpHostOptions,
  NodeNet,
  startHttpHost,
  systemClock,
} from "@livepeer-ts/kernel/adapters";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { maxUnreadSegments } from "./trickle-channel.ts";
import { TricklePublisher } from "./trickle-publisher.ts";
import { trickleRoute } from "./trickle-route.ts";
import { type TrickleOptions, TrickleStore } from "./trickle-store.ts";
import { TrickleSubscriber } from "./trickle-subscriber.ts";

const never = new AbortController().signal;
const clock = systemClock();
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await clock.turn();
};

let net: NodeNet;
let store: TrickleStore;
let host: HttpHost;
let stop: () => Promise<void>;

async function serve(
  options: Partial<TrickleOptions> = {},
  hostOptions: Partial<HttpHostOptions> = {},
): Promise<string> {
  await stop();
  const tasks = createTasks("trickle", silentLogger);
  store = new TrickleStore(options, { clock, tasks });
  const route = trickleRoute({ store, clock });
  host = await startHttpHost({ port: 0, h2c: true, ...hostOptions }, route.handle, silentLogger);
  stop = async () => {
    await tasks.stop();
    await host.stop(0);
  };
  return `${host.url}/ai/trickle/`;
}

beforeEach(async () => {
  stop = async () => {};
  net = new NodeNet();
});
afterEach(async () => {
  await net.stop();
  await stop();
});

const send = (
  method: string,
  url: string,
  body?: Uint8Array | AsyncIterable<Uint8Array>,
  protocol: "h1" | "h2" = "h1",
): Promise<HttpResponse> =>
  net.request({ method, url, header: new Headers(), signal: never, protocol, ...(body === undefined ? {} : { body }) });
const text = async (answer: HttpResponse) => new TextDecoder().decode(await readBody(answer.body, 1_000_000));

/** A body that is sent piece by piece. */
function pieces() {
  const queue: Uint8Array[] = [];
  let [isEnded, wake] = [false, () => {}];
  return {
    push(piece: string) {
      queue.push(utf8(piece));
      wake();
    },
    end() {
      isEnded = true;
      wake();
    },
    body: (async function* () {
      for (;;) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else if (isEnded) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    })(),
  };
}

describe.each(["h1", "h2"] as const)("a channel over %s", (protocol) => {
  it("relays a segment while it is written, and keeps it for who comes later", async () => {
    const base = await serve();
    store.create({ name: "c", mimeType: "video/MP2T" });
    const reading = send("GET", `${base}c/-1`, undefined, protocol);
    const written = pieces();
    const writing = send("POST", `${base}c/0`, written.body, protocol);
    written.push("first ");
    const head = await reading;
    expect([head.status, head.header.get("content-type"), head.header.get("lp-trickle-seq")]).toEqual([
      200,
      "video/MP2T",
      "0",
    ]);
    const body = head.body[Symbol.asyncIterator]();
    expect(new TextDecoder().decode((await body.next()).value)).toBe("first ");
    written.push("second");
    expect(new TextDecoder().decode((await body.next()).value)).toBe("second");
    written.end();
    expect((await body.next()).done).toBe(true);
    expect((await writing).status).toBe(200);
    expect(await text(await send("GET", `${base}c/0`, undefined, protocol))).toBe("first second");
    expect(await text(await send("GET", `${base}c/next`, undefined, protocol))).toBe("1");
  });

  it("answers 400 to indices that make no sense, and goes on", async () => {
    const base = await serve();
    store.create({ name: "c", mimeType: "text/plain" });
    for (const [method, index] of [
      ["POST", "-2"],
      ["GET", "-3"],
      ["DELETE", "-1"],
      ["DELETE", "x"],
      ["GET", "9007199254740993"],
    ] as const) {
      const answer = await send(method, `${base}c/${index}`, method === "POST" ? utf8("x") : undefined, protocol);
      expect([answer.status, await text(answer)], `${method} ${index}`).toEqual([400, "Invalid idx\n"]);
    }
    expect((await send("POST", `${base}c/0`, utf8("fine"), protocol)).status).toBe(200);
    expect(await text(await send("GET", `${base}c/0`, undefined, protocol))).toBe("fine");
  });
});

describe("what channels hold", () => {
  it("ends a segment that is too large with 413, and readers get what came before", async () => {
    const base = await serve({ maxSegmentBytes: 100_000 });
    store.create({ name: "c", mimeType: "video/MP2T" });
    const written = pieces();
    const writing = send("POST", `${base}c/0`, written.body);
    written.push("x".repeat(60_000));
    const reading = await send("GET", `${base}c/0`);
    written.push("x".repeat(60_000));
    const answer = await writing;
    expect([answer.status, await text(answer)]).toEqual([
      413,
      "Segment is larger than 100000 bytes: begin the next one earlier\n",
    ]);
    const got = await text(reading);
    expect(got.length).toBeGreaterThanOrEqual(60_000);
    expect(got.length).toBeLessThanOrEqual(100_000);
    expect((await send("POST", `${base}c/1`, utf8("next"))).status).toBe(200);
  });

  it("is bounded over all channels, and given back when segments and channels go", async () => {
    const base = await serve({ maxHeldBytes: 250_000 });
    for (const name of ["a", "b", "c"]) store.create({ name, mimeType: "video/MP2T" });
    const body = new Uint8Array(100_000);
    expect((await send("POST", `${base}a/0`, body)).status).toBe(200);
    expect((await send("POST", `${base}b/0`, body)).status).toBe(200);
    const refused = await send("POST", `${base}c/0`, body);
    expect([refused.status, await text(refused)]).toEqual([
      503,
      "Too many bytes are held in channels: read or end some of them\n",
    ]);
    expect((await send("DELETE", `${base}a`)).status).toBe(200);
    // the same slot again: the segment that was in it goes
    expect((await send("POST", `${base}b/5`, body)).status).toBe(200);
    for (const name of ["b", "c"]) await send("DELETE", `${base}${name}`);
    expect([store.heldBytes, store.size]).toEqual([0, 0]);
  });

  it("has room for so many channels, names, readers and publishers", async () => {
    const base = await serve({ autocreate: true, maxChannels: 2, maxNameLength: 8, maxReaders: 1, maxWriters: 1 });
    expect((await send("POST", `${base}one`)).status).toBe(200);
    expect((await send("POST", `${base}name-too-long`)).status).toBe(400);
    expect((await send("POST", `${base}two/0`, utf8("x"))).status).toBe(200);
    expect((await send("POST", `${base}three`)).status).toBe(503);
    const waiting = send("GET", `${base}one/0`);
    const written = pieces();
    const writing = send("POST", `${base}two/1`, written.body);
    written.push("y");
    while (store.get("one")?.readerCount !== 1 || store.get("two")?.writerCount !== 1) await turns(1);
    expect((await send("GET", `${base}one/0`)).status).toBe(503);
    expect((await send("POST", `${base}two/2`, utf8("x"))).status).toBe(503);
    written.end();
    expect((await writing).status).toBe(200);
    await send("DELETE", `${base}one`);
    expect((await waiting).header.get("lp-trickle-closed")).toBe("terminated");
  });

  it("lets go of a reader who leaves", async () => {
    const base = await serve();
    const channel = store.create({ name: "c", mimeType: "video/MP2T" });
    const leaving = new AbortController();
    const request = { method: "GET", url: `${base}c/0`, header: new Headers(), signal: leaving.signal };
    const waiting = net.request(request).catch((error: unknown) => error);
    while (channel.readerCount === 0) await turns(1);
    leaving.abort(new Error("left"));
    await waiting;
    while (channel.readerCount > 0) await turns(1);
    expect(channel.readerCount).toBe(0);
  });
});

describe("a publisher that has sent nothing yet", () => {
  it("is told again and again that it is waited for, longer than other bodies may be silent or last", async () => {
    const base = await serve({ continueMs: 20 }, { bodyIdleMs: 100, bodyWholeMs: 100 });
    store.create({ name: "c", mimeType: "video/MP2T" });
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname);
    let received = "";
    const until = async (condition: () => boolean) => {
      while (!condition()) await new Promise((resolve) => socket.once("data", resolve));
    };
    socket.on("data", (chunk) => {
      received += String(chunk);
    });
    socket.write("POST /ai/trickle/c/0 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    await until(() => received.split("HTTP/1.1 100 Continue").length > 12);
    socket.write("4\r\nlate\r\n0\r\n\r\n");
    await until(() => received.includes("HTTP/1.1 200 OK"));
    socket.destroy();
    expect(await text(await send("GET", `${base}c/0`))).toBe("late");
  });
});

describe("a lossless channel", () => {
  it("delays the publisher's answer while too much is unread, and loses nothing", async () => {
    const base = await serve();
    store.create({ name: "c", mimeType: "text/plain", policy: "lossless" });
    const url = `${base}c`;
    const publisher = new TricklePublisher({ url, mimeType: "text/plain" }, net);
    let answered = 0;
    const publishing = (async () => {
      for (let i = 0; i < 60; i++) {
        await publisher.publish(utf8(`message ${i}`), never);
        answered++;
      }
    })();
    while (answered < maxUnreadSegments) await turns(1);
    await turns(200);
    expect(answered).toBe(maxUnreadSegments);
    const head = await send("GET", `${base}c/next`);
    expect(head.header.get("lp-trickle-policy")).toBe("lossless");
    await text(head);
    const got: string[] = [];
    const subscriber = new TrickleSubscriber({ url, startIndex: -2 }, { net, clock });
    for await (const segment of subscriber.segments(never)) {
      got.push(await text(segment as unknown as HttpResponse));
      if (got.length === 60) break;
    }
    await publishing;
    expect(got).toEqual(Array.from({ length: 60 }, (_, i) => `message ${i}`));
  });

  it("makes publishers wait that do not wait for answers", async () => {
    const base = await serve();
    const channel = store.create({ name: "c", mimeType: "text/plain", policy: "lossless" });
    await net.stop();
    net = new NodeNet({ connectionsPerPeer: 64 });
    const sent: Promise<HttpResponse>[] = [];
    for (let i = 0; i < 40; i++) {
      const before = channel.writerCount;
      sent.push(send("POST", `${base}c/${i}`, utf8(`${i}`)));
      // the first 32 have slots of their own; the others wait for theirs
      while (i < 32 ? channel.nextIndex !== i + 1 : channel.writerCount === before) await turns(1);
    }
    expect(channel.nextIndex).toBe(32);
    const got: string[] = [];
    for (let i = 0; i < 40; i++) got.push(await text(await send("GET", `${base}c/${i}`)));
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200));
    expect(got).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`));
  });

  it("ends its publishers' waiting with the channel", async () => {
    const base = await serve();
    const channel = store.create({ name: "c", mimeType: "text/plain", policy: "lossless" });
    for (let i = 0; i < maxUnreadSegments; i++) await send("POST", `${base}c/${i}`, utf8("x"));
    const waiting = send("POST", `${base}c/${maxUnreadSegments}`, utf8("x"));
    while (channel.writerCount === 0) await turns(1);
    await send("DELETE", `${base}c`);
    expect((await waiting).status).toBe(200);
  });
});

describe("the clients", () => {
  it("carry segments in order, take over from another publisher, and end with the channel", async () => {
    const base = await serve({ autocreate: true });
    const url = `${base}made`;
    const first = new TricklePublisher({ url, mimeType: "application/json" }, net);
    await first.create(never);
    const got: string[] = [];
    const reading = (async () => {
      const subscriber = new TrickleSubscriber({ url, startIndex: 0 }, { net, clock });
      for await (const { index, mimeType, body } of subscriber.segments(never)) {
        const bytes = await readBody(body, 1000);
        got.push(`${index} ${mimeType} ${new TextDecoder().decode(bytes)}`);
      }
    })();
    expect(await first.publish(utf8("a"), never)).toBe("taken");
    const stuck = pieces();
    const left = first.publish(stuck.body, never);
    stuck.push("b");
    while (store.get("made")?.nextIndex !== 2) await turns(1);
    const second = new TricklePublisher({ url, mimeType: "application/json", takesOver: true }, net);
    await second.seekNext(never);
    expect(second.nextIndex).toBe(2);
    expect(await second.publish(utf8("c"), never)).toBe("taken");
    stuck.end();
    await left;
    while (got.length < 3) await turns(1);
    await second.close(never);
    await second.close(never).catch((error: unknown) => expect(error).toBeUndefined());
    await reading;
    expect(got).toEqual(["0 application/json a", "1 application/json b", "2 application/json c"]);
    await expect(second.publish(utf8("d"), never)).resolves.toBe("taken"); // autocreate: the name is free again
    await expect(new TricklePublisher({ url: `${base}x/`, mimeType: "" }, net).seekNext(never)).rejects.toMatchObject({
      code: "trickle_gone",
    });
  });

  it("go on at the newest segment when the one they want is gone", async () => {
    const base = await serve();
    store.create({ name: "c", mimeType: "text/plain" });
    for (let i = 0; i < 8; i++) await send("POST", `${base}c/${i}`, utf8(`${i}`));
    const reading = new TrickleSubscriber({ url: `${base}c`, startIndex: 1 }, { net, clock }).segments(never);
    const next = reading.next();
    while (store.get("c")?.readerCount !== 1) await turns(1);
    await send("POST", `${base}c/8`, utf8("8"));
    expect((await next).value).toMatchObject({ index: 8 });
    await reading.return(undefined);
  });
});
