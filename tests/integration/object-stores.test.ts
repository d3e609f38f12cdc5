import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createS3ObjectStore, listAll, type S3Location } from "@livepeer-ts/data";
import {
  hasObjectStoreServers,
  makeS3Bucket,
  type S3Account,
  s3StoreUrl,
  startS3Server,
  storeDeps,
} from "@livepeer-ts/data/testing";
import type { ObjectStore } from "@livepeer-ts/kernel";
import type { MediaSegment } from "@livepeer-ts/media";
import { cutClip, makeCounterClip, readCounters } from "@livepeer-ts/media/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { sampleSum } from "../metrics/exposition.ts";
import { until } from "../support/until.ts";

const isInstalled = hasObjectStoreServers();
if (!isInstalled) {
  console.error('the S3 server for tests is missing: run "npm test", which installs it where Python 3.10 is');
}

const size = { width: 320, height: 180 };
const ladder = [{ name: "low", width: 256, height: 144, bitrate: 200_000, fps: 0 }];
const [fps, seconds] = [25, 8];
const probe = promisify(execFile);

let folder: string;
let s3: Awaited<ReturnType<typeof startS3Server>>;
let deps: ReturnType<typeof storeDeps>;
let webhook: Server;
/** What the webhook answers for a name in a URL; 404 for others. */
const grants = new Map<string, { readonly status: number; readonly body: unknown }>();
const roles: ChildRole[] = [];
let segments: MediaSegment[];
/** Gateway with an external store and a webhook; gateway without, whose orchestrator has a store of its own and reads its recordings. */
let [stored, plain, orchestrator]: string[] = [];
let metricsUrl: string;
let bucketOf: (name: string) => ObjectStore;

async function start(name: string, args: readonly string[]): Promise<void> {
  const logFile = join(folder, `${name}.log`);
  const data = ["-dataDir", join(folder, name)];
  roles.push(await ChildRole.start({ name, args: [...args, ...data], env: {}, logFile, readyMs: 60_000 }));
}

async function push(gateway: string | undefined, stream: string, segment: MediaSegment) {
  const answer = await fetch(`${gateway}/live/${stream}/${segment.seqNo}.ts`, {
    method: "PUT",
    headers: { accept: "multipart/mixed", "content-duration": String(segment.durationMs) },
    body: new Uint8Array(segment.bytes),
  });
  return { status: answer.status, text: Buffer.from(await answer.arrayBuffer()).toString("latin1") };
}

async function got(url: string) {
  const answer = await fetch(url);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return {
    status: answer.status,
    type: answer.headers.get("content-type"),
    bytes,
    text: Buffer.from(bytes).toString(),
  };
}

const urisIn = (playlist: string) => playlist.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

/** Frames of a file or URL as ffprobe counts them. */
async function framesOf(path: string): Promise<number> {
  const args = ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"];
  const { stdout } = await probe("ffprobe", [...args, "-of", "default=nw=1:nk=1", path]);
  return Number(stdout.trim().split("\n")[0]);
}

beforeAll(async () => {
  if (!isInstalled) return;
  folder = await mkdtemp(join(tmpdir(), "livepeer-stores-"));
  deps = storeDeps();
  const clip = join(folder, "clip.mp4");
  [s3] = await Promise.all([
    startS3Server(),
    makeCounterClip({ ...size, path: clip, fps, seconds, bitrateBps: 300_000 }),
  ]);
  segments = await cutClip({ path: clip });
  const account: S3Account = s3;
  const locations = new Map<string, S3Location>();
  for (const name of ["live", "other", "orch"]) locations.set(name, await makeS3Bucket(account, name, deps));
  bucketOf = (name) => createS3ObjectStore({ location: locations.get(name) as S3Location }, deps);
  webhook = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const name = new URL((JSON.parse(body) as { url: string }).url).pathname.split("/")[2] ?? "";
      const grant = grants.get(name) ?? { status: 404, body: "not found" };
      response.writeHead(grant.status).end(JSON.stringify(grant.body));
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  const ladderFile = join(folder, "ladder.json");
  await writeFile(ladderFile, JSON.stringify(ladder));
  const ports = await Promise.all(Array.from({ length: 8 }, () => freePort()));
  const [o1, o2, g1, r1, g2, r2, c1] = ports.map((port) => `127.0.0.1:${port}`) as [string, ...string[]];
  const records = join(folder, "recordings");
  const transcodes = ["-orchestrator", "-transcoder", "-transcoderPreset", "ultrafast"];
  await Promise.all([
    start("o1", [...transcodes, "-serviceAddr", o1]),
    start("o2", [
      ...transcodes,
      ...["-serviceAddr", `http://${o2}`, "-objectStore", s3StoreUrl(account, "orch/results")],
      ...["-recordStore", records],
    ]),
    start("g1", [
      ...["-gateway", "-orchAddr", o1, "-httpAddr", g1 ?? "", "-rtmpAddr", r1 ?? "", "-transcodingOptions", ladderFile],
      ...["-objectStore", s3StoreUrl(account, "live/pre"), "-monitor", "-cliAddr", c1 ?? ""],
      ...["-authWebhookUrl", `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/auth`],
    ]),
    start("g2", [
      ...["-gateway", "-orchAddr", `http://${o2}`, "-httpAddr", g2 ?? "", "-rtmpAddr", r2 ?? ""],
      ...["-transcodingOptions", ladderFile, "-recordStore", records],
    ]),
  ]);
  [stored, plain, orchestrator] = [`http://${g1}`, `http://${g2}`, `http://${o2}`];
  metricsUrl = `http://${c1}/metrics`;
}, 120_000);

afterAll(async () => {
  if (!isInstalled) return;
  await Promise.all(roles.map((role) => role.stop()));
  await new Promise((resolve) => webhook?.close(resolve));
  await s3?.stop();
  await deps?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

describe.skipIf(!isInstalled)("live output in the gateway's object store", () => {
  it("is put there by the orchestrator itself, played from there, and named in the answer to a push", async () => {
    grants.set("movie", { status: 200, body: { manifestID: "movie" } });
    for (const segment of segments) {
      const { status, text } = await push(stored, "movie", segment);
      expect(status, text).toBe(200);
      expect(text).toContain('application/vnd+livepeer.uri; name="low_');
      expect(text).toContain(`${s3.url}/live/pre/movie/low/${segment.seqNo}.ts`);
    }
    const master = await got(`${stored}/stream/movie.m3u8`);
    expect(urisIn(master.text)).toEqual(["movie/source.m3u8", "movie/low.m3u8"]);
    for (const track of ["source", "low"]) {
      const { text } = await got(`${stored}/stream/movie/${track}.m3u8`);
      expect(urisIn(text)).toEqual(segments.map(({ seqNo }) => `${s3.url}/live/pre/movie/${track}/${seqNo}.ts`));
      // without any of our programs: plain HTTP from the bucket
      const parts = await Promise.all(urisIn(text).map(got));
      expect(parts.map(({ status, type }) => [status, type])).toEqual(segments.map(() => [200, "video/mp2t"]));
      const file = join(folder, `${track}.ts`);
      await writeFile(file, Buffer.concat(parts.map(({ bytes }) => bytes)));
      const counters = await readCounters(file, track === "source" ? size : { width: 256, height: 144 });
      expect(counters).toEqual(Array.from({ length: fps * seconds }, (_, i) => i));
      await until("the playlist is in the bucket", async () => {
        return (await got(`${s3.url}/live/pre/movie/${track}.m3u8`)).text === text;
      });
    }
    await until("the master list is in the bucket", async () => {
      return (await got(`${s3.url}/live/pre/movie.m3u8`)).text === master.text;
    });
    // the gateway itself brought nothing but the sources
    const { text } = await got(metricsUrl);
    expect(sampleSum(text, "livepeer_object_uploads_total", { result: "stored", store: "live" })).toBe(segments.length);
  }, 60_000);

  it("goes where the access webhook says, and so do recordings", async () => {
    const other = s3StoreUrl(s3, "other/of/them");
    const body = { manifestID: "inside", objectStore: other, recordObjectStore: other };
    grants.set("own", { status: 200, body: { ...body, recordObjectStoreUrl: "https://cdn.example.com/rec/" } });
    expect((await push(stored, "own", segments[0] as MediaSegment)).status).toBe(200);
    const { text } = await got(`${stored}/stream/inside/low.m3u8`);
    expect(urisIn(text)).toEqual([`${s3.url}/other/of/them/inside/low/0.ts`]);
    expect((await got(urisIn(text)[0] ?? "")).status).toBe(200);
    const list = async () => urisIn((await got(`${stored}/recordings/own/source.m3u8`)).text);
    await until("it is recorded", async () => (await list()).length === 1);
    expect((await list())[0]).toMatch(/^https:\/\/cdn\.example\.com\/rec\/own\/[^/]+\/source\/0\.ts$/);
    const keys = (await listAll(bucketOf("other"), "of/them/own/", 100)).objects.map(({ key }) => key);
    expect(keys.some((key) => /\/own\/[^/]+\/low\/0\.ts$/.test(key))).toBe(true);
  }, 60_000);

  it("is refused, like recordings, where the webhook says no or names no store that is one", async () => {
    grants.set("nope", { status: 403, body: "you may not" });
    grants.set("bad", { status: 200, body: { manifestID: "bad", objectStore: "ftp://somewhere" } });
    expect((await push(stored, "nope", segments[0] as MediaSegment)).status).toBe(403);
    const bad = await push(stored, "bad", segments[0] as MediaSegment);
    expect([bad.status, bad.text]).toEqual([500, expect.stringContaining("unrecognized OS scheme: ftp")]);
    expect((await got(`${stored}/recordings/nope/index.m3u8`)).status).toBe(403);
    expect((await got(`${stored}/recordings/nobody/index.m3u8`)).status).toBe(404);
    expect((await got(`${stored}/recordings/movie/index.m3u8`)).status).toBe(400); // it has no store for recordings
  });
});

describe.skipIf(!isInstalled)("an orchestrator with its own object store", () => {
  it("gets sources and leaves results there, and the gateway plays them from memory", async () => {
    for (const segment of segments) {
      const { status, text } = await push(plain, "movie", segment);
      expect(status, text.slice(0, 500)).toBe(200);
      expect(text).toContain('Content-Type: video/mp2t; name="low_');
    }
    const { objects } = await listAll(bucketOf("orch"), "results/", 1000);
    const names = objects.map(({ key }) => key.split("/").slice(2).join("/"));
    const wanted = ["low", "source"].flatMap((track) => segments.map(({ seqNo }) => `${track}/${seqNo}.ts`));
    expect(names.sort()).toEqual(wanted.sort());
    const source = objects.find(({ key }) => key.endsWith("/source/0.ts"))?.key;
    expect((await got(`${s3.url}/orch/${source}`)).bytes).toEqual(new Uint8Array(segments[0]?.bytes ?? []));
  }, 60_000);

  it("defect 9: segments have the type of their container, whatever the machine's table of types says", async () => {
    const { text } = await got(`${plain}/stream/movie/low.m3u8`);
    expect(urisIn(text)[0]).toBe("/stream/movie/low/0.ts");
    const segment = await got(`${plain}${urisIn(text)[0]}`);
    expect([segment.status, segment.type]).toEqual([200, "video/mp2t"]);
    const head = await fetch(`${plain}/stream/movie/low/0.ts`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(segment.bytes.length)]);
    const preflight = await fetch(`${plain}/stream/movie.m3u8`, { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    expect((await got(`${plain}/stream/%E0%A4%A/x.m3u8`)).status).toBe(400);
  });
});

describe.skipIf(!isInstalled)("recordings", () => {
  const url = (name: string, at = plain) => `${at}/recordings/movie/${name}`;

  it("defect 10: a directory of recordings can be read: lists, segments and an MP4", async () => {
    await until("all is recorded", async () => {
      const [source, low] = await Promise.all([got(url("source.m3u8")), got(url("low.m3u8"))]);
      return [source, low].every(({ text }) => urisIn(text).length === segments.length);
    });
    const index = await got(url("index.m3u8"));
    expect([index.status, index.type]).toEqual([200, "application/x-mpegURL"]);
    expect(urisIn(index.text)).toEqual(["source.m3u8", "low.m3u8"]);
    const uris = urisIn((await got(url("source.m3u8"))).text);
    const first = await got(url(uris[0] ?? ""));
    expect([first.status, first.type, first.bytes]).toEqual([
      200,
      "video/mp2t",
      new Uint8Array(segments[0]?.bytes ?? []),
    ]);
    const mp4 = await fetch(url("source.mp4"));
    expect(mp4.headers.get("content-type")).toBe("video/mp4");
    expect(mp4.headers.get("content-disposition")).toContain("attachment; filename=");
    const file = join(folder, "download.mp4");
    await writeFile(file, new Uint8Array(await mp4.arrayBuffer()));
    expect(await readCounters(file, size)).toEqual(Array.from({ length: fps * seconds }, (_, i) => i));
    expect(await readdir(join(folder, "recordings", "movie"))).toHaveLength(1);
  }, 60_000);

  it("are not finalized while they run here, and are when another node is asked; without a webhook too", async () => {
    expect((await got(url("index.m3u8?finalize=true"))).status).toBe(200);
    expect((await got(url("source.m3u8"))).text).not.toContain("#EXT-X-ENDLIST");
    expect((await got(url("index.m3u8?finalize=true", orchestrator))).status).toBe(200);
    const final = await got(url("low.m3u8", orchestrator));
    expect(final.text).toContain("#EXT-X-PLAYLIST-TYPE:VOD");
    expect(final.text.trimEnd().endsWith("#EXT-X-ENDLIST")).toBe(true);
    expect(await framesOf(url("low.m3u8", orchestrator))).toBe(fps * seconds);
    expect(await readdir(join(folder, "recordings", "movie"))).toEqual(
      expect.arrayContaining(["index.m3u8", "source.m3u8", "low.m3u8"]),
    );
  }, 60_000);

  it("answer what is not there, and what is none, with go-livepeer's statuses", async () => {
    const statuses = async (...paths: string[]) =>
      Promise.all(paths.map(async (path) => (await got(`${plain}/recordings/${path}`)).status));
    expect(await statuses("nobody/index.m3u8", "movie/none.m3u8", "movie/none.mp4", "movie/x/source/99.ts")).toEqual(
      Array(4).fill(404),
    );
    expect(await statuses("movie", "movie/index.txt", "movie/..%2F..%2Fetc/passwd.ts")).toEqual(Array(3).fill(400));
    expect((await fetch(url("index.m3u8"), { method: "POST" })).status).toBe(405);
  });
});
