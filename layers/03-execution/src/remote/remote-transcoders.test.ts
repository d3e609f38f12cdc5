import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { SlotPool } from "@livepeer-ts/compute";
import { bodyOf, type HttpHandler, LpError, noMetrics, readBody, silentLogger, type Tasks } from "@livepeer-ts/kernel";
import {
  createSelfSignedCertificate,
  createTasks,
  NodeNet,
  startHttpHost,
  systemClock,
  systemRandom,
} from "@livepeer-ts/kernel/adapters";
import { presetProfile, type TranscodeRequest, type VideoProfile } from "@livepeer-ts/media";
import { createRemuxBackend, syntheticSegment } from "@livepeer-ts/media/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultCapabilities, jobCapabilities, nodeCapabilities } from "../capabilities/index.ts";
import { grpcRoute } from "../grpc/grpc-route.ts";
import { grpcTransport } from "../grpc/grpc-transport.ts";
import { routed } from "../http/routed.ts";
import { localEngine } from "../orchestrator/local-engine.ts";
import { ObjectShelf } from "../orchestrator/object-shelf.ts";
import type { SegmentEngine } from "../orchestrator/segment-engine.ts";
import type { SegmentCredentials } from "../segments/segment-credentials.ts";
import { startTranscoder, type TranscoderRole } from "../transcoder/transcoder-role.ts";
import { AuthTokenSchema, RegisterRequestSchema, Transcoder } from "../wire/net_pb.gen.ts";
import { remoteEngine } from "./remote-engine.ts";
import { transcodeResultsRoute } from "./transcode-results-route.ts";
import { TranscoderPool } from "./transcoder-pool.ts";
import { registerTranscoderService } from "./transcoder-service.ts";

const secret = "a shared secret";
const profiles = ["P240p30fps16x9", "P360p30fps16x9"].map((name) => presetProfile(name) as VideoProfile);
const jobNeeds = {
  inputCodec: "h264",
  pixelFormat: undefined,
  profiles,
  verificationFreq: 0,
  hasSegmentParameters: false,
  storage: undefined,
} as const;
const capabilities = jobCapabilities(jobNeeds);
const segment = syntheticSegment({ seqNo: 3, sizeBytes: 300_000 });
const never = new AbortController().signal;

const clock = systemClock();
const random = systemRandom();
const net = new NodeNet();
let tasks: Tasks;
let pool: TranscoderPool;
let engine: SegmentEngine;
let url: string;
let stopHost: () => Promise<void>;
let transcoders: TranscoderRole[];

beforeEach(async () => {
  tasks = createTasks("test", silentLogger);
  transcoders = [];
  const shelf = new ObjectShelf(12);
  pool = new TranscoderPool(
    { orchId: "offchain", ownCapabilities: nodeCapabilities({ capabilities: [] }) },
    { clock, logger: silentLogger, metrics: noMetrics },
  );
  const deps = { secret, pool, logger: silentLogger };
  const handler: HttpHandler = routed([
    grpcRoute((router) => registerTranscoderService(router, deps), clock),
    transcodeResultsRoute(deps),
    shelf.route(),
  ]);
  const host = await startHttpHost(
    { port: 0, tls: await createSelfSignedCertificate("127.0.0.1") },
    handler,
    silentLogger,
  );
  url = host.url;
  stopHost = () => host.stop(0);
  engine = remoteEngine({ pool, shelf, serviceUri: url, random });
});

afterEach(async () => {
  await Promise.all(transcoders.map((transcoder) => transcoder.stop()));
  await stopHost();
  await tasks.stop();
});

type Script = (request: TranscodeRequest) => Promise<void>;

async function join(
  options: {
    capacity?: number;
    secret?: string;
    script?: Script;
    onEnd?: (sessionId: string) => void;
    url?: string;
  } = {},
) {
  const remux = createRemuxBackend();
  const backend = {
    ...remux,
    name: "remux",
    async transcode(request: TranscodeRequest, signal: AbortSignal) {
      await options.script?.(request);
      return remux.transcode(request, signal);
    },
    async endSession(sessionId: string) {
      options.onEnd?.(sessionId);
    },
    close: () => remux.close(),
  };
  const before = pool.peers.length;
  const transcoder = startTranscoder(
    { orchestratorUrl: options.url ?? url, secret: options.secret ?? secret, capacity: options.capacity ?? 4 },
    {
      clock,
      random,
      net,
      tasks,
      logger: silentLogger,
      capabilities: nodeCapabilities({ capabilities: defaultCapabilities, version: "0.9.1" }),
      engine: localEngine({ backend, slots: new SlotPool({ slots: 4 }), version: "0.9.1" }),
    },
  );
  transcoders.push(transcoder);
  if (options.secret === undefined && (options.capacity ?? 1) > 0) await until(() => pool.peers.length > before);
  return transcoder;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await clock.sleep(5, AbortSignal.timeout(10_000));
}

const claim = (sessionId: string, change: Partial<SegmentCredentials> = {}): SegmentCredentials => ({
  manifestId: "m",
  seqNo: BigInt(segment.seqNo),
  hash: new Uint8Array(32).fill(7),
  durationMs: segment.durationMs,
  profiles,
  capabilities,
  authToken: create(AuthTokenSchema, { sessionId }),
  signature: new Uint8Array(65),
  ...change,
});

const transcode = (sessionId: string, change: Partial<SegmentCredentials> = {}) =>
  engine.transcode(
    { sessionId, credentials: claim(sessionId, change), bytes: segment.bytes, orchId: "offchain" },
    never,
  );

describe("a remote transcoder", () => {
  it("gives what the back end gives, byte for byte, and what it cost", async () => {
    const seen: TranscodeRequest[] = [];
    await join({ script: async (request) => void seen.push(request) });
    const { renditions, decodedPixelCount } = await transcode("s1");
    const direct = await createRemuxBackend().transcode(seen[0] as TranscodeRequest, never);
    expect(renditions.map(({ profile, pixelCount }) => [profile.name, pixelCount])).toEqual(
      direct.renditions.map(({ profile, pixelCount }) => [profile.name, pixelCount]),
    );
    for (const [i, { bytes }] of renditions.entries()) {
      expect(Buffer.compare(bytes, direct.renditions[i]?.bytes as Uint8Array)).toBe(0);
    }
    expect(decodedPixelCount).toBe(direct.decodedPixelCount);
    expect(seen[0]).toMatchObject({ sessionId: "s1", metadata: "Livepeer Transcoder 0.9.1 (offchain)" });
    expect(Buffer.compare(seen[0]?.segment.bytes as Uint8Array, segment.bytes)).toBe(0);
  });

  it("adds what it can do to its orchestrator, and takes it away again", async () => {
    expect([pool.capacity, pool.capabilities.bitstring]).toEqual([0, []]);
    const first = await join({ capacity: 3 });
    await join({ capacity: 2 });
    expect([pool.capacity, pool.capabilities.capacities[0]]).toEqual([5, 2]);
    await first.stop();
    await until(() => pool.peers.length === 1);
    expect([pool.capacity, pool.capabilities.capacities[0]]).toEqual([2, 1]);
  });

  it("keeps a session, and the next session goes to whoever has least to do", async () => {
    const work: string[] = [];
    const ended: string[] = [];
    await join({
      capacity: 1,
      script: async ({ sessionId }) => void work.push(`a ${sessionId}`),
      onEnd: (id) => ended.push(id),
    });
    await join({ capacity: 2, script: async ({ sessionId }) => void work.push(`b ${sessionId}`) });
    for (const session of ["s1", "s1", "s2", "s3"]) await transcode(session);
    expect(work).toEqual(["a s1", "a s1", "b s2", "b s3"]);
    await expect(transcode("s4")).rejects.toThrow("no transcoders available");
    await engine.endSession("s1");
    await until(() => ended.length > 0);
    expect(ended).toEqual(["s1"]);
    await transcode("s4");
    expect(work.at(-1)).toBe("a s4");
  });

  it("is not asked for what it cannot do, and says so when it is", async () => {
    await expect(transcode("s1")).rejects.toThrow("no transcoders available");
    await join();
    const beyond = nodeCapabilities({ capabilities: [...defaultCapabilities, 60] });
    await expect(transcode("s1", { capabilities: beyond })).rejects.toThrow(
      "no transcoders can provide requested capabilities",
    );
  });

  it("passes the back end's reason on, and the session may go elsewhere", async () => {
    await join({
      script: async () => {
        throw new LpError({ code: "x", message: "Unsupported input codec" });
      },
    });
    await join({ capacity: 100 });
    await expect(transcode("s1")).rejects.toThrow("Unsupported input codec");
    expect((await transcode("s2")).renditions).toHaveLength(2);
  });

  it("that goes away in the middle costs nothing: another one takes the segment", async () => {
    let begun = false;
    const leaver = await join({
      capacity: 100,
      script: async () => {
        begun = true;
        await new Promise(() => {});
      },
    });
    transcoders.splice(transcoders.indexOf(leaver), 1); // it never ends its work
    await join({ capacity: 1 });
    const result = transcode("s1");
    await until(() => begun);
    void leaver.stop();
    expect((await result).renditions).toHaveLength(2);
    expect(pool.peers).toHaveLength(1);
  });

  it("is refused for good with a wrong secret or without capacity, and tries again otherwise", async () => {
    expect((await (await join({ secret: "another" })).refused).message).toContain("invalid secret");
    expect((await (await join({ capacity: 0 })).refused).message).toContain("zero capacity");
    const client = createClient(Transcoder, grpcTransport(net, url));
    const refused = client.registerTranscoder(create(RegisterRequestSchema, { secret: "no", capacity: 1n }), {
      signal: never,
    });
    await expect(refused[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 2,
      rawMessage: "invalid secret",
    });
    const transcoder = await join();
    await stopHost();
    await until(() => pool.peers.length === 0);
    const early = await Promise.race([transcoder.refused, clock.sleep(20).then(() => "still trying")]);
    expect(early).toBe("still trying");
  });
});

describe("POST /transcodeResults", () => {
  const post = async (header: Record<string, string>, body = new Uint8Array(0)) => {
    const answer = await net.request({
      method: "POST",
      url: `${url}/transcodeResults`,
      protocol: "h2",
      header: new Headers({
        authorization: "Livepeer-Transcoder-1.0",
        credentials: secret,
        taskid: "77",
        pixels: "5",
        "content-type": "multipart/mixed; boundary=b",
        ...header,
      }),
      body: bodyOf(body),
      signal: never,
    });
    return `${answer.status} ${new TextDecoder().decode(await readBody(answer.body, 1000)).trim()}`;
  };
  const empty = new TextEncoder().encode("--b--\r\n");

  it("answers with the protocol's statuses and texts", async () => {
    expect(await post({ authorization: "Bearer" })).toBe("401 Unauthorized");
    expect(await post({ credentials: "wrong" })).toBe("401 Unauthorized");
    expect(await post({ "content-type": "application/json" })).toMatch(/^415 /);
    expect(await post({ taskid: "seven" })).toBe("400 Invalid Task ID");
    expect(await post({ pixels: "-1" })).toBe("400 Invalid Pixels");
    expect(
      await post({}, new TextEncoder().encode("--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--\r\n")),
    ).toBe("500 Unknown perceptual hash");
    expect(await post({}, empty)).toBe("200 OK"); // nobody waits for it any more
    expect(await post({ "content-type": "livepeer/transcoding-error" }, new TextEncoder().encode("gone"))).toBe(
      "200 OK",
    );
  });
});
