import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { NetworkState } from "@livepeer-ts/data";
import { openPlatformDatabase, type PlatformDatabase } from "@livepeer-ts/data/platform-db";
import { truncatePlatform } from "@livepeer-ts/data/testing";
import { bodyOf, type HttpResponse, LpError, readBody, silentLogger, type Tasks, utf8 } from "@livepeer-ts/kernel";
import { createTasks, NodeNet, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Platform, startPlatform } from "./platform.ts";
import type { LocalNetwork } from "./ports/local-network.ts";
import type { StaticFile } from "./ports/static-files.ts";

const cacheDir = new URL("../../../.cache/test-platform", import.meta.url).pathname;
const internalToken = "secret-of-the-nodes";
const origin = "http://platform.test";
const orchestrator = `0x${"a1".repeat(20)}`;

let database: PlatformDatabase;
let upstream: Server;
let upstreamUrl: string;
let upstreamFiles: Record<string, { type: string; body: string }> = {};
let platform: Platform;
let tasks: Tasks;
const net = new NodeNet();
let stopped: string[] = [];
let notRunning: string[] = [];
const statusListeners = new Set<() => void>();
let ended: string[] = [];

const file = (text: string, change: Partial<StaticFile> = {}): StaticFile => ({
  bytes: utf8(text),
  contentType: "text/html; charset=utf-8",
  etag: `"${text.length}"`,
  immutable: false,
  gzip: undefined,
  brotli: undefined,
  ...change,
});
const files: Record<string, StaticFile> = {
  "/index.html": file("<!doctype html>"),
  "/assets/app-12345678.js": file("app", { contentType: "text/javascript", immutable: true, gzip: utf8("zip") }),
};
const local: LocalNetwork = {
  status: () => ({
    phase: "ready",
    steps: [],
    rtmpUrl: "rtmp://127.0.0.1:1935/live",
    samplePlaybackId: null,
    stoppedOrchestrators: notRunning,
  }),
  subscribe(listener) {
    statusListeners.add(listener);
    return () => statusListeners.delete(listener);
  },
  async stopOrchestrator(address) {
    if (address !== orchestrator) throw new LpError({ code: "orchestrator_unknown", message: "no such machine" });
    stopped.push(address);
    return { returnsInMs: 18_000 };
  },
};

beforeAll(async () => {
  database = await openPlatformDatabase({ cacheDir, now: 1, logger: silentLogger });
  upstream = createServer((request, response) => {
    const found = upstreamFiles[request.url ?? ""];
    response.writeHead(found === undefined ? 404 : 200, { "content-type": found?.type ?? "text/plain" });
    response.end(found?.body ?? "ErrNotFound");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await database.close();
  await net.stop();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});
beforeEach(async () => {
  await truncatePlatform(database);
  stopped = [];
  notRunning = [];
  ended = [];
  upstreamFiles = {};
  tasks = createTasks("test", silentLogger);
  platform = await start();
});
afterEach(async () => {
  await platform.stop();
  await tasks.stop();
});

function start(change: { activeTimeoutMs?: number } = {}): Promise<Platform> {
  return startPlatform(
    {
      internalToken,
      gatewayUrl: upstreamUrl,
      firstAccount: { email: "a@b" },
      devnet: true,
      version: "1.2.3",
      controlHosts: ["platform.test"],
      maxApiBodyBytes: 20_000,
      ...change,
    },
    {
      database,
      chain: undefined,
      net,
      clock: systemClock(),
      random: systemRandom(),
      tasks,
      logger: silentLogger,
      files: { get: (path) => files[path] },
      local,
      gateway: {
        endStream: async (manifestId) => void ended.push(manifestId),
        aiNetwork: async () => ({ at: 0, weiPerUsd: null, offers: [] }),
      },
    },
  );
}

type Answer = { status: number; header: Headers; text: string; json: unknown };
async function call(
  method: string,
  path: string,
  options: { body?: unknown; key?: string | undefined; header?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await open(method, path, options);
  const text = new TextDecoder().decode(await readBody(response.body, 10_000_000));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, header: response.header, text, json };
}
function open(
  method: string,
  path: string,
  options: { body?: unknown; key?: string | undefined; header?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<HttpResponse> {
  const header = new Headers(options.header);
  const key = "key" in options ? options.key : platform.apiKey;
  if (key !== undefined && !header.has("authorization")) header.set("authorization", `Bearer ${key}`);
  if (options.body !== undefined) header.set("content-type", "application/json");
  const body = typeof options.body === "string" ? options.body : JSON.stringify(options.body ?? null);
  return platform.handler({
    method,
    url: `${origin}${path}`,
    header,
    body: bodyOf(options.body === undefined ? new Uint8Array() : utf8(body)),
    signal: options.signal ?? new AbortController().signal,
    peer: { address: "127.0.0.1", protocol: "h1" },
  });
}

type Stream = {
  id: string;
  name: string;
  streamKey: string;
  playbackId: string;
  isActive: boolean;
  lastSeen: number;
  profiles: { name: string }[];
  sourceSegments: number;
};
const create = async (body: Record<string, unknown> = { name: "one" }) =>
  (await call("POST", "/api/stream", { body })).json as Stream;
const get = async (id: string) => (await call("GET", `/api/stream/${id}`)).json as Stream;

let counter = 0;
const event = (type: string, stream: Stream, data: Record<string, unknown>, at = Date.now()) => ({
  id: (counter++).toString(16).padStart(32, "0"),
  type,
  subject: stream.playbackId,
  at,
  data: { manifestId: stream.playbackId, streamId: stream.id, ...data },
});
const started = (stream: Stream, at?: number) =>
  event("stream.started", stream, { protocol: "rtmp", gateway: null, profiles: [] }, at);
const segment = (stream: Stream, seqNo: number, at?: number) =>
  event("stream.segment", stream, { seqNo, durationMs: 2_000, sizeBytes: 500_000, width: 1280, height: 720 }, at);
const deliver = (events: unknown[], key = internalToken) =>
  call("POST", "/internal/events", { body: { source: "gateway", events }, key });

describe("streams", () => {
  it("are created with ids and keys of the documented forms and the default ladder", async () => {
    const answer = await call("POST", "/api/stream", {
      body: { name: "My stream", creatorId: "c1", userTags: { a: 1, b: ["x", 2] } },
    });
    expect(answer.status).toBe(201);
    expect(answer.header.get("content-type")).toMatch(/^application\/json/);
    const stream = answer.json as Stream;
    expect(stream.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(stream.streamKey).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    expect(stream.playbackId).toMatch(/^[0-9a-z]{16}$/);
    expect(stream.streamKey.slice(0, 4)).toBe(stream.id.slice(0, 4));
    expect(stream.playbackId.slice(0, 4)).toBe(stream.id.slice(0, 4));
    expect(stream).toMatchObject({
      name: "My stream",
      creatorId: { type: "unverified", value: "c1" },
      userTags: { a: 1, b: ["x", 2] },
      isActive: false,
      lastSeen: 0,
      sourceSegments: 0,
      record: false,
      suspended: false,
      createdByTokenName: "first key",
      profiles: [
        { name: "360p", width: 640, height: 360, fps: 0 },
        { name: "240p", width: 426, height: 240, fps: 0 },
      ],
    });
    expect(await get(stream.id)).toEqual(stream);
  });

  it("keep the ladder they ask for, and an explicit empty one", async () => {
    const own = { name: "p", width: 320, height: 180, bitrate: 300_000, fps: 30, fpsDen: 1, gop: "intra", quality: 20 };
    expect((await create({ name: "x", profiles: [own] })).profiles).toEqual([own]);
    expect((await create({ name: "x", profiles: [] })).profiles).toEqual([]);
    expect((await create({ name: "x", profiles: null })).profiles).toHaveLength(2);
  });

  it.each([
    [{}, "must have required property 'name'"],
    [{ name: "x", surprise: 1 }, "additionalProperties"],
    [{ name: "x", profiles: [{ name: "source", width: 640, height: 360, bitrate: 1000, fps: 0 }] }, "cannot be named"],
    [{ name: "x", profiles: [{ name: "a/b", width: 640, height: 360, bitrate: 1000, fps: 0 }] }, "slashes"],
    [{ name: "x", profiles: [{ name: "p", width: 4, height: 360, bitrate: 1000, fps: 0 }] }, "/profiles/0/width"],
  ])("refuse the body %j with 422 and a list of errors", async (body, expected) => {
    const answer = await call("POST", "/api/stream", { body });
    expect(answer.status).toBe(422);
    expect((answer.json as { errors: string[] }).errors.join()).toContain(expected);
  });

  it("refuse what is not JSON, too large, named twice, or not offered", async () => {
    expect((await call("POST", "/api/stream", { body: "{nonsense" })).status).toBe(400);
    expect((await call("POST", "/api/stream", { body: { name: "x".repeat(30_000) } })).status).toBe(413);
    const profile = { name: "p", width: 640, height: 360, bitrate: 1000, fps: 0 };
    const twice = await call("POST", "/api/stream", { body: { name: "x", profiles: [profile, profile] } });
    expect([twice.status, twice.json]).toEqual([400, { errors: ['duplicate profile name "p"'] }]);
    const record = await call("POST", "/api/stream", { body: { name: "x", record: true } });
    expect(record.status).toBe(501);
    expect((record.json as { errors: string[] }).errors[0]).toContain("'record'");
    expect((await call("POST", "/api/stream", { body: { name: "x", record: false } })).status).toBe(201);
  });

  it("are listed page by page, in the order and with the filters asked for", async () => {
    for (const name of ["alpha", "Beta", "gamma"]) await create({ name });
    const names = async (query: string) =>
      ((await call("GET", `/api/stream?${query}`)).json as Stream[]).map((stream) => stream.name);
    expect(await names("order=name-false")).toEqual(["Beta", "alpha", "gamma"].toSorted());
    expect(await names("order=name-true,nonsense-true")).toEqual(["Beta", "alpha", "gamma"].toSorted().reverse());
    expect(await names(`filters=${encodeURIComponent('[{"id":"name","value":"BET"}]')}`)).toEqual(["Beta"]);
    expect(await names(`filters=${encodeURIComponent('[{"id":"createdAt","value":{"gt":99999999999999}}]')}`)).toEqual(
      [],
    );
    expect(await names(`filters=${encodeURIComponent('[{"id":"isActive","value":false}]')}`)).toHaveLength(3);
    expect(await names("active=true")).toEqual([]);
    const first = await call("GET", "/api/stream?limit=2&count=1&order=name-false");
    expect(first.header.get("x-total-count")).toBe("3");
    const next = /<(.+)>; rel="next"/.exec(first.header.get("link") ?? "")?.[1] ?? "";
    const second = await call("GET", next.slice(origin.length));
    expect(second.json).toHaveLength(1);
    expect(second.header.get("link")).toBeNull();
    const bad = await call("GET", `/api/stream?filters=${encodeURIComponent('[{"id":"x; drop","value":1}]')}`);
    expect([bad.status, bad.json]).toEqual([
      400,
      { errors: ['error parsing filters: Error: unknown field: "x; drop"'] },
    ]);
  });

  it("can be renamed and deleted; a deleted one is gone everywhere and its broadcast is ended", async () => {
    const stream = await create();
    expect((await call("PATCH", `/api/stream/${stream.id}`, { body: { name: "two" } })).status).toBe(204);
    expect((await get(stream.id)).name).toBe("two");
    expect((await call("DELETE", `/api/stream/${stream.id}`)).status).toBe(204);
    expect(ended).toEqual([stream.playbackId]);
    const gone = await call("GET", `/api/stream/${stream.id}`);
    expect([gone.status, gone.json]).toEqual([404, { errors: ["not found"] }]);
    expect((await call("DELETE", `/api/stream/${stream.id}`)).status).toBe(404);
    expect((await call("GET", `/api/playback/${stream.playbackId}`)).status).toBe(404);
    expect((await call("GET", "/api/stream")).json).toEqual([]);
  });

  it("do not change their ladder while they are active", async () => {
    const stream = await create();
    await deliver([started(stream), segment(stream, 0)]);
    const refused = await call("PATCH", `/api/stream/${stream.id}`, { body: { profiles: [] } });
    expect([refused.status, refused.json]).toEqual([
      400,
      { errors: ["cannot change 'profiles' field while stream is active"] },
    ]);
    expect((await call("PATCH", `/api/stream/${stream.id}`, { body: { name: "n" } })).status).toBe(204);
  });

  it("belong to their account", async () => {
    const stream = await create();
    await database.db.insertInto("account").values({ id: "other", email: "o@b", created_at: 1 }).execute();
    const key = "11111111-1111-4111-8111-111111111111";
    await database.db
      .insertInto("api_token")
      .values({ id: key, account_id: "other", name: "k", created_at: 1 })
      .execute();
    for (const method of ["GET", "DELETE"]) {
      expect((await call(method, `/api/stream/${stream.id}`, { key })).status).toBe(404);
    }
    expect((await call("GET", "/api/stream", { key })).json).toEqual([]);
  });
});

describe("liveness", () => {
  it("is false for a key that never sent a frame, true with segments, false after the end", async () => {
    const stream = await create();
    await deliver([started(stream)]);
    expect(await get(stream.id)).toMatchObject({ isActive: false, lastSeen: 0 });
    await deliver([segment(stream, 0)]);
    expect(await get(stream.id)).toMatchObject({ isActive: true, sourceSegments: 1 });
    expect((await call("GET", "/api/stream?active=true")).json).toHaveLength(1);
    await deliver([event("stream.ended", stream, { reason: "publisher left" })]);
    expect((await get(stream.id)).isActive).toBe(false);
  });

  it("ends by itself when a gateway falls silent", async () => {
    const stream = await create();
    await deliver([started(stream, Date.now() - 50_000), segment(stream, 0, Date.now() - 46_000)]);
    expect((await get(stream.id)).isActive).toBe(false);
    const filter = encodeURIComponent('[{"id":"isActive","value":true}]');
    expect((await call("GET", `/api/stream?filters=${filter}`)).json).toEqual([]);
  });
});

describe("callers", () => {
  it.each([
    [undefined, 401, "request is not authenticated"],
    ["Bearer nonsense", 401, "no token nonsense found"],
    ["Digest x", 401, "unsupported authorization header scheme: Digest"],
  ])("with the credentials %j get %i", async (authorization, status, text) => {
    const header: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await call("GET", "/api/stream", { key: undefined, header });
    expect([answer.status, answer.json]).toEqual([status, { errors: [text] }]);
  });

  it("may use Basic with the account's id and the key", async () => {
    const { userId } = (await create()) as unknown as { userId: string };
    const basic = (user: string) => ({ authorization: `basic ${btoa(`${user}:${platform.apiKey}`)}` });
    expect((await call("GET", "/api/stream", { header: basic(userId) })).status).toBe(200);
    expect((await call("GET", "/api/stream", { header: basic("someone") })).status).toBe(401);
  });

  it("keep their key over a restart, and a given key is taken", async () => {
    const again = await start();
    expect(again.apiKey).toBe(platform.apiKey);
    await again.stop();
  });

  it("from other sites pass the preflight and playback, and nothing else", async () => {
    const stream = await create();
    const header = { origin: "https://evil.test" };
    const preflight = await call("OPTIONS", "/api/stream", { header });
    expect([preflight.status, preflight.header.get("access-control-allow-origin")]).toEqual([204, header.origin]);
    const refused = await call("GET", "/api/stream", { header });
    expect([refused.status, refused.json]).toEqual([
      403,
      { errors: ["credential disallows CORS access from origin https://evil.test"] },
    ]);
    const playback = await call("GET", `/api/playback/${stream.playbackId}`, { header, key: undefined });
    expect([playback.status, playback.header.get("access-control-allow-origin")]).toEqual([200, header.origin]);
    expect((await call("GET", "/api/stream", { header: { origin } })).status).toBe(200);
  });
});

describe("the auth webhook", () => {
  const hook = (
    url: unknown,
    header: Record<string, string> = { authorization: `Bearer ${internalToken}` },
    query = "",
  ) => call("POST", `/api/stream/hook${query}`, { body: { url }, header, key: undefined });

  it("lets the owner of a key publish, by every URL form, and tells ids and ladder", async () => {
    const stream = await create();
    for (const url of [
      `rtmp://h:1935/live/${stream.streamKey}`,
      `rtmp://h/${stream.streamKey}`,
      `rtmp://h/live/${stream.id}?x=1`,
      `http://h/live/${stream.id}/0.ts`,
      `https://h/live/${stream.streamKey}/17.ts`,
      `http://h/live/${stream.id}`,
    ]) {
      const answer = await hook(url);
      expect([url, answer.status]).toEqual([url, 200]);
      expect(answer.json).toMatchObject({
        manifestID: stream.playbackId,
        streamID: stream.id,
        sessionID: expect.stringMatching(/^[0-9a-f-]{36}$/),
        profiles: [{ name: "360p", gop: "2.0", profile: "H264ConstrainedHigh" }, { name: "240p" }],
      });
    }
  });

  it("refuses unknown keys, the public playback id, deleted and suspended streams, and other URLs", async () => {
    const stream = await create();
    const status = async (url: unknown) => (await hook(url)).status;
    expect(await status("rtmp://h/live/none-none-none-none")).toBe(404);
    expect(await status(`rtmp://h/live/${stream.playbackId}`)).toBe(404);
    expect(await status("rtmp://h/live/")).toBe(401);
    expect(await status(`rtmp://h/live/${stream.streamKey}/more`)).toBe(422);
    expect(await status(`http://h/other/${stream.id}/0.ts`)).toBe(422);
    expect(await status(`http://h/live/${stream.id}/x.exe`)).toBe(422);
    expect(await status("ftp://h/live/x")).toBe(422);
    expect(await status("nonsense")).toBe(422);
    expect(await status(5)).toBe(422);
    await call("PATCH", `/api/stream/${stream.id}`, { body: { suspended: true } });
    expect(await status(`rtmp://h/live/${stream.streamKey}`)).toBe(403);
    await call("DELETE", `/api/stream/${stream.id}`);
    expect(await status(`rtmp://h/live/${stream.streamKey}`)).toBe(404);
    expect(ended).toEqual([stream.playbackId, stream.playbackId]);
  });

  it("asks for the gateway's token in one of three ways", async () => {
    const stream = await create();
    const url = `rtmp://h/live/${stream.streamKey}`;
    expect((await hook(url, {})).status).toBe(401);
    expect((await hook(url, { authorization: `Bearer ${platform.apiKey}` })).status).toBe(401);
    expect((await hook(url, { authorization: `Basic ${btoa(`gateway:${internalToken}`)}` })).status).toBe(200);
    expect((await hook(url, {}, `?token=${internalToken}`)).status).toBe(200);
  });
});

describe("deliveries of events", () => {
  it("need the token and a valid form, are answered when durable, and count once", async () => {
    const stream = await create();
    const events = [started(stream), segment(stream, 0)];
    expect((await deliver(events, "wrong")).status).toBe(401);
    expect((await call("GET", "/internal/events")).status).toBe(405);
    expect((await call("POST", "/internal/events", { body: "{", key: internalToken })).status).toBe(400);
    expect((await deliver([{ ...events[0], id: "x" }])).status).toBe(400);
    expect((await deliver(Array(1_001).fill(events[0]))).status).toBe(400);
    expect((await deliver([event("x", stream, { pad: "x".repeat(9_000_000) })])).status).toBe(413);
    expect((await deliver(events)).json).toEqual({ accepted: 2, new: 2 });
    expect((await deliver(events)).json).toEqual({ accepted: 2, new: 0 });
    expect((await get(stream.id)).sourceSegments).toBe(1);
  });
});

describe("playback", () => {
  it("is described for players and for the viewer's page, without protocol words", async () => {
    const stream = await create({ name: "Show", userTags: { creditText: "CC", creditUrl: "https://c.test/" } });
    const info = await call("GET", `/api/playback/${stream.playbackId}`, { key: undefined });
    const source = {
      hrn: "HLS (TS)",
      type: "html5/application/vnd.apple.mpegurl",
      url: `${origin}/hls/${stream.playbackId}/index.m3u8`,
    };
    expect(info.json).toEqual({ type: "live", meta: { live: 0, playbackPolicy: null, source: [source] } });
    expect(info.header.get("vary")).toContain("Origin");
    const missing = await call("GET", "/api/playback/none", { key: undefined });
    expect([missing.status, missing.json]).toEqual([404, { errors: ["No playback URL found for none"] }]);

    await deliver([started(stream), segment(stream, 0)]);
    const watch = await call("GET", `/api/watch/${stream.playbackId}`, { key: undefined });
    expect(watch.json).toEqual({
      playbackId: stream.playbackId,
      title: "Show",
      isLive: true,
      liveSince: expect.any(Number),
      playbackUrl: `/hls/${stream.playbackId}/index.m3u8`,
      qualities: [
        { name: "source", width: 1280, height: 720, bitrateBps: 2_000_000 },
        { name: "360p", width: 640, height: 360, bitrateBps: 900_000 },
        { name: "240p", width: 426, height: 240, bitrateBps: 400_000 },
      ],
      credit: { text: "CC", url: "https://c.test/" },
    });
    expect(watch.text).not.toMatch(/orchestrator|stake|ticket|gas|round|streamKey/i);
  });

  it("never shows a link that is not a web address", async () => {
    const stream = await create({ name: "x", userTags: { creditText: "CC", creditUrl: "javascript:alert(1)" } });
    const watch = await call("GET", `/api/watch/${stream.playbackId}`, { key: undefined });
    expect(watch.json).toMatchObject({ credit: null });
  });

  it("brings playlists and segments of the gateway under one roof", async () => {
    const stream = await create();
    const id = stream.playbackId;
    upstreamFiles = {
      [`/stream/${id}.m3u8`]: {
        type: "application/x-mpegURL",
        body: `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${id}/source.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n${id}/360p.m3u8\n`,
      },
      [`/stream/${id}/360p.m3u8`]: {
        type: "application/x-mpegURL",
        body: `#EXTM3U\n#EXT-X-MAP:URI="/stream/${id}/360p/init.mp4"\n#EXTINF:2.000,\n/stream/${id}/360p/3.ts\n#EXTINF:2.000,\nhttps://store.test/4.ts\n`,
      },
      [`/stream/${id}/360p/3.ts`]: { type: "text/vnd.trolltech.linguist", body: "media" },
    };
    const fetchPath = (path: string) => call("GET", path, { key: undefined, header: { origin: "https://other.test" } });
    const master = await fetchPath(`/hls/${id}/index.m3u8`);
    expect(master.text.split("\n").filter((line) => /^\w/.test(line))).toEqual(["source.m3u8", "360p.m3u8"]);
    expect(master.header.get("content-type")).toBe("application/vnd.apple.mpegurl");
    expect(master.header.get("access-control-allow-origin")).toBe("https://other.test");
    const media = await fetchPath(`/hls/${id}/360p.m3u8`);
    expect(media.text).toContain('URI="360p/init.mp4"');
    expect(media.text).toContain("\n360p/3.ts\n");
    expect(media.text).toContain("\nhttps://store.test/4.ts\n");
    const piece = await fetchPath(`/hls/${id}/360p/3.ts`);
    expect([piece.status, piece.text, piece.header.get("content-type")]).toEqual([200, "media", "video/mp2t"]);
    const head = await call("HEAD", `/hls/${id}/360p/3.ts`, { key: undefined });
    expect([head.status, head.text]).toEqual([200, ""]);
    expect((await call("OPTIONS", `/hls/${id}/index.m3u8`, { key: undefined })).status).toBe(200);
    expect((await call("POST", `/hls/${id}/index.m3u8`, { key: undefined, body: {} })).status).toBe(405);
  });

  it("says clearly when nothing is on air, nothing is known, or the gateway is away", async () => {
    const stream = await create();
    const off = await call("GET", `/hls/${stream.playbackId}/index.m3u8`, { key: undefined });
    expect(off.status).toBe(404);
    expect(off.text).toMatch(/stream is offline/i);
    for (const path of [`/hls/none/index.m3u8`, `/hls/${stream.playbackId}/../../secret`, `/hls/${stream.id}/..%2fx`]) {
      expect((await call("GET", path, { key: undefined })).status).toBe(404);
    }
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
    const away = await call("GET", `/hls/${stream.playbackId}/index.m3u8`, { key: undefined });
    expect([away.status, away.text]).toEqual([502, expect.stringContaining("does not answer")]);
    await new Promise<void>((resolve) => upstream.listen(Number(new URL(upstreamUrl).port), "127.0.0.1", resolve));
  });
});

describe("the network's figures", () => {
  it("are one picture of the stream on air", async () => {
    const stream = await create({ name: "On air" });
    await deliver([started(stream), segment(stream, 0)]);
    const answer = await call("GET", "/api/network", { key: undefined });
    expect(answer.json).toMatchObject({
      phase: "ready",
      devnet: true,
      rtmpUrl: "rtmp://127.0.0.1:1935/live",
      stream: { streamId: stream.id, playbackId: stream.playbackId, name: "On air", isActive: true },
      pieces: [{ seqNo: 0, state: "underway", streamId: stream.id }],
    } satisfies { [K in keyof NetworkState]?: unknown });
  });

  it("stream as events: the state at once, pieces as they come, states of at most four a second", async () => {
    const stream = await create();
    await deliver([started(stream)]);
    const aborter = new AbortController();
    const response = await open("GET", "/api/network/events", { key: undefined, signal: aborter.signal });
    expect(response.header.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const messages = parseEvents(response.body);
    expect(await messages.next()).toMatchObject({ value: { event: "state", data: { stream: null } } });
    const clock = systemClock();
    const from = clock.mono();
    for (let seqNo = 0; seqNo < 12; seqNo++) await deliver([segment(stream, seqNo)]);
    const pieces: number[] = [];
    let states = 0;
    for await (const message of messages) {
      if (message.event === "piece") pieces.push((message.data as { seqNo: number }).seqNo);
      else states++;
      if (message.event === "state" && (message.data as NetworkState).pieces.length === 12) break;
    }
    expect(pieces).toEqual(pieces.toSorted((a, b) => a - b));
    expect(pieces).toContain(11);
    expect(states).toBeLessThanOrEqual(Math.ceil((clock.mono() - from) / 250) + 1);
    aborter.abort();
  });

  it("let a page of this server stop a machine, and nobody else", async () => {
    const path = `/api/network/orchestrators/${orchestrator}/stop`;
    const post = (header: Record<string, string>, target = path) =>
      call("POST", target, { header: { host: "platform.test", ...header }, key: undefined });
    expect((await post({})).status).toBe(403);
    expect((await post({ origin: "https://evil.test" })).status).toBe(403);
    expect((await post({ origin: "http://evil.test", host: "evil.test" })).status).toBe(403);
    expect(stopped).toEqual([]);
    const done = await post({ origin: "http://platform.test" });
    expect([done.status, done.json]).toEqual([200, { returnsInMs: 18_000 }]);
    expect((await post({ authorization: `Bearer ${internalToken}` })).status).toBe(200);
    expect(stopped).toHaveLength(2);
    const unknown = path.replace(orchestrator, `0x${"ee".repeat(20)}`);
    expect((await post({ origin: "http://platform.test" }, unknown)).status).toBe(404);
    expect((await call("GET", path)).status).toBe(405);
  });
});

describe("a machine of the local network whose process ended", () => {
  it("is told once, and again the next time", async () => {
    const told = async (lines: number) => {
      const kinds = await new Promise<readonly string[]>((resolve) => {
        const look = () => {
          const seen = platform.follower.current().events.filter((line) => line.kind === "orchestrator_stopped");
          if (seen.length >= lines) resolve(seen.map((line) => String(line.data["orchestrator"])));
        };
        platform.follower.subscribe(look);
        look();
      });
      expect(kinds).toEqual(Array(lines).fill(orchestrator));
    };
    const tell = (machines: string[]) => {
      notRunning = machines;
      for (const listener of statusListeners) listener();
    };
    tell([orchestrator]);
    tell([orchestrator]);
    await told(1);
    tell([]);
    tell([orchestrator]);
    await told(2);
    await platform.stop();
    expect(statusListeners.size).toBe(0);
  });
});

describe("pages and other paths", () => {
  it("give the app's page for its addresses, with a policy that allows frames for embeds only", async () => {
    for (const path of ["/", "/watch/abc", "/embed/abc"]) {
      const answer = await call("GET", path, { key: undefined });
      expect([path, answer.status, answer.text]).toEqual([path, 200, "<!doctype html>"]);
      const policy = answer.header.get("content-security-policy") ?? "";
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain(path.startsWith("/embed/") ? "frame-ancestors *" : "frame-ancestors 'none'");
      expect(answer.header.get("cache-control")).toBe("no-cache");
    }
    expect((await call("GET", "/nowhere", { key: undefined })).status).toBe(404);
    expect((await call("GET", "/api/nowhere", { key: undefined })).json).toEqual({ errors: ["not found"] });
  });

  it("cache hashed files for ever, answer known ones with 304, and send the compressed form to who takes it", async () => {
    const path = "/assets/app-12345678.js";
    const plain = await call("GET", path, { key: undefined });
    expect(plain.header.get("cache-control")).toContain("immutable");
    expect(plain.text).toBe("app");
    const zipped = await call("GET", path, { key: undefined, header: { "accept-encoding": "gzip, br" } });
    expect([zipped.text, zipped.header.get("content-encoding")]).toEqual(["zip", "gzip"]);
    const refused = await call("GET", path, { key: undefined, header: { "accept-encoding": "gzip;q=0" } });
    expect(refused.header.get("content-encoding")).toBeNull();
    const same = await call("GET", path, { key: undefined, header: { "if-none-match": '"3"' } });
    expect([same.status, same.text]).toEqual([304, ""]);
  });

  it("tell health, version and the API's description", async () => {
    expect((await call("GET", "/healthz", { key: undefined })).json).toEqual({ ok: true });
    expect((await call("GET", "/api/version", { key: undefined })).json).toMatchObject({ version: "1.2.3" });
    const document = (await call("GET", "/api/openapi.json", { key: undefined })).json as { paths: object };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(["/api/stream", "/api/stream/{id}", "/api/playback/{id}", "/api/watch/{id}"]),
    );
  });
});

async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<{ event: string; data: unknown }> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
      if (name !== undefined && data !== undefined) yield { event: name, data: JSON.parse(data) };
    }
  }
}
