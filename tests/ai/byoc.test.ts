import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EchoApp, type LiveWorld, liveSecret, startEchoApp, startLiveWorld } from "../support/live-world.ts";

let world: LiveWorld;
let worker: EchoApp;
let answer: (path: string) => { status: number; type: string; body: string } | undefined;

beforeEach(async () => {
  world = await startLiveWorld();
  answer = () => undefined;
  worker = await startEchoApp(({ path }) => answer(path));
});
afterEach(async () => {
  await worker.stop();
  await world.stop();
});

const register = (fields: Record<string, unknown> = {}, authorization = liveSecret) =>
  fetch(`${world.orchestratorUrl}/capability/register`, {
    method: "POST",
    headers: { authorization },
    body: JSON.stringify({
      name: "cap",
      url: worker.url,
      capacity: 1,
      price_per_unit: 0,
      token: "the token",
      ...fields,
    }),
  });
const job = (fields: Record<string, unknown> = {}) =>
  Buffer.from(
    JSON.stringify({ request: "{}", parameters: "{}", capability: "cap", timeout_seconds: 20, ...fields }),
  ).toString("base64");
const throughGateway = (path: string, fields: Record<string, unknown> = {}, signal?: AbortSignal) =>
  fetch(`${world.gatewayUrl}/process/request/${path}`, {
    method: "POST",
    headers: { livepeer: job(fields), "content-type": "application/json" },
    body: '{"x":1}',
    ...(signal === undefined ? {} : { signal }),
  });

describe("jobs for a capability that a worker has registered", () => {
  it("go through a gateway and an orchestrator off chain, with the worker's token, and come back with who did it", async () => {
    expect(await (await register()).text()).toBe("ok");
    const done = await throughGateway("a/b?q=1");
    expect([done.status, done.headers.get("x-orchestrator-url"), done.headers.get("livepeer-balance")]).toEqual([
      200,
      world.orchestratorUrl,
      "0",
    ]);
    const { path, body, headers } = (await done.json()) as (typeof worker.seen)[number];
    expect([path, body]).toEqual(["/a/b", '{"x":1}']);
    const named = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    expect([named.get("authorization"), named.get("livepeer")]).toEqual(["Bearer the token", undefined]);
  });

  it("get no more places than the worker has", async () => {
    await register();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const arrived = Promise.withResolvers<void>();
    worker.server.removeAllListeners("request");
    worker.server.on("request", (_request, response) => {
      arrived.resolve();
      void held.then(() => response.end("done"));
    });
    const first = throughGateway("x");
    await arrived.promise;
    const direct = await fetch(`${world.orchestratorUrl}/process/request/x`, {
      method: "POST",
      headers: { livepeer: job({ sender: `0x${"0".repeat(40)}`, sig: `0x${"0".repeat(130)}` }) },
      body: "{}",
    });
    expect([direct.status, await direct.text()]).toEqual([503, "No capacity available for capability\n"]);
    // a second registration while the job runs frees nothing
    await register();
    expect((await throughGateway("x")).status).toBe(400);
    release();
    expect(await (await first).text()).toBe("done");
    expect(world.role.live?.byoc?.capabilities.free("cap")).toBe(1);
  });

  it("end a stream of events right after its last one", async () => {
    await register();
    answer = () => ({ status: 200, type: "text/event-stream", body: 'data: {"a":1}\n\ndata: [DONE]\n\n' });
    const done = await throughGateway("sse");
    expect(done.headers.get("content-type")).toBe("text/event-stream");
    expect(await done.text()).toBe('data: {"a":1}\n\ndata: {"balance": 0.000}\n\n\ndata: [DONE]\n\n');
    expect(world.role.live?.byoc?.capabilities.free("cap")).toBe(1);
  });

  it("give the client its own faults, and 502 for those of everybody else", async () => {
    await register();
    answer = (path) =>
      path === "/mine"
        ? { status: 422, type: "application/json", body: '{"why":"x"}' }
        : { status: 500, type: "text/plain", body: "broken" };
    const mine = await throughGateway("mine");
    expect([mine.status, await mine.text()]).toEqual([422, '{"why":"x"}\n']);
    const theirs = await throughGateway("theirs");
    expect(theirs.status).toBe(502);
    expect(await theirs.text()).toContain("broken");
    expect(world.role.live?.byoc?.capabilities.free("cap")).toBe(1);
  });

  it("take a worker off that cannot be reached, without telling anybody its address", async () => {
    await register();
    await worker.stop();
    const lost = await throughGateway("x");
    const text = await lost.text();
    expect([lost.status, text.includes(worker.url)]).toEqual([502, false]);
    expect(world.role.live?.byoc?.capabilities.all).toEqual([]);
    expect((await throughGateway("x")).status).toBe(400);
  });

  it("are refused when the header is damaged", async () => {
    await register();
    for (const header of [
      "",
      "!",
      Buffer.from("[1]").toString("base64"),
      job({ timeout_seconds: 1e9 }),
      job({ id: 7 }),
    ]) {
      const refused = await fetch(`${world.gatewayUrl}/process/request/x`, {
        method: "POST",
        headers: { livepeer: header },
        body: "{}",
      });
      expect([header, refused.status]).toEqual([header, 400]);
    }
    expect(worker.seen).toEqual([]);
  });
});

describe("a registration", () => {
  it("must know the secret and say what it offers", async () => {
    expect((await register({}, "wrong")).status).toBe(400);
    for (const fields of [{ name: "" }, { url: "ftp://x" }, { capacity: -1 }, { price_per_unit: 1.5 }]) {
      const refused = await register(fields);
      expect([fields, refused.status]).toEqual([fields, 400]);
      expect(await refused.text()).toMatch(/^Error registering capability: /);
    }
    expect(world.role.live?.byoc?.capabilities.all).toEqual([]);
  });
});
