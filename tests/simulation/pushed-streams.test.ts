import {
  type AccessCheck,
  openAccess,
  type SegmentRecord,
  type StoreNamedBy,
  type StreamRecording,
  type StreamStores,
} from "@livepeer-ts/execution";
import { memoryOnly } from "@livepeer-ts/execution/testing";
import { bodyOf, LpError, readBody } from "@livepeer-ts/kernel";
import { parseProfileJson, presetProfile, type TranscodeRequest, type VideoProfile } from "@livepeer-ts/media";
import { syntheticSegment } from "@livepeer-ts/media/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { offChainWorld, type WorldOptions, worldProfiles } from "./off-chain-world.ts";

const seed = 29;
const own = { name: "own", width: 320, height: 180, bitrate: 300_000, fps: 0 };

type Push = { readonly path: string; readonly header?: Record<string, string>; readonly configuration?: unknown };
type Answer = { readonly status: number; readonly text: string; readonly names: string[]; readonly types: string[] };

/** Pushes one segment after the other into a gateway with one orchestrator. */
async function push(pushes: readonly Push[], options: WorldOptions = {}, bytes = syntheticSegment().bytes) {
  const requests: TranscodeRequest[] = [];
  const onTranscode = (_machine: string, _seqNo: number, request: TranscodeRequest) => requests.push(request);
  const world = offChainWorld(seed, 1, { ...options, onTranscode, render: () => syntheticSegment().bytes });
  const answers: Answer[] = [];
  const signal = new AbortController().signal;
  const run = async () => {
    for (const { path, header = {}, configuration } of pushes) {
      const all = new Headers({ accept: "multipart/mixed", ...header });
      if (configuration !== undefined) all.set("Livepeer-Transcode-Configuration", JSON.stringify(configuration));
      const answer = await world.gateway.handler({
        ...{ method: "PUT", url: `http://g1.test${path}`, header: all, body: bodyOf(bytes), signal },
        peer: { address: "10.0.0.9", protocol: "h1" },
      });
      const text = new TextDecoder("latin1").decode(await readBody(answer.body, 1_000_000));
      const values = (name: string) =>
        [...text.matchAll(new RegExp(`^${name}: ([^\\r;]*)`, "gm"))].map((m) => m[1] ?? "");
      answers.push({ status: answer.status, text, names: values("Rendition-Name"), types: values("Content-Type") });
    }
  };
  world.sim.schedule(0, "push", () => void run());
  await world.sim.run(60_000);
  expect(world.sim.failures).toEqual([]);
  expect(answers).toHaveLength(pushes.length);
  return { answers, requests, registry: world.gateway.registry };
}

const first = async (configuration: unknown, options: WorldOptions = {}) => {
  const { answers, registry } = await push([{ path: "/live/movie/0.ts", configuration }], options);
  return { ...(answers[0] as Answer), stream: registry.streams[0] };
};

const granting = (grant: object): AccessCheck => ({
  check: async (url, signal) => ({ ...(await openAccess.check(url, signal)), ...grant }),
});

beforeAll(() => console.log(`SIM seed=${seed}`));

describe("Livepeer-Transcode-Configuration", () => {
  it("chooses renditions, names, times and stores of a stream, in place of the access check's", async () => {
    const stores: (string | undefined)[] = [];
    const asked: StreamStores = {
      async live(url, namedBy?: StoreNamedBy) {
        stores.push(url, namedBy);
        return undefined;
      },
      async recording(id, url, namedBy) {
        stores.push(id, url, namedBy);
        return undefined;
      },
    };
    const access = granting({ manifestId: "granted", streamId: "s0", timeoutMultiplier: 2 });
    const { status, names, stream } = await first(
      {
        ...{ manifestID: "mine", streamID: "s1", sessionID: "x1", presets: ["P144p30fps16x9"], profiles: [own] },
        ...{
          timeoutMultiplier: 4,
          verificationFreq: 0,
          objectStore: "s3://a:b@r/live",
          recordObjectStore: "s3://a:b@r/rec",
        },
      },
      { access, stores: asked },
    );
    expect([status, names]).toEqual([200, ["P144p30fps16x9", "own"]]);
    expect(stream?.identity).toMatchObject({
      manifestId: "mine",
      streamId: "s1",
      sessionId: "x1",
      timeoutMultiplier: 4,
    });
    expect(stores).toEqual(["s3://a:b@r/live", "publisher", "movie", "s3://a:b@r/rec", "publisher"]);
  });

  it("leaves the name and the renditions as they are when it names none, and asks for none with an empty list", async () => {
    const named = await first({ manifestID: "", profiles: null });
    expect([named.names, named.stream?.manifestId]).toEqual([worldProfiles.map(({ name }) => name), "movie"]);
    const none = await first({ profiles: [] });
    expect([none.status, none.text]).toEqual([200, ""]);
  });

  it("is refused where it names other renditions than the access check", async () => {
    const same = { access: granting({ profiles: parseProfileJson([own]) }) };
    expect((await first({ profiles: [own] }, same)).names).toEqual(["own"]);
    expect((await first({ streamID: "s" }, same)).names).toEqual(worldProfiles.map(({ name }) => name));
    const other = { access: granting({ profiles: [presetProfile("P144p30fps16x9") as VideoProfile] }) };
    const { status, text, stream } = await first({ profiles: [own] }, other);
    expect([status, stream]).toEqual([500, undefined]);
    expect(text).toMatch(/^Could not create stream ID: url=http:\/\/g1\.test\/live\/movie\/0\.ts: .*not those/);
  });

  it("does not let in whom the access check denies", async () => {
    const access: AccessCheck = {
      check: () => Promise.reject(new LpError({ code: "access_denied", message: "status=403 error=no" })),
    };
    const { status, text } = await first({ profiles: [own] }, { access });
    expect([status, text.split("\n")[0]]).toEqual([
      ...[403, "Could not create stream ID: url=http://g1.test/live/movie/0.ts: status=403 error=no"],
    ]);
  });

  it.each([
    [{ profiles: [{ ...own, encoder: "h.264" }] }, 500, "Unable to parse encoder profile, unknown encoder: h.264"],
    [{ manifestID: "a b" }, 500, '"a b" cannot be a stream name'],
    [{ manifestID: 7 }, 400, 'failed to parse transcode config header: "manifestID" must be a string'],
    [
      { presets: "P144p30fps16x9" },
      400,
      'failed to parse transcode config header: "presets" must be a list of strings',
    ],
    [{ timeoutMultiplier: 1.5 }, 400, '"timeoutMultiplier" must be a whole number'],
    [{ forceSessionReinit: "yes" }, 400, '"forceSessionReinit" must be a boolean'],
    [[], 400, "failed to parse transcode config header: not a JSON object"],
  ])("is refused with what is wrong: %j", async (configuration, status, text) => {
    const answer = await first(configuration);
    expect([answer.status, answer.stream]).toEqual([status, undefined]);
    expect(answer.text).toContain(text);
  });
});

describe("pushed segments", () => {
  it("are transcoded in part when they say so", async () => {
    const slice = (from: string, to: string) => ({ "Content-Slice-From": from, "Content-Slice-To": to });
    const { answers, requests } = await push([
      { path: "/live/movie/0.ts" },
      { path: "/live/movie/1.ts", header: slice("500", "1500") },
      { path: "/live/movie/2.ts", header: slice("500", "") },
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(requests.map(({ clip }) => clip)).toEqual([
      ...[undefined, { fromMs: 500, toMs: 1500 }, { fromMs: 500, toMs: 2000 }],
    ]);
  });

  it("get renditions in the container that the first of them came in", async () => {
    const { requests } = await push([{ path: "/live/movie/0.mp4" }, { path: "/live/other/0.ts" }]);
    const formats = requests.map(({ profiles }) => [...new Set(profiles.map(({ format }) => format))]);
    expect(formats).toEqual([["mp4"], ["mpegts"]]);
  });

  it("in a codec that nobody takes are refused with its name", async () => {
    const { bytes } = syntheticSegment();
    const h264 = bytes.findIndex((byte, i) => i > 188 && byte === 0x1b && ((bytes[i + 1] ?? 0) & 0xe0) === 0xe0);
    bytes[h264] = 0x02;
    const { answers } = await push([{ path: "/live/movie/0.ts" }], {}, bytes);
    expect(answers).toMatchObject([{ status: 422, text: "Unknown input stream codec=mpeg2video\n" }]);
  });

  it("end the older stream when the access check gives its name to another one", async () => {
    const access = granting({ manifestId: "inner" });
    const { answers, registry } = await push([{ path: "/live/one/0.ts" }, { path: "/live/two/0.ts" }], { access });
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect([registry.pushed("one")?.manifestId, registry.pushed("two")?.manifestId]).toEqual([undefined, "inner"]);
    // nobody takes a name over by asking for it
    const taken = await push([
      { path: "/live/inner/0.ts" },
      { path: "/live/two/0.ts", configuration: { manifestID: "inner" } },
    ]);
    expect(taken.answers.map(({ status }) => status)).toEqual([200, 500]);
    expect(taken.registry.pushed("inner")?.manifestId).toBe("inner");
  });

  it("get a name that the access check wrote as a path by the same rules as a URL's", async () => {
    const { registry } = await push([{ path: "/live/one/0.ts" }], {
      access: granting({ manifestId: "live/inner/key" }),
    });
    expect(registry.streams.map(({ manifestId }) => manifestId)).toEqual(["inner"]);
  });
});

describe("a client that goes before the answer", () => {
  /** Pushes a segment, hangs up after 300 ms, and pushes the next one 300 ms later. */
  async function leave(options: WorldOptions, header: Record<string, string>) {
    const world = offChainWorld(seed, 1, { ...options, render: () => syntheticSegment().bytes });
    const { bytes } = syntheticSegment();
    const pushed = async (seqNo: number, signal: AbortSignal) => {
      const answer = await world.gateway.handler({
        ...{ method: "PUT", url: `http://g1.test/live/movie/${seqNo}.ts`, header: new Headers(header) },
        ...{ body: bodyOf(bytes), signal, peer: { address: "10.0.0.9", protocol: "h1" } },
      });
      await readBody(answer.body, 1_000_000);
      return answer.status;
    };
    const client = new AbortController();
    const waiting = () => ({
      gateway: world.gateway.registry.streams.reduce((sum, { inFlight }) => sum + inFlight, 0),
      orchestrator: world.orchestratorRoles[0]?.sessions.queuedCount,
    });
    const seen: ReturnType<typeof waiting>[] = [];
    const statuses: number[] = [];
    world.sim.schedule(0, "push", () => void pushed(0, client.signal));
    world.sim.schedule(300, "leave", () => {
      seen.push(waiting());
      client.abort(new Error("the client hung up"));
    });
    world.sim.schedule(600, "push again", () => {
      seen.push(waiting());
      void pushed(1, new AbortController().signal).then((status) => statuses.push(status));
    });
    await world.sim.run(60_000);
    expect(world.sim.failures).toEqual([]);
    const segments = world.events.of<SegmentRecord>("segment.done");
    return { seen, statuses, segments };
  }

  const wantsAnswer = { accept: "multipart/mixed" };
  const isFrozen = (_machine: string, seqNo: number) => seqNo === 0;

  it("has its segment called off, at the orchestrator too, and nobody is blamed for it", async () => {
    const { seen, statuses, segments } = await leave({ isFrozen }, wantsAnswer);
    expect(seen).toEqual([
      { gateway: 1, orchestrator: 1 },
      { gateway: 0, orchestrator: 0 },
    ]);
    expect(statuses).toEqual([200]);
    const codes = segments.map(({ seqNo, attempts }) => [seqNo, attempts.map(({ error }) => error?.code ?? null)]);
    expect(codes).toEqual([
      [0, ["called_off"]],
      [1, [null]],
    ]);
  });

  it("has it finished when the renditions are recorded, or when the answer would not have carried them", async () => {
    const recorded: string[] = [];
    const recording: StreamRecording = {
      record: ({ name }, { seqNo }) => recorded.push(`${name}/${seqNo}`),
      finished: async () => {},
    };
    const slow: WorldOptions = { costMs: () => 400 };
    const kept = await leave({ ...slow, stores: { ...memoryOnly, recording: async () => recording } }, wantsAnswer);
    expect(kept.seen[0]).toEqual({ gateway: 1, orchestrator: 1 });
    expect(kept.segments.map(({ success }) => success)).toEqual([true, true]);
    expect(recorded).toContain("P240p30fps16x9/0");
    const played = await leave(slow, {});
    expect(played.segments.map(({ success }) => success)).toEqual([true, true]);
  });
});
