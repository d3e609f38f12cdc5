import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type AnyApp,
  type AppRegistration,
  defineApp,
  number,
  registerApp,
  type ServedApp,
  serveApp,
  text,
} from "@livepeer-ts/sdk/app";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LiveWorld, liveSecret, startLiveWorld } from "../support/live-world.ts";
import { addShoutingSocket } from "../support/shouting-socket.ts";
import { until } from "../support/until.ts";

type Json = Record<string, unknown>;

let world: LiveWorld;
const open: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  world = await startLiveWorld();
});
afterEach(async () => {
  for (const stop of open.splice(0).reverse()) await stop();
  await world.stop();
});

/** An app of the kit, served and registered. */
async function offer(app: AnyApp): Promise<{ readonly served: ServedApp; readonly registration: AppRegistration }> {
  const served = await serveApp(app);
  open.push(() => served.stop(0));
  const { orchestratorUrl } = world;
  const registration = registerApp(app, { orchestratorUrl, secret: liveSecret, appUrl: served.url });
  open.push(() => registration.stop());
  await registration.registered;
  return { served, registration };
}

/** An app of somebody's own, with what it says of itself. */
async function register(server: Server, fields: Json): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = await fetch(`${world.orchestratorUrl}/runners/heartbeat`, {
    method: "POST",
    headers: { authorization: liveSecret },
    body: JSON.stringify({ runner_url: url, ...fields }),
  });
  expect(await answer.text()).toContain("runner_id");
  return url;
}

const at = (path: string) => `${world.gatewayUrl}${path}`;
async function call(method: string, path: string, body?: unknown) {
  const answer = await fetch(path.startsWith("http") ? path : at(path), {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said = await answer.text();
  const isJson = (answer.headers.get("content-type") ?? "").startsWith("application/json");
  return { status: answer.status, text: said, json: (isJson ? JSON.parse(said) : {}) as Json, header: answer.headers };
}
const errorOf = ({ json }: { readonly json: Json }) =>
  json["error"] as { code: string; message: string; reason?: string };
const placesTaken = () => world.role.live?.runners?.registry.sessionCount;
const noPlaceTaken = () => until("the places are free", () => placesTaken() === 0);

const shout = defineApp({
  name: "demo/shout",
  about: "loud",
  version: "2",
  capacity: 2,
  inputs: { words: text(), times: number({ default: 1 }) },
  run: async function* ({ words, times }) {
    for (let i = 0; i < times; i++) yield words.toUpperCase();
  },
});

describe("an app of the kit, called through a gateway", () => {
  it("is listed without its address, and answers JSON", async () => {
    expect((await call("GET", "/apps")).json).toEqual({ apps: [] });
    const { served } = await offer(shout);
    const listed = await call("GET", "/apps");
    expect(listed.json).toEqual({
      apps: [{ app: "demo/shout", mode: "single-shot", version: "2", runners: 1, capacity: 2, capacity_available: 2 }],
    });
    const done = await call("POST", "/apps/demo%2Fshout/app", { words: "hi", times: 2 });
    expect([done.status, done.text]).toEqual([200, '["HI","HI"]\n']);
    expect(done.header.get("livepeer-request-id")).toMatch(/^\w+$/);
    expect(done.header.get("livepeer-orchestrator")).toBe(world.orchestratorUrl);
    expect(done.header.get("access-control-allow-origin")).toBe("*");
    expect([...done.header.values(), listed.text].join()).not.toContain(served.url);
    // an app's own refusal is its answer
    expect((await call("POST", "/apps/demo%2Fshout/app", { words: 1 })).status).toBe(422);
    expect((await call("GET", "/apps/demo%2Fshout/app/schema")).json).toMatchObject({ name: "demo/shout" });
    await noPlaceTaken();
  });

  it("sends its events as they come, and is ended when the caller leaves", async () => {
    const steps: (() => void)[] = [];
    const gone = Promise.withResolvers<void>();
    await offer(
      defineApp({
        name: "slow",
        inputs: {},
        run: async function* (_inputs, { signal }) {
          signal.addEventListener("abort", () => gone.resolve(), { once: true });
          for (let i = 0; ; i++) {
            yield i;
            await new Promise<void>((resolve) => steps.push(resolve));
          }
        },
      }),
    );
    const leaving = new AbortController();
    const answer = await fetch(at("/apps/slow/app"), {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json" },
      body: "{}",
      signal: leaving.signal,
    });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    for (const piece of ["0", "1", "2"]) {
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(`event: piece\ndata: ${piece}\n\n`);
      await until("the app waits", () => steps.length > 0);
      steps.splice(0)[0]?.();
    }
    expect(placesTaken()).toBe(1);
    leaving.abort();
    await gone.promise;
    for (const step of steps.splice(0)) step();
    await noPlaceTaken();
  });

  it("is called at another runner when the one chosen is not there any more", async () => {
    const first = await offer(shout);
    await offer(shout);
    await first.served.stop(0);
    // the orchestrator does not know yet: every call may be sent there first
    for (let i = 0; i < 6; i++) {
      const done = await call("POST", "/apps/demo%2Fshout/app", { words: "still" });
      expect([done.status, done.text]).toEqual([200, '["STILL"]\n']);
    }
  });

  it("says why nobody could do it", async () => {
    const nobody = await call("POST", "/apps/demo%2Fshout/app", {});
    expect([nobody.status, errorOf(nobody)]).toEqual([
      404,
      { code: "unknown_app", message: 'there is no app "demo/shout": no orchestrator offers any app' },
    ]);
    const { served } = await offer(defineApp({ ...shout, capacity: 1 }));
    expect(errorOf(await call("POST", "/apps/other/app", {})).message).toBe(
      'there is no app "other": there are demo/shout',
    );
    expect(errorOf(await call("POST", "/apps/demo%2Fshout/session"))).toMatchObject({ code: "no_sessions" });
    expect((await call("GET", "/apps/%E0%A4%A/app")).status).toBe(400);
    expect((await call("POST", "/apps")).status).toBe(405);
    expect((await call("GET", "/apps/demo%2Fshout/nonsense")).status).toBe(404);
    const registry = world.role.live?.runners?.registry;
    const [runner] = registry?.runners ?? [];
    if (registry === undefined || runner === undefined) throw new Error("no runner");
    const taken = registry.reserve(runner, undefined, undefined);
    const busy = await call("POST", "/apps/demo%2Fshout/app", { words: "x" });
    expect([busy.status, errorOf(busy).code]).toEqual([503, "no_place"]);
    registry.release(taken, "stopped_by_client");
    await served.stop(0);
    const dead = await call("POST", "/apps/demo%2Fshout/app", { words: "x" });
    expect([dead.status, errorOf(dead).code, dead.header.get("livepeer-reason")]).toEqual([
      502,
      "app_failed",
      "runner_unreachable",
    ]);
    expect(errorOf(dead).reason).toBe('a runner of "demo/shout" failed: the runner did not answer');
  });
});

describe("an app that breaks a call off", () => {
  it("is not asked twice for what could do harm, and nobody else is; what does none goes to another runner", async () => {
    const seen: string[] = [];
    const broken = createServer((request: IncomingMessage) => {
      seen.push(request.method ?? "");
      request.socket.destroy();
    });
    await register(broken, { app: "a", runner_id: "broken", mode: "single-shot", capacity: 9 });
    const harmful = await call("POST", "/apps/a/app", { x: 1 });
    expect([harmful.status, harmful.header.get("livepeer-reason")]).toEqual([502, "runner_failed"]);
    expect(seen).toEqual(["POST"]);
    let answered = 0;
    const sound = createServer((_request, response) => {
      answered++;
      response.end("sound");
    });
    await register(sound, { app: "a", runner_id: "sound", mode: "single-shot", capacity: 9 });
    for (let i = 0; i < 4; i++) expect((await call("GET", "/apps/a/app/x")).text).toBe("sound");
    expect(answered).toBe(4);
    await noPlaceTaken();
  });
});

describe("an app with sessions", () => {
  /** Says what it got; `/live` is a WebSocket that answers in capitals. */
  function application(): Server {
    const server = createServer((request, response) => {
      const hash = createHash("sha256");
      request.on("data", (chunk: Buffer) => hash.update(chunk));
      request.on("end", () => {
        const { method, url, headers } = request;
        response.writeHead(200, { "content-type": "application/json", "livepeer-reason": "forged" });
        response.end(
          JSON.stringify({ method, url, session: headers["livepeer-session-id"], hash: hash.digest("hex"), headers }),
        );
      });
    });
    addShoutingSocket(server);
    return server;
  }

  it("keeps one place for all calls of a session, under an id that only the caller knows, until it is stopped", async () => {
    const url = await register(application(), { app: "demo/echo", runner_id: "r", capacity: 2 });
    const begun = await call("POST", "/apps/demo%2Fecho/session");
    const { session_id: id, app_url: appUrl, control_url: control } = begun.json;
    expect(id).toMatch(/^[a-z2-7]{26}$/);
    expect([appUrl, control]).toEqual([
      at(`/apps/demo%2Fecho/session/${id}/app`),
      at(`/apps/demo%2Fecho/session/${id}`),
    ]);
    const [one, two] = [await call("PUT", `${appUrl}/a/b%2Fc?d=e`, { x: 1 }), await call("GET", String(appUrl))];
    expect(one.json).toMatchObject({ method: "PUT", url: "/a/b%2Fc?d=e" });
    expect(one.json["session"]).toBe(two.json["session"]);
    // what the app says in the orchestrator's name is not passed on
    expect(one.header.get("livepeer-reason")).toBeNull();
    expect(one.json["session"]).not.toBe(id);
    expect(JSON.stringify(begun.json)).not.toContain(url);
    expect(placesTaken()).toBe(1);
    expect((await call("GET", `/apps/other/session/${id}/app`)).status).toBe(404);
    expect((await call("GET", "/apps/demo%2Fecho/session/guess/app")).status).toBe(404);
    expect((await call("GET", `/apps/demo%2Fecho/session/${id}/stop`)).status).toBe(405);
    expect((await call("POST", `${control}/stop`)).status).toBe(204);
    await noPlaceTaken();
    const late = await call("GET", String(appUrl));
    expect([late.status, errorOf(late).code, late.header.get("livepeer-reason")]).toEqual([
      404,
      "session_ended",
      "stopped_by_client",
    ]);
    expect((await call("POST", `${control}/stop`)).status).toBe(204);
  });

  it("passes WebSockets and large bodies through, also for a single call, whose session ends with it", async () => {
    await register(application(), { app: "ws", runner_id: "r", capacity: 1 });
    const session = (await call("POST", "/apps/ws/session")).json;
    const single = () => `${world.gatewayUrl}/apps/ws/app/live`;
    for (const url of [`${session["app_url"]}/live`, undefined]) {
      if (url === undefined) {
        await call("POST", `${session["control_url"]}/stop`);
        await noPlaceTaken();
      }
      const socket = new WebSocket((url ?? single()).replace("http", "ws"));
      await once(socket, "open");
      expect(placesTaken()).toBe(1);
      for (const word of ["hello", "again"]) {
        const heard = once(socket, "message");
        socket.send(word);
        expect(((await heard)[0] as MessageEvent).data).toBe(word.toUpperCase());
      }
      const closed = once(socket, "close");
      socket.close();
      await closed;
    }
    await noPlaceTaken();
    const large = Buffer.alloc(48 * 1024 * 1024, "livepeer");
    const hash = createHash("sha256").update(large).digest("hex");
    const kept = large.subarray(0, 1024 * 1024);
    for (const body of [large, kept]) {
      const answer = await fetch(at("/apps/ws/app/large"), { method: "POST", body });
      const { hash: got } = (await answer.json()) as Json;
      expect(got).toBe(body === large ? hash : createHash("sha256").update(kept).digest("hex"));
    }
    await noPlaceTaken();
  });

  it("ends with its runner, and calls say so", async () => {
    await register(application(), { app: "x", runner_id: "r" });
    const session = (await call("POST", "/apps/x/session")).json;
    const registry = world.role.live?.runners?.registry;
    const [held] = [...(registry?.runners[0]?.sessions.values() ?? [])];
    if (registry === undefined || held === undefined) throw new Error("no session");
    registry.release(held, "runner_unhealthy");
    for (let i = 0; i < 2; i++) {
      const late = await call("GET", String(session["app_url"]));
      expect([late.status, errorOf(late).code, late.header.get("livepeer-reason")]).toEqual([
        404,
        "session_ended",
        "runner_unhealthy",
      ]);
    }
  });
});
