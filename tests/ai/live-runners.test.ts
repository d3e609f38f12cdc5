import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "@livepeer-ts/kernel";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { TrickleSubscriber } from "@livepeer-ts/media";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EchoApp, type LiveWorld, liveSecret, startEchoApp, startLiveWorld } from "../support/live-world.ts";
import { addShoutingSocket } from "../support/shouting-socket.ts";
import { until } from "../support/until.ts";

type Json = Record<string, unknown>;

let world: LiveWorld;
let app: EchoApp;
const servers: Server[] = [];

beforeEach(async () => {
  world = await startLiveWorld();
  app = await startEchoApp();
});
afterEach(async () => {
  await world.stop();
  await app.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const at = (path: string) => (path.startsWith("http") ? path : `${world.orchestratorUrl}${path}`);
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(at(path), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = answer.headers.get("content-type") === "application/json" ? (JSON.parse(text) as Json) : {};
  return { status: answer.status, text, json, header: answer.headers };
}
const beat = (fields: Json, authorization = liveSecret) =>
  call("POST", "/runners/heartbeat", { app: "demo", runner_url: app.url, ...fields }, { authorization });
const runners = async () =>
  ((JSON.parse((await call("GET", "/discovery")).text) as Json[])[0]?.["runners"] ?? []) as Json[];

async function serve(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An application that speaks WebSocket: every message comes back in capitals. */
function shoutingSocket(): Server {
  const server = createServer();
  addShoutingSocket(server, ({ headers }) => `x-session: ${headers["livepeer-session-id"]}\r\n`);
  return server;
}

describe("applications behind an orchestrator", () => {
  it("get WebSockets as they are, and lose them with their session", async () => {
    const url = await serve(shoutingSocket());
    await beat({ runner_id: "chat", runner_url: `${url}/ws` });
    const session = (await call("POST", "/apps/chat/session")).json;
    const socket = new WebSocket(`${String(session["app_url"]).replace("http", "ws")}/room?x=1`);
    await once(socket, "open");
    for (const word of ["hello", "again"]) {
      const heard = once(socket, "message");
      socket.send(word);
      expect(((await heard)[0] as MessageEvent).data).toBe(word.toUpperCase());
    }
    const closed = once(socket, "close");
    expect((await call("POST", `${session["control_url"]}/stop`)).status).toBe(204);
    await closed;
  });

  it("send answers piece by piece, and stop when the client leaves", async () => {
    let gone = Promise.withResolvers<void>();
    let go = () => {};
    const url = await serve(
      createServer((_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write("data: 1\n\n");
        go = () => response.write("data: 2\n\n");
        response.once("close", () => gone.resolve());
      }),
    );
    gone = Promise.withResolvers<void>();
    await beat({ runner_id: "once", runner_url: url, mode: "single_shot" });
    const leaving = new AbortController();
    const answer = await fetch(at("/apps/once/app"), { method: "POST", signal: leaving.signal });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("data: 1\n\n");
    expect((await runners())[0]).toMatchObject({ capacity: 1, capacity_used: 1, capacity_available: 0 });
    expect((await call("POST", "/apps/once/app")).status).toBe(503);
    go();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("data: 2\n\n");
    leaving.abort();
    await gone.promise;
    await until("the place is free", async () => (await runners())[0]?.["capacity_available"] === 1);
  });

  it("take one request at a time behind a URL of the proxy's own", async () => {
    await beat({ runner_id: "shot", mode: "single-shot", proxy: true });
    const [shown] = await runners();
    expect(shown?.["url"]).toMatch(/\/run\/[a-z2-7]{26}$/);
    const { status, json } = await call("PUT", `${shown?.["url"]}/a/b?c=d`, { x: 1 }, { "x-forwarded-for": "1.2.3.4" });
    expect([status, json["method"], json["path"], json["body"]]).toEqual([200, "PUT", "/a/b?c=d", '{"x":1}']);
    const names = Object.keys(json["headers"] as Json).map((name) => name.toLowerCase());
    expect(names).not.toContain("x-forwarded-for");
    expect(names).toContain("livepeer-session-token");
    expect((await runners())[0]?.["capacity_used"]).toBe(0);
  });

  it("give the place of a call without a body back, over either HTTP", async () => {
    await beat({ runner_id: "head", mode: "single-shot", capacity: 2 });
    const net = new NodeNet();
    for (const protocol of ["h1", "h2"] as const) {
      const url = at("/apps/head/app");
      const answer = await net.request({
        method: "HEAD",
        url,
        header: new Headers(),
        protocol,
        signal: AbortSignal.timeout(20_000),
      });
      expect([answer.status, (await readBody(answer.body, 10)).length]).toEqual([200, 0]);
      await until("the place is free", async () => (await runners())[0]?.["capacity_used"] === 0);
    }
    await net.stop();
  });

  it("answer 502 when they are not there, without their address", async () => {
    const gone = await serve(createServer());
    servers.splice(0)[0]?.close();
    await beat({ runner_id: "gone", runner_url: gone });
    const { json } = await call("POST", "/apps/gone/session");
    const { status, text } = await call("GET", `${json["app_url"]}/x`);
    expect([status, text]).toEqual([502, "the runner did not answer\n"]);
  });
});

describe("sessions", () => {
  it("have channels that lose nothing where they ask for that, and end with them", async () => {
    await beat({ runner_id: "r" });
    const session = (await call("POST", "/apps/r/session")).json;
    await call("GET", `${session["app_url"]}/who`);
    const headers = Object.fromEntries(
      Object.entries(app.seen.at(-1)?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const control = String(headers["livepeer-session-control"]);
    const token = { "livepeer-session-token": String(headers["livepeer-session-token"]) };
    const made = await call("POST", `${control}/channels`, { channels: [{ name: "log", policy: "lossless" }] }, token);
    const [channel] = made.json["channels"] as Json[];
    expect(channel).toMatchObject({ channel_name: `${session["session_id"]}-log`, policy: "lossless" });
    const url = String(channel?.["url"]);
    for (let i = 0; i < 8; i++) await fetch(`${url}/${i}`, { method: "POST", body: `line ${i}` });
    const net = new NodeNet();
    const subscriber = new TrickleSubscriber({ url, startIndex: -2 }, { net, clock: systemClock() });
    const lines: string[] = [];
    for await (const { body } of subscriber.segments(new AbortController().signal)) {
      lines.push(new TextDecoder().decode(await readBody(body, 100)));
      if (lines.length === 8) await call("POST", `${control}/stop`, undefined, token);
    }
    await net.stop();
    expect(lines).toEqual(Array.from({ length: 8 }, (_, i) => `line ${i}`));
    expect((await fetch(`${url}/next`)).status).toBe(404);
    const after = await call("GET", String(session["app_url"]));
    expect([after.status, after.header.get("livepeer-reason")]).toEqual([404, "stopped_by_runner"]);
  });

  it("end when their runner unregisters, with the reason; only who knows the secret can do that", async () => {
    const { json } = await beat({ runner_id: "r", capacity: 2 });
    const session = (await call("POST", "/apps/r/session")).json;
    const unregister = (authorization: string) => call("POST", "/runners/r/unregister", undefined, { authorization });
    expect((await unregister(liveSecret)).status).toBe(401);
    expect((await unregister(String(json["heartbeat_secret"]))).status).toBe(204);
    expect((await unregister(String(json["heartbeat_secret"]))).status).toBe(404);
    expect(await runners()).toEqual([]);
    const late = await call("GET", String(session["app_url"]));
    expect([late.status, late.header.get("livepeer-reason")]).toEqual([404, "runner_gone"]);
    // a new bootstrap with the old secret is no bootstrap
    expect((await beat({ runner_id: "r" }, String(json["heartbeat_secret"]))).status).toBe(401);
  });
});

describe("runners that the operator names", () => {
  it("are taken all or none, keep their id, and lose their sessions when they are not well", async () => {
    let health = 200;
    const url = await serve(
      createServer((request, response) => {
        response.writeHead(request.url === "/health" ? health : 200).end("here");
      }),
    );
    const registry = world.role.live?.runners;
    const entry = { label: "fixed", routing: "label", runner_url: url, health_url: "/health", app: "demo" };
    await expect(registry?.registerStatic({ runners: [entry, { ...entry, label: "x", app: "" }] })).rejects.toThrow(
      "runners[1]: app is required",
    );
    expect(await runners()).toEqual([]);
    const [first] = (await registry?.registerStatic({ runners: [entry] })) ?? [];
    expect(first).toMatchObject({
      label: "fixed",
      healthy: true,
      health_url: `${url}/health`,
      healthy_status_code: 200,
    });
    const session = (await call("POST", "/apps/fixed/session")).json;
    expect((await call("GET", `${session["app_url"]}/x`)).text).toBe("here");
    const [again] = (await registry?.registerStatic({ runners: [{ ...entry, capacity: 3 }] })) ?? [];
    expect(again?.["runner_id"]).toBe(first?.["runner_id"]);
    expect((await runners())[0]).toMatchObject({ capacity: 3, capacity_used: 1 });
    health = 500;
    await registry?.registry.checkHealth();
    expect(await runners()).toEqual([]);
    const ended = await call("GET", `${session["app_url"]}/x`);
    expect([ended.status, ended.header.get("livepeer-reason")]).toEqual([404, "runner_unhealthy"]);
    expect((await call("POST", "/apps/fixed/session")).status).toBe(503);
    health = 200;
    await registry?.registry.checkHealth();
    expect((await runners())[0]).toMatchObject({ capacity_used: 0 });
  });
});
