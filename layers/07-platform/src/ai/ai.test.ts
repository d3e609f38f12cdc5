import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { openPlatformDatabase, type PlatformDatabase } from "@livepeer-ts/data/platform-db";
import { truncatePlatform } from "@livepeer-ts/data/testing";
import { silentLogger, type Tasks } from "@livepeer-ts/kernel";
import { createTasks, NodeNet, startHttpHost, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Platform, startPlatform } from "../platform.ts";
import type { GatewayAiNetwork } from "../ports/gateway-control.ts";

const internalToken = "secret-of-the-nodes";
const clock = systemClock();
const net = new NodeNet();
let database: PlatformDatabase;
let gateway: Server;
let gatewayUrl = "";
let asked: { url: string; header: IncomingMessage["headers"]; body: string }[] = [];
let answer: { status: number; header: Record<string, string>; body: string | Buffer };
let network: GatewayAiNetwork | Error;
let tasks: Tasks;
let platform: Platform;
let host: Awaited<ReturnType<typeof startHttpHost>>;
let url = "";

beforeAll(async () => {
  database = await openPlatformDatabase({
    cacheDir: fileURLToPath(new URL("../../../../.cache/test-platform", import.meta.url)),
    now: 1,
    logger: silentLogger,
  });
  gateway = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    request.on("error", () => {}); // a request that was called off
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    asked.push({ url: request.url ?? "", header: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(answer.status, answer.header).end(answer.body);
  });
  await once(gateway.listen(0, "127.0.0.1"), "listening");
  gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await database.close();
  await net.stop();
  gateway.closeAllConnections();
  await new Promise((resolve) => gateway.close(resolve));
});
beforeEach(async () => {
  await truncatePlatform(database);
  asked = [];
  network = { at: 1000, weiPerUsd: "400000000000000", offers: [] };
  tasks = createTasks("test", silentLogger);
  platform = await start(true);
  host = await startHttpHost({ host: "127.0.0.1", port: 0 }, (request) => platform.handler(request), silentLogger);
  url = `http://127.0.0.1:${host.port}`;
});
afterEach(async () => {
  await host.stop();
  await platform.stop();
  await tasks.stop();
});

function start(isLocal: boolean): Promise<Platform> {
  return startPlatform(
    { internalToken, gatewayUrl, firstAccount: { email: "a@b" }, version: "1", maxAiBodyBytes: 100_000 },
    {
      database,
      chain: undefined,
      net,
      clock,
      random: systemRandom(),
      tasks,
      logger: silentLogger,
      files: undefined,
      local: isLocal
        ? {
            status: () => ({
              phase: "ready",
              steps: [],
              rtmpUrl: null,
              samplePlaybackId: null,
              stoppedOrchestrators: [],
            }),
            subscribe: () => () => {},
            stopOrchestrator: async () => ({ returnsInMs: 1 }),
          }
        : undefined,
      gateway: {
        endStream: async () => {},
        aiNetwork: async () => {
          if (network instanceof Error) throw network;
          return network;
        },
      },
    },
  );
}

const post = (path: string, init: RequestInit = {}) =>
  fetch(`${url}${path}`, { method: "POST", headers: { authorization: `Bearer ${platform.apiKey}` }, ...init });
const picture = { url: "/stream/0a1b2c3d/deadbeef.png", seed: 7, nsfw: false };
const jsonHeader = { "content-type": "application/json" };
const fromGateway = (body: unknown, header: Record<string, string> = {}) => {
  answer = { status: 200, header: { ...jsonHeader, ...header }, body: JSON.stringify(body) };
};

describe("AI jobs through the platform", () => {
  it("go to the gateway as they came, and come back with media of this server and what they cost", async () => {
    fromGateway(
      { images: [picture, { ...picture, url: "https://store.example/x.png" }] },
      { "livepeer-fee-wei": "786432", "livepeer-request-id": "01234567", "livepeer-orchestrator": "https://o:1" },
    );
    for (const path of ["/api/beta/generate", "/api/generate", "/api/api/generate", "/api/api/beta/generate"]) {
      const given = await post(`${path}/text-to-image`, { body: '{"prompt":"x"}' });
      expect([given.status, given.headers.get("livepeer-fee-wei")]).toEqual([200, "786432"]);
      expect(given.headers.get("livepeer-request-id")).toBe("01234567");
      expect(given.headers.get("livepeer-orchestrator")).toBeNull();
      expect(await given.json()).toEqual({
        images: [
          { ...picture, url: `${url}/api/ai/media/0a1b2c3d/deadbeef.png` },
          { ...picture, url: "https://store.example/x.png" },
        ],
      });
    }
    expect(asked.map((call) => [call.url, call.body])).toEqual(Array(4).fill(["/text-to-image", '{"prompt":"x"}']));
    // the account, for its turn in the queue, and never the key
    expect(new Set(asked.map(({ header }) => header.authorization))).toEqual(
      new Set([expect.stringMatching(/^Account [0-9a-f-]{36}$/)]),
    );
    expect(asked[0]?.header.authorization).not.toContain(platform.apiKey);
    await post("/api/beta/generate/text-to-image", { headers: { origin: url }, body: "{}" });
    expect(asked.pop()?.header.authorization).toBeUndefined();
    answer = { status: 200, header: { "content-type": "image/png" }, body: Buffer.from("png") };
    const media = await fetch(`${url}/api/ai/media/0a1b2c3d/deadbeef.png`);
    expect([media.headers.get("content-type"), await media.text()]).toEqual(["image/png", "png"]);
    expect(asked.at(-1)?.url).toBe("/stream/0a1b2c3d/deadbeef.png");
  });

  it("say where they are, by the id that the client gave them", async () => {
    const id = "0123456789abcdef";
    fromGateway({ text: "ok" });
    const headers = { authorization: `Bearer ${platform.apiKey}`, "livepeer-job-id": id };
    await post("/api/beta/generate/image-to-text", { headers, body: "x" });
    expect(asked[0]?.header["livepeer-job-id"]).toBe(id);
    const stage = { state: "waiting", position: 3, waitedMs: 5, maxWaitMs: 60_000 };
    fromGateway(stage);
    const told = await fetch(`${url}/api/ai/jobs/${id}`);
    expect([told.status, told.headers.get("cache-control"), await told.json()]).toEqual([200, "no-store", stage]);
    expect(asked.at(-1)?.url).toBe(`/ai/jobs/${id}`);
    answer = { status: 404, header: { "content-type": "text/plain" }, body: "404 page not found" };
    const unknown = await fetch(`${url}/api/ai/jobs/${id}`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: "unknown_job" } }]);
    expect((await fetch(`${url}/api/ai/jobs/..%2fstatus-of-this`)).status).toBe(400);
    expect((await post(`/api/ai/jobs/${id}`)).status).toBe(405);
  });

  it("keep the gateway's refusals, and pass a stream on unread", async () => {
    answer = { status: 503, header: jsonHeader, body: '{"error":{"message":"no","code":"no_orchestrator"}}' };
    const refused = await post("/api/beta/generate/llm", { body: "{}" });
    expect([refused.status, await refused.json()]).toEqual([
      503,
      { error: { message: "no", code: "no_orchestrator" } },
    ]);
    answer = { status: 200, header: { "content-type": "text/event-stream" }, body: 'data: {"a":1}\n\n' };
    const stream = await post("/api/beta/generate/llm", { body: "{}" });
    expect([stream.headers.get("content-type"), await stream.text()]).toEqual([
      "text/event-stream",
      'data: {"a":1}\n\n',
    ]);
  });

  it("need a key, or come from a page of the local network itself", async () => {
    fromGateway({ text: "ok" });
    const call = (headers: Record<string, string>) => post("/api/beta/generate/image-to-text", { headers, body: "x" });
    expect((await call({})).status).toBe(401);
    expect((await call({ authorization: "Bearer nonsense" })).status).toBe(401);
    expect((await call({ origin: url })).status).toBe(200);
    expect((await call({ origin: "https://evil.example" })).status).toBe(403);
    const keyed = { origin: "https://evil.example", authorization: `Bearer ${platform.apiKey}` };
    expect((await call(keyed)).status).toBe(403);
    // the browser was led here by a name that is not this machine's
    const rebound = await net.request({
      method: "POST",
      url: `${url}/api/beta/generate/image-to-text`,
      header: new Headers({ origin: "http://evil.example", host: "evil.example" }),
      signal: AbortSignal.timeout(5000),
    });
    expect(rebound.status).not.toBe(200);
    await platform.stop();
    platform = await start(false);
    expect((await call({ origin: url })).status).toBe(401);
  });

  it("are refused for unknown pipelines, other methods, too much, and a gateway that is gone", async () => {
    expect((await post("/api/beta/generate/nothing")).status).toBe(404);
    expect((await fetch(`${url}/api/beta/generate/llm`)).status).toBe(405);
    expect((await fetch(`${url}/api/ai/media/../../healthz`)).status).not.toBe(502);
    expect((await fetch(`${url}/api/ai/media/0a1b2c3d/..%2f..%2fx`)).status).toBe(404);
    const large = await post("/api/beta/generate/image-to-text", { body: "x".repeat(100_001) });
    expect([large.status, ((await large.json()) as { error: { code: string } }).error.code]).toEqual([
      413,
      "body_too_large",
    ]);
    await platform.stop();
    const gone = gatewayUrl;
    gatewayUrl = "http://127.0.0.1:1";
    platform = await start(true);
    gatewayUrl = gone;
    const silent = await post("/api/beta/generate/llm", { body: "{}" });
    expect([silent.status, ((await silent.json()) as { error: { code: string } }).error.code]).toEqual([
      502,
      "gateway_silent",
    ]);
  });
});

describe("what the network can do", () => {
  const offer = {
    ...{ pipeline: "llm", modelId: "m", isWarm: true, capacity: 2, inUse: 1, runnerVersion: "1" },
    ...{ uri: "https://a:1", address: null, pricePerUnit: "3/2" },
  };
  const tell = (id: string, change: object, at = clock.now()) => ({
    ...{ id: id.padStart(32, "0"), type: "ai.job", subject: id, at },
    data: {
      ...{ requestId: id, pipeline: "llm", modelId: "m", units: "1", durationMs: 900 },
      attempts: [{ uri: "https://a:1", latencyMs: 700, error: null }],
      error: null,
      ...change,
    },
  });
  const report = (events: readonly object[]) =>
    fetch(`${url}/internal/events`, {
      method: "POST",
      headers: { ...jsonHeader, authorization: `Bearer ${internalToken}` },
      body: JSON.stringify({ source: "gateway", events }),
    });
  const capabilities = async () => (await fetch(`${url}/api/ai/capabilities`)).json();

  it("is the pipelines' own description", async () => {
    const { pipelines } = (await (await fetch(`${url}/api/ai/pipelines`)).json()) as {
      pipelines: { name: string; fields: { name: string; choices?: string[] }[] }[];
    };
    expect(pipelines.length).toBe(9);
    const listening = pipelines.find(({ name }) => name === "audio-to-text");
    expect(listening?.fields.find(({ name }) => name === "return_timestamps")?.choices).toEqual([
      "true",
      "false",
      "word",
    ]);
  });

  it("is who offers what, and how the last hour's jobs went", async () => {
    network = { at: 5, weiPerUsd: null, offers: [offer, { ...offer, uri: "https://b:1" }] };
    expect(await capabilities()).toMatchObject({
      at: 5,
      weiPerUsd: null,
      models: [{ modelId: "m", lastHour: { jobs: 0, failed: 0, p50Ms: null, p95Ms: null } }],
    });
    const failed = { code: "all_failed", message: "x" };
    const tries = [
      { uri: "https://b:1", latencyMs: 90, error: failed },
      { uri: "https://a:1", latencyMs: 300, error: null },
    ];
    const sent = await report([
      tell("1", { durationMs: 100 }),
      tell("2", { durationMs: 200 }),
      tell("3", { durationMs: 400, attempts: tries }),
      tell("4", { error: failed, attempts: [tries[0]] }),
      tell("5", { error: { code: "runner_refused", message: "the client's" } }),
      tell("6", { durationMs: 9 }, clock.now() - 3_700_000),
      tell("7", { modelId: "old" }),
      tell("8", { modelId: "unheard of", error: { code: "no_orchestrator", message: "nobody" }, attempts: [] }),
    ]);
    expect(sent.status).toBe(200);
    const told = {
      models: [
        {
          modelId: "m",
          lastHour: { jobs: 4, failed: 1, p50Ms: 200, p95Ms: 400 },
          offers: [
            { uri: "https://a:1", lastHour: { jobs: 3, failed: 0, p50Ms: 700, p95Ms: 700 } },
            { uri: "https://b:1", lastHour: { jobs: 2, failed: 2, p50Ms: null, p95Ms: null } },
          ],
        },
        { modelId: "old", offers: [], lastHour: { jobs: 1 } },
      ],
    };
    expect(await capabilities()).toMatchObject(told);
    // the next process knows it too
    await platform.stop();
    platform = await start(true);
    await expect.poll(capabilities).toMatchObject(told);
  });

  it("is not known while the gateway is silent", async () => {
    network = new Error("gone");
    const silent = await fetch(`${url}/api/ai/capabilities`);
    expect([silent.status, await silent.json()]).toEqual([
      502,
      { errors: ["The gateway did not answer: try again in a few seconds."] },
    ]);
  });
});
