import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  type AnyApp,
  AppRefusal,
  boolean,
  choice,
  defineApp,
  file,
  number,
  registerApp,
  serveApp,
  text,
} from "./index.ts";

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function serve(app: AnyApp, options = {}) {
  const served = await serveApp(app, options);
  open.push({ stop: () => served.stop(0) });
  if (app.load === undefined) await expect.poll(async () => (await fetch(`${served.url}/health`)).status).toBe(200);
  return served;
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const shout = defineApp({
  name: "shout",
  inputs: {
    words: text({ maxLength: 20 }),
    times: number({ default: 1, min: 1, max: 3 }),
    end: choice(["!", "?"], { default: "!" }),
    loud: boolean({ default: true }),
  },
  run: ({ words, times, end, loud }) => ({ said: `${loud ? words.toUpperCase() : words}${end.repeat(times)}` }),
});

describe("an app", () => {
  it("gets checked inputs, from JSON and from a form, and says all that is wrong at once", async () => {
    const { url } = await serve(shout);
    expect(await (await post(url, { words: "hello" })).json()).toEqual({ said: "HELLO!" });
    const form = new FormData();
    for (const [name, value] of Object.entries({ words: "why", times: "2", end: "?", loud: "false" }))
      form.set(name, value);
    expect(await (await fetch(url, { method: "POST", body: form })).json()).toEqual({ said: "why??" });
    const refused = await post(url, { words: "x".repeat(21), times: 9, end: ".", nonsense: 1 });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toEqual({
      error: {
        message:
          "nonsense is not an input; words is longer than 20 characters; times must be 3 or less; end must be one of !, ?",
      },
    });
    expect((await post(url, [])).status).toBe(400);
    expect((await fetch(url)).status).toBe(405);
    expect((await fetch(`${url}/elsewhere`, { method: "POST" })).status).toBe(404);
    expect(await (await fetch(`${url}/schema`)).json()).toMatchObject({
      ...{ name: "shout", capacity: 1 },
      inputs: { times: { max: 3 } },
    });
  });

  it("takes files and answers with media", async () => {
    const { url } = await serve(
      defineApp({
        name: "mirror",
        inputs: { picture: file({ mediaTypes: ["image/*"], maxBytes: 8 }) },
        run: ({ picture }) => ({ mediaType: picture.mediaType, bytes: picture.bytes.toReversed() }),
      }),
    );
    const send = (bytes: number[], type: string) => {
      const form = new FormData();
      form.set("picture", new Blob([new Uint8Array(bytes)], { type }), "p");
      return fetch(url, { method: "POST", body: form });
    };
    const answer = await send([1, 2, 3], "image/png");
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([3, 2, 1]);
    expect(await (await send([1], "text/plain")).text()).toContain("picture must be image/*, not text/plain");
    expect((await send([1, 2, 3, 4, 5, 6, 7, 8, 9], "image/png")).status).toBe(422);
    const inJson = await post(url, { picture: { mediaType: "image/gif", base64: btoa("ab") } });
    expect(await inJson.text()).toBe("ba");
  });

  it("streams progress and pieces to those who listen, and a list to others", async () => {
    const { url } = await serve(
      defineApp({
        name: "count",
        inputs: { to: number() },
        async *run({ to }, { progress }) {
          for (let i = 1; i <= to; i++) {
            progress(i / to, `at ${i}`);
            yield i;
          }
        },
      }),
    );
    const events = await (await post(url, { to: 2 }, { accept: "text/event-stream" })).text();
    expect(events.split("\n\n")).toEqual([
      'event: progress\ndata: {"share":0.5,"what":"at 1"}',
      "event: piece\ndata: 1",
      'event: progress\ndata: {"share":1,"what":"at 2"}',
      "event: piece\ndata: 2",
      "event: result\ndata: null",
      "data: [DONE]",
      "",
    ]);
    expect(await (await post(url, { to: 3 })).json()).toEqual([1, 2, 3]);
  });

  it("keeps to its places, and hears that its caller has gone", async () => {
    const gone = Promise.withResolvers<void>();
    const served = await serve(
      defineApp({
        name: "slow",
        inputs: {},
        run: (_inputs, { signal }) =>
          new Promise((_resolve) => {
            signal.addEventListener("abort", () => gone.resolve());
          }),
      }),
    );
    const leave = new AbortController();
    const call = fetch(served.url, { method: "POST", signal: leave.signal });
    await expect.poll(() => served.running).toBe(1);
    const refused = await post(served.url, {});
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining("all 1 places are taken")]);
    expect(await (await fetch(`${served.url}/health`)).json()).toMatchObject({ status: "OK", running: 1 });
    leave.abort();
    await expect(call).rejects.toThrow();
    await gone.promise;
    await expect.poll(() => served.running).toBe(0);
  });

  it("is not healthy before it is loaded, and says why it cannot be", async () => {
    const loaded = Promise.withResolvers<void>();
    const { url } = await serve({ ...shout, load: () => loaded.promise });
    expect([(await fetch(`${url}/health`)).status, (await post(url, { words: "x" })).status]).toEqual([503, 503]);
    loaded.reject(new Error("the weights are missing"));
    await expect.poll(async () => (await (await fetch(`${url}/health`)).json()).status).toBe("FAILED");
    expect(await (await post(url, { words: "x" })).text()).toContain("the weights are missing");
  });

  it("passes its own refusals on, hides nothing else, and wants its token", async () => {
    const { url } = await serve(
      defineApp({
        name: "moody",
        inputs: { mood: text() },
        run({ mood }) {
          if (mood === "bad") throw new AppRefusal(409, "not today");
          throw new Error("it broke");
        },
      }),
      { token: "secret" },
    );
    expect((await post(url, { mood: "bad" })).status).toBe(401);
    const call = async (mood: string) => {
      const answer = await post(url, { mood }, { authorization: "Bearer secret" });
      return [answer.status, await answer.json()];
    };
    expect(await call("bad")).toEqual([409, { error: { message: "not today" } }]);
    expect(await call("good")).toEqual([500, { error: { message: "it broke" } }]);
  });

  it.each([
    [{ name: "no spaces" }, /cannot be an app's name/],
    [{ capacity: 0 }, /capacity 0/],
    [{ price: { amount: "much", currency: "usd", per: "request" } }, /decimal number/],
    [{ price: { amount: "0.5", currency: "wei", per: "second" } }, /whole number/],
  ] as const)("is refused when its description does not hold: %j", (change, message) => {
    expect(() => defineApp({ ...shout, ...change } as never)).toThrow(message);
  });
});

describe("a registration", () => {
  type Beat = { readonly authorization: string; readonly record: Record<string, unknown> };

  /** An orchestrator's side of the wire, as it was recorded. */
  async function orchestrator(answer: (beat: Beat, count: number, response: ServerResponse) => void) {
    const beats: Beat[] = [];
    const left: string[] = [];
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      if (request.url?.endsWith("/unregister") === true) {
        left.push(`${request.url} ${request.headers.authorization}`);
        response.writeHead(204).end();
        return;
      }
      const beat = { authorization: request.headers.authorization ?? "", record: JSON.parse(body) };
      beats.push(beat);
      answer(beat, beats.length, response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    open.push({ stop: async () => void server.close() });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, beats, left };
  }

  const ok = (response: ServerResponse, more: object = {}) =>
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ runner_id: "runner_1", heartbeat_interval: "20ms", heartbeat_ttl: "1s", ...more }));

  it("stays: with the secret first, then with its own; anew when it is forgotten; and is ended", async () => {
    const { url, beats, left } = await orchestrator((_beat, count, response) => {
      if (count === 3) response.writeHead(401).end("invalid heartbeat authorization\n");
      else if (count === 4) response.writeHead(500).end();
      else ok(response, count === 1 || count === 5 ? { heartbeat_secret: `own${count}` } : {});
    });
    const price = { amount: "0.01", currency: "usd", per: "second" } as const;
    const registration = registerApp(
      { ...shout, price },
      {
        ...{ orchestratorUrl: url, secret: "shared", appUrl: "http://127.0.0.1:1" },
      },
    );
    expect(await registration.registered).toEqual({ runnerId: "runner_1", callUrl: `${url}/apps/runner_1/app/` });
    await expect.poll(() => beats.length).toBeGreaterThan(6);
    await registration.stop();
    expect(beats.slice(0, 6).map(({ authorization }) => authorization)).toEqual([
      ...["shared", "own1", "own1", "shared", "shared", "own5"],
    ]);
    expect(beats[1]?.record).toEqual({
      runner_id: "runner_1",
      ...{ label: "shout", app: "shout", runner_url: "http://127.0.0.1:1", mode: "single-shot", status: "ready" },
      ...{ capacity: 1, price_info: { price: 36, currency: "usd", unit: "hour" } },
    });
    expect(left).toEqual(["/runners/runner_1/unregister own5"]);
  });

  it("tells other terms at once, in its place, and hears when they are not taken", async () => {
    const { url, beats, left } = await orchestrator(({ record }, count, response) => {
      if (record["capacity"] === 9) response.writeHead(400).end("too many\n");
      else ok(response, { heartbeat_interval: "1h", ...(count === 1 ? { heartbeat_secret: "own" } : {}) });
    });
    const registration = registerApp(shout, { orchestratorUrl: url, secret: "shared", appUrl: "http://127.0.0.1:1" });
    await registration.registered;
    await registration.update({ ...shout, capacity: 4 });
    expect(beats.map(({ record }) => [record["runner_id"], record["capacity"]])).toEqual([
      [undefined, 1],
      ["runner_1", 4],
    ]);
    await expect(registration.update({ ...shout, capacity: 9 })).rejects.toMatchObject({ status: 400 });
    const both = [
      registration.update({ ...shout, capacity: 5 }),
      registration.update({ ...shout, name: "shout2", capacity: 6 }),
    ];
    await Promise.all(both);
    expect(beats.at(-1)?.record).toMatchObject({ app: "shout2", capacity: 6 });
    await registration.stop();
    expect(left).toEqual(["/runners/runner_1/unregister own"]);
  });

  it("gives up at once where it is told to, when nobody answers", async () => {
    const options = { orchestratorUrl: "http://127.0.0.1:1/", secret: "shared", appUrl: "http://127.0.0.1:1" };
    const registration = registerApp(shout, { ...options, firstMustSucceed: true });
    await expect(registration.registered).rejects.toMatchObject({
      message: expect.stringContaining("http://127.0.0.1:1 cannot be reached"),
      status: undefined,
    });
    await registration.stop();
  });

  it("is refused for good with a wrong secret", async () => {
    const { url } = await orchestrator((_beat, _count, response) => {
      response.writeHead(401).end("invalid registration authorization\n");
    });
    const registration = registerApp(shout, {
      orchestratorUrl: url,
      secret: "guess",
      appUrl: "http://127.0.0.1:1",
    });
    await expect(registration.registered).rejects.toThrow("invalid registration authorization");
    await registration.stop();
  });
});
