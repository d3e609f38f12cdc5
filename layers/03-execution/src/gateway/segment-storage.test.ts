import { create, toBinary } from "@bufbuild/protobuf";
import {
  bodyOf,
  type HttpRequest,
  type HttpResponse,
  keccak256,
  LpError,
  noMetrics,
  type ObjectStore,
  type PostCredentials,
  readBody,
  silentLogger,
  utf8,
} from "@livepeer-ts/kernel";
import { ObjectStoreMemory, SimNet, Simulation } from "@livepeer-ts/kernel/testing";
import { presetProfile, scanSegment, type VideoProfile } from "@livepeer-ts/media";
import { beforeEach, expect, it } from "vitest";
import { AuthTokenIssuer } from "../auth/auth-token.ts";
import { OrchestratorClient } from "../discovery/orchestrator-client.ts";
import { decodeSegmentHeader } from "../segments/segment-credentials.ts";
import { osInfoOf } from "../storage/os-info.ts";
import { PeerStore } from "../storage/peer-store.ts";
import { RecordingPayments, testSigner } from "../testing/index.ts";
import {
  CapabilitiesSchema,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  TranscodeDataSchema,
  TranscodeResultSchema,
} from "../wire/net_pb.gen.ts";
import { segmentWire } from "../wire/segment-wire.ts";
import type { OrchestratorSession } from "./orchestrator-session.ts";
import { SegmentSender, type SendOutcome } from "./segment-sender.ts";
import { StreamObjects } from "./stream-objects.ts";

const uri = "https://o.test:8935";
const bucket = "https://bucket.test/live";
const profile = presetProfile("P240p30fps16x9") as VideoProfile;
const media = utf8("a source segment");
const theirs: PostCredentials = {
  storageType: "s3",
  host: "https://orch-bucket.test",
  key: "session1",
  policy: "cG9saWN5",
  signature: "00",
  credential: "AKID/20261129/us-east-1/s3/aws4_request",
  xAmzDate: "20261129T000000Z",
};

let sim: Simulation;
let net: SimNet;
let inBucket: ObjectStoreMemory;
let isStoreUp: boolean;
let asked: string[];
/** What came to the orchestrator. */
let requests: { readonly request: HttpRequest; readonly body: string }[];
let resultUrl: string;
let posted: string[];
let isTheirsUp: boolean;

beforeEach(() => {
  sim = new Simulation(1);
  net = new SimNet(sim);
  inBucket = new ObjectStoreMemory();
  [isStoreUp, isTheirsUp] = [true, true];
  [asked, requests, posted] = [[], [], []];
  resultUrl = `${bucket}/stream/${profile.name}/3.ts`;
});

const plain = (body: Uint8Array): HttpResponse => ({ status: 200, header: new Headers(), body: bodyOf(body) });

const bucketStore: ObjectStore = {
  kind: "s3",
  description: "S3 bucket.test",
  isExternal: true,
  put: (key, bytes, options) => inBucket.put(key, bytes, options),
  get: (key) => look("get", key, () => inBucket.get(key)),
  head: (key) => look("head", key, () => inBucket.head(key)),
  list: (prefix) => inBucket.list(prefix),
  delete: (key) => inBucket.delete(key),
  isOwn: (url) => url.startsWith(`${bucket}/`),
  publicUrl: (key) => `${bucket}/${key}`,
  postCredentials: (prefix) => ({ ...theirs, host: bucket, key: prefix }),
};

async function look<T>(what: string, key: string, find: () => Promise<T>): Promise<T> {
  asked.push(`${what} ${key}`);
  if (!isStoreUp) throw new LpError({ code: "object_store_failed", message: "503 Slow Down" });
  return find();
}

/** Sends a segment of a stream whose output is in the bucket. */
async function send(
  options: { localVerify?: boolean; needsBytes?: boolean; storage?: PostCredentials; hashIndex?: number } = {},
) {
  const [server, client] = [sim.host("orchestrator"), sim.host("gateway")];
  const tokens = new AuthTokenIssuer(server);
  const info = (): OrchestratorInfo =>
    create(OrchestratorInfoSchema, {
      transcoder: uri,
      authToken: tokens.issue("session1"),
      storage: options.storage === undefined ? [] : [osInfoOf(options.storage)],
    });
  net.mount(uri, server, async (request) => {
    if (new URL(request.url).pathname !== segmentWire.segmentPath) return plain(utf8("from memory"));
    requests.push({ request, body: new TextDecoder().decode(await readBody(request.body, 1000)) });
    const data = create(TranscodeDataSchema, { segments: [{ url: resultUrl, pixels: 100n }] });
    const result = { case: "data" as const, value: data };
    return plain(toBinary(TranscodeResultSchema, create(TranscodeResultSchema, { seq: 3n, info: info(), result })));
  });
  const deps = { ...client, logger: silentLogger, metrics: noMetrics };
  const sender = new SegmentSender({
    ...deps,
    client: new OrchestratorClient({ net: net.port(client), clock: client.clock, signer: testSigner(1) }),
    signer: testSigner(1),
    verifier: { verify: async () => [] },
    receipts: undefined,
    localVerify: options.localVerify ?? false,
    refreshMs: 2500,
    downloadMs: 4000,
    peerStore: new PeerStore({
      ...deps,
      async post(credentials, name) {
        if (!isTheirsUp) throw new LpError({ code: "object_store_failed", message: "no" });
        posted.push(name);
        return { url: `${credentials.host}/${credentials.key}/${name}` };
      },
    }),
  });
  const first = info();
  const session: OrchestratorSession = {
    uri,
    entry: { uri, address: undefined, stakeWei: undefined, score: 1 },
    payment: new RecordingPayments().session(first),
    info: first,
    authToken: first.authToken as NonNullable<typeof first.authToken>,
    latencyScore: 0,
    scoredAt: 0,
    roundTripMs: undefined,
    inFlight: [],
    suspected: false,
    timesLate: 0,
    sinceDraw: 0,
    mismatches: 0,
  };
  const stream = { manifestId: "stream", storeId: "s" };
  const objects = new StreamObjects(stream, { ...deps, memory: new ObjectStoreMemory(), store: bucketStore });
  const job = {
    manifestId: "stream",
    segment: { seqNo: 3, bytes: media, durationMs: 2000, container: "mpegts" as const },
    sourceScan: scanSegment(media, "mpegts"),
    hash: keccak256(media),
    profiles: [profile],
    capabilities: create(CapabilitiesSchema),
    timeoutMultiplier: 1,
    forceSessionReinit: false,
    objects,
    needsBytes: options.needsBytes ?? false,
    ...(options.hashIndex === undefined ? {} : { hashIndex: options.hashIndex }),
  };
  let outcome: SendOutcome | undefined;
  client.tasks.spawn("send", async () => {
    outcome = await sender.send(job, session, "selection1", client.tasks.signal);
  });
  await sim.run(sim.now + 60_000, () => outcome !== undefined);
  expect(sim.failures).toEqual([]);
  if (outcome === undefined) throw new Error("the sender did not come back");
  return { outcome, objects };
}

const storeRendition = () => inBucket.put(`stream/${profile.name}/3.ts`, utf8("a rendition in the bucket"));

it("gives the orchestrator credentials for the stream's prefix, and reads nothing of what it stored there", async () => {
  await storeRendition();
  const { outcome } = await send();
  const header = requests[0]?.request.header.get(segmentWire.segmentHeader) ?? "";
  const [storage] = decodeSegmentHeader(header).storage ?? [];
  expect(storage?.s3info).toMatchObject({ host: bucket, key: "stream", policy: theirs.policy });
  if (!outcome.ok) throw outcome.error;
  const [rendition] = outcome.delivery.renditions;
  expect(rendition).toMatchObject({ storedUrl: resultUrl, read: undefined, sizeBytes: 25, pixelCount: 100n });
  expect(asked).toEqual([`head stream/${profile.name}/3.ts`]);
});

it("reads it with its own credentials when it must verify or record", async () => {
  await storeRendition();
  for (const needs of [{ localVerify: true }, { needsBytes: true }]) {
    asked = [];
    const { outcome } = await send(needs);
    if (!outcome.ok) throw outcome.error;
    const [rendition] = outcome.delivery.renditions;
    expect(rendition?.read?.bytes).toEqual(utf8("a rendition in the bucket"));
    expect(rendition?.storedUrl).toBe(resultUrl);
    expect(asked).toEqual([`get stream/${profile.name}/3.ts`]);
  }
});

it("does not believe an orchestrator that stored nothing", async () => {
  const { outcome } = await send();
  expect(outcome).toMatchObject({ ok: false, blame: "orchestrator", error: { code: "rendition_missing" } });
});

it("takes any other place in its own bucket for a stranger's address", async () => {
  await inBucket.put(`stream/${profile.name}/2.ts`, utf8("an older rendition of this stream"));
  await inBucket.put("private/letter.ts", utf8("of somebody else"));
  for (const path of [
    `stream/${profile.name}/2.ts`,
    "private/letter.ts",
    `stream/${profile.name}/../${profile.name}/3.ts`,
  ]) {
    resultUrl = `${bucket}/${path}`;
    const { outcome } = await send();
    expect([path, outcome.ok, asked]).toEqual([path, false, []]);
  }
});

it("blames no orchestrator when its own store does not answer, and gives out no credentials until it does", async () => {
  await storeRendition();
  isStoreUp = false;
  const { outcome, objects } = await send();
  expect(outcome).toMatchObject({ ok: false, blame: "store" });
  expect(objects.osInfo).toBeUndefined();
});

it("puts the source into the orchestrator's own store and sends its address; the bytes when that store fails", async () => {
  resultUrl = `${uri}/stream/session1/${profile.name}/3.ts`;
  expect((await send({ storage: theirs })).outcome.ok).toBe(true);
  expect(posted).toEqual(["source/3.ts"]);
  expect(requests[0]?.request.header.get("content-type")).toBe("application/vnd+livepeer.uri");
  expect(requests[0]?.body).toBe(`${theirs.host}/session1/source/3.ts`);
  isTheirsUp = false;
  expect((await send({ storage: theirs })).outcome.ok).toBe(true);
  expect(requests[1]?.request.header.get("content-type")).toBe("video/MP2T");
  expect(requests[1]?.body).toBe("a source segment");
});

it("gives no credentials where results are compared: nobody writes over what was verified", async () => {
  await storeRendition();
  const { outcome } = await send({ hashIndex: 0 });
  const claim = decodeSegmentHeader(requests[0]?.request.header.get(segmentWire.segmentHeader) ?? "");
  expect(claim).toMatchObject({ storage: [], calcPerceptualHash: true });
  expect(asked).toEqual([]);
  expect(outcome).toMatchObject({ ok: false, error: { code: "perceptual_hash_missing" } });
});
