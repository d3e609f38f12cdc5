import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTaskGroup, LpError, type ObjectStore, type Tasks } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { parse, type types } from "hls-parser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLocalObjectStore } from "../adapters/local-object-store.ts";
import { createMemoryObjectStore } from "../object-store/memory-object-store.ts";
import { listAll, readObject } from "../object-store/read-object.ts";
import { mergeRecordings } from "./merge-recordings.ts";
import { isRecordingFinal, readRecording, saveFinalPlaylists } from "./read-recording.ts";
import { parseRecordedPlaylist, type RecordedPlaylist } from "./recorded-playlist.ts";
import { recordingMasterPlaylist, recordingMediaPlaylist } from "./recording-hls.ts";
import { RecordingWriter, type RecordingWriterOptions } from "./recording-writer.ts";

const source = { name: "source", bandwidthBps: 4_000_000, resolution: "1280x720" };
const small = { name: "P240p30fps16x9", bandwidthBps: 600_000, resolution: "426x240" };
const hour = 3_600_000;

function playlist(manifestId: string, node: string, seqNos: readonly number[], tracks = [source]): RecordedPlaylist {
  const segments = Object.fromEntries(
    tracks.map(({ name }) => [
      name,
      seqNos.map((seqNo) => ({
        seqNo,
        uri: `https://b.example.com/pre/${manifestId}/${node}/${name}/${seqNo}.ts`,
        durationMs: 2000,
      })),
    ]),
  );
  return { durationMs: seqNos.length * 2000, tracks, segments };
}

function media(text: string | undefined): types.MediaPlaylist {
  const list = parse(text ?? "");
  if (list.isMasterPlaylist) throw new Error("that is a master list");
  return list as types.MediaPlaylist;
}

describe("merging", () => {
  it("takes each segment of a session once, in order, from all nodes", () => {
    const merged = mergeRecordings([
      {
        manifestId: "m",
        playlists: [playlist("m", "n1", [0, 1, 3]), playlist("m", "n2", [3, 2, 4])],
      },
    ]);
    const list = media(recordingMediaPlaylist(merged, "source", { manifestId: "m", isFinal: false }));
    expect(list.segments.map((segment) => segment.uri)).toEqual([
      "n1/source/0.ts",
      "n1/source/1.ts",
      "n2/source/2.ts",
      "n1/source/3.ts",
      "n2/source/4.ts",
    ]);
    expect(list.segments.some((segment) => segment.discontinuity)).toBe(false);
    expect([list.playlistType, list.endlist, list.mediaSequenceBase]).toEqual(["EVENT", false, 0]);
  });

  it("appends sessions with a discontinuity and numbers that go on in all tracks alike", () => {
    const merged = mergeRecordings([
      { manifestId: "m1", playlists: [playlist("m1", "n", [5, 6, 7], [source, small])] },
      { manifestId: "empty", playlists: [] },
      { manifestId: "m2", playlists: [playlist("m2", "n", [0, 1]), playlist("m2", "n", [1, 2], [small])] },
    ]);
    const byName = Object.fromEntries(merged.tracks.map((track) => [track.name, track.segments]));
    expect(byName["source"]?.map(({ seqNo }) => seqNo)).toEqual([5, 6, 7, 8, 9]);
    expect(byName["P240p30fps16x9"]?.map(({ seqNo }) => seqNo)).toEqual([5, 6, 7, 9, 10]);
    const list = media(recordingMediaPlaylist(merged, "source", { manifestId: "m2", isFinal: true }));
    expect(list.segments.map((segment) => [segment.uri, segment.discontinuity === true])).toEqual([
      ["../m1/n/source/5.ts", false],
      ["../m1/n/source/6.ts", false],
      ["../m1/n/source/7.ts", false],
      ["n/source/0.ts", true],
      ["n/source/1.ts", false],
    ]);
    expect([list.playlistType, list.endlist, list.mediaSequenceBase]).toEqual(["VOD", true, 5]);
  });

  it("can name segments where the store publishes them", () => {
    const merged = mergeRecordings([{ manifestId: "m", playlists: [playlist("m", "n", [0])] }]);
    const options = { manifestId: "m", isFinal: true, baseUrl: "https://cdn.example.com/rec/" };
    expect(media(recordingMediaPlaylist(merged, "source", options)).segments[0]?.uri).toBe(
      "https://cdn.example.com/rec/m/n/source/0.ts",
    );
  });

  it("writes a master list that an independent parser reads", () => {
    const merged = mergeRecordings([{ manifestId: "m", playlists: [playlist("m", "n", [0], [source, small])] }]);
    const master = parse(recordingMasterPlaylist(merged) ?? "") as types.MasterPlaylist;
    expect(master.variants.map(({ uri, bandwidth, resolution }) => [uri, bandwidth, resolution?.height])).toEqual([
      ["source.m3u8", 4_000_000, 720],
      ["P240p30fps16x9.m3u8", 600_000, 240],
    ]);
    expect(recordingMasterPlaylist(mergeRecordings([]))).toBeUndefined();
    expect(recordingMediaPlaylist(merged, "nobody", { manifestId: "m", isFinal: true })).toBeUndefined();
  });

  it("announces the longest segment, and exact durations", () => {
    const one = playlist("m", "n", [0, 1]);
    const segments = {
      source: one.segments["source"]?.map((s) => ({ ...s, durationMs: 2000 + s.seqNo * 1967 })) ?? [],
    };
    const merged = mergeRecordings([{ manifestId: "m", playlists: [{ ...one, segments }] }]);
    const list = media(recordingMediaPlaylist(merged, "source", { manifestId: "m", isFinal: true }));
    expect([list.targetDuration, list.segments.map((segment) => segment.duration)]).toEqual([4, [2, 3.967]]);
  });
});

describe("recording", () => {
  let tasks: Tasks;
  let failures: unknown[];
  let lost: LpError[];
  let store: ObjectStore;
  let wallMs: number;
  const clock = { ...systemClock(), now: () => wallMs };
  beforeEach(() => {
    failures = [];
    lost = [];
    wallMs = Date.parse("2026-11-25T22:00:00Z");
    tasks = createTaskGroup("test", { onFailure: (_task, error) => failures.push(error) });
    store = createMemoryObjectStore({ name: "recordings", baseUrl: "https://b.example.com/pre" }, { clock });
  });
  afterEach(async () => {
    await tasks.stop();
    expect(failures).toEqual([]);
  });
  const writer = (prefix: string, into = store, options: Partial<RecordingWriterOptions> = {}) =>
    new RecordingWriter(
      { prefix, pauseMs: 1, ...options },
      { store: into, clock, tasks, onLost: (_key, error) => lost.push(error) },
    );
  const segment = (seqNo: number, durationMs = 2000) => ({
    seqNo,
    durationMs,
    bytes: new TextEncoder().encode(`segment ${seqNo}`),
    extension: ".ts" as const,
  });
  const lists = async (prefix: string) => {
    const { objects } = await listAll(store, `${prefix}/playlist_`, 100);
    return Promise.all(
      objects.map(async ({ key }) =>
        parseRecordedPlaylist(new TextDecoder().decode(await readObject(store, key, 100_000)), key),
      ),
    );
  };

  it("stores segments with their length, and a list that names them", async () => {
    const recording = writer("m/0xabc-host");
    const { url } = await recording.record(source, segment(0));
    await recording.record(small, segment(0));
    await recording.record(source, segment(1, 1967));
    await recording.flushed();
    expect(url).toBe("https://b.example.com/pre/m/0xabc-host/source/0.ts");
    expect(await store.head("m/0xabc-host/source/1.ts")).toMatchObject({
      contentType: "video/mp2t",
      metadata: { duration: "1967" },
    });
    const text = await readObject(store, "m/0xabc-host/playlist_1795644000000000000.json", 100_000);
    expect(JSON.parse(new TextDecoder().decode(text))).toEqual({
      duration_ms: 3967,
      tracks: [
        { name: "source", bandwidth: 4_000_000, resolution: "1280x720" },
        { name: "P240p30fps16x9", bandwidth: 600_000, resolution: "426x240" },
      ],
      segments: {
        source: [
          { uri: url, duration_ms: 2000 },
          { seq_no: 1, uri: "https://b.example.com/pre/m/0xabc-host/source/1.ts", duration_ms: 1967 },
        ],
        P240p30fps16x9: [{ uri: "https://b.example.com/pre/m/0xabc-host/P240p30fps16x9/0.ts", duration_ms: 2000 }],
      },
    });
  });

  it("begins a new list after an hour of source media, also when the clock was set back", async () => {
    const recording = writer("m/n");
    for (const seqNo of [0, 1, 2, 3]) {
      await recording.record(source, segment(seqNo, hour / 2));
      await recording.record(small, segment(seqNo, hour / 2));
      wallMs -= 10;
    }
    await recording.flushed();
    const found = await lists("m/n");
    expect(found.map((list) => [list.durationMs, list.segments["source"]?.map(({ seqNo }) => seqNo)])).toEqual([
      [hour, [0, 1]],
      [hour, [2, 3]],
      [0, undefined],
    ]);
    const whole = await readRecording(store, "m");
    expect(whole?.recording.tracks.map((track) => track.segments.map(({ seqNo }) => seqNo))).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
  });

  it("writes the newest list only, once the store answers again", async () => {
    let isOpen = false;
    const puts: string[] = [];
    const slow: ObjectStore = {
      ...store,
      async put(key, bytes, options) {
        if (!key.endsWith(".json")) return store.put(key, bytes, options);
        puts.push(key);
        if (!isOpen) throw new LpError({ code: "object_store_failed", message: "busy", retryable: true });
        return store.put(key, bytes, options);
      },
    };
    const recording = writer("m/n", slow);
    for (let seqNo = 0; seqNo < 20; seqNo++) await recording.record(source, segment(seqNo));
    isOpen = true;
    await recording.flushed();
    expect((await lists("m/n"))[0]?.segments["source"]?.length).toBe(20);
    expect(lost).toEqual([]);
    expect(puts.length).toBeLessThan(20);
  });

  it("says which list was lost, after the last try, and goes on with the next", async () => {
    let tries = 0;
    const broken: ObjectStore = {
      ...store,
      async put(key, bytes, options) {
        if (!key.endsWith(".json") || tries >= 3) return store.put(key, bytes, options);
        tries++;
        throw new LpError({ code: "object_store_refused", message: "no right to do this" });
      },
    };
    const recording = writer("m/n", broken, { maxTries: 3 });
    await recording.record(source, segment(0));
    await recording.flushed();
    expect(lost.map(({ code, message }) => [code, message])).toEqual([
      [
        "object_lost",
        "m/n/playlist_1795644000000000000.json was not stored: 3 tries failed, at last with: no right to do this; look at the object store",
      ],
    ]);
    await recording.record(source, segment(1));
    await recording.flushed();
    expect((await lists("m/n"))[0]?.segments["source"]?.map(({ seqNo }) => seqNo)).toEqual([0, 1]);
  });

  it("lists no segment that was not stored, and refuses what does not fit", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: ObjectStore = {
      ...store,
      async put(key, bytes, options) {
        if (key.endsWith("/0.ts")) await gate;
        if (key.endsWith("/1.ts")) throw new LpError({ code: "store_full", message: "full" });
        return store.put(key, bytes, options);
      },
    };
    const recording = writer("m/n", slow, { maxStoring: 1 });
    const first = recording.record(source, segment(0));
    await expect(recording.record(source, segment(9))).rejects.toMatchObject({ code: "recording_behind" });
    release();
    await first;
    await expect(recording.record(source, segment(1))).rejects.toMatchObject({ code: "store_full" });
    await recording.record(source, segment(2));
    await recording.flushed();
    expect((await lists("m/n"))[0]?.segments["source"]?.map(({ seqNo }) => seqNo)).toEqual([0, 2]);
  });

  it("is read over all its sessions and finalized", async () => {
    for (const [id, seqNos] of [
      ["m1", [0, 1]],
      ["m2", [0, 1, 2]],
    ] as const) {
      const recording = writer(`${id}/host`);
      for (const seqNo of seqNos) await recording.record(source, segment(seqNo));
      await recording.flushed();
      wallMs += hour;
    }
    expect(await readRecording(store, "nothing")).toBeUndefined();
    const found = await readRecording(store, "m2", { previousSessions: ["m1"] });
    if (found === undefined) throw new Error("nothing was found");
    expect(found.newestAtMs).toBe(wallMs - hour);
    const keys = await saveFinalPlaylists(store, "m2", found.recording);
    expect(keys).toEqual(["m2/source.m3u8", "m2/index.m3u8"]);
    const list = media(new TextDecoder().decode(await readObject(store, "m2/source.m3u8", 100_000)));
    expect(list.endlist).toBe(true);
    const base = "https://b.example.com/pre/m2/source.m3u8";
    for (const { uri } of list.segments) {
      const key = new URL(uri, base).pathname.replace("/pre/", "");
      expect(await store.head(key), key).toBeDefined();
    }
    expect(list.segments.map(({ discontinuity }) => discontinuity === true)).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
    await expect(saveFinalPlaylists(store, "m3", mergeRecordings([]))).rejects.toMatchObject({ code: "recording_bad" });
  });

  it("is read from a local directory too", async () => {
    const directory = await mkdtemp(join(tmpdir(), "lp-recordings-"));
    try {
      const local = await openLocalObjectStore({ directory });
      const recording = writer("m/host", local);
      for (const seqNo of [0, 1]) await recording.record(source, segment(seqNo));
      await recording.flushed();
      const found = await readRecording(local, "m");
      if (found === undefined) throw new Error("nothing was found");
      const options = { manifestId: "m", isFinal: isRecordingFinal(undefined, found.newestAtMs, Date.now()) };
      const list = media(recordingMediaPlaylist(found.recording, "source", options));
      expect(list.segments.map(({ uri }) => uri)).toEqual(["host/source/0.ts", "host/source/1.ts"]);
      expect(list.endlist).toBe(false);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("is not put together when it is too large for that", async () => {
    const previousSessions = Array.from({ length: 1000 }, (_, i) => `m${i}`);
    await expect(readRecording(store, "m", { previousSessions })).rejects.toMatchObject({ code: "recording_bad" });
  });

  it("says which list cannot be read", async () => {
    await store.put("m/n/playlist_1.json", new TextEncoder().encode("{"));
    await expect(readRecording(store, "m")).rejects.toMatchObject({
      code: "recording_bad",
      message: expect.stringContaining("m/n/playlist_1.json"),
    });
  });
});

it("a recording is final when it is asked for, or a day old", () => {
  const day = 24 * hour;
  expect(isRecordingFinal(undefined, 0, day)).toBe(false);
  expect(isRecordingFinal(undefined, 0, day + 1)).toBe(true);
  expect(isRecordingFinal(false, 0, day + 1)).toBe(false);
  expect(isRecordingFinal(true, 0, 0)).toBe(true);
});
