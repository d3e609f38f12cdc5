import { concatBytes, LpError, noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { ObjectStoreMemory, Simulation } from "@livepeer-ts/kernel/testing";
import { type MediaSegment, presetProfile, type VideoProfile } from "@livepeer-ts/media";
import { syntheticSegment } from "@livepeer-ts/media/testing";
import { describe, expect, it } from "vitest";
import { LowLatency } from "./low-latency.ts";
import { StreamObjects } from "./stream-objects.ts";
import { StreamOutput } from "./stream-output.ts";

const profile = presetProfile("P240p30fps16x9") as VideoProfile;
const size = { width: 1280, height: 720 };
const segment = (seqNo: number): MediaSegment => ({
  seqNo,
  bytes: Uint8Array.of(seqNo),
  durationMs: 2000,
  container: "mpegts",
});
const bytes = (n: number) => ({ bytes: Uint8Array.of(n) });
const outputIn = (memory: ObjectStoreMemory) => {
  const deps = { ...new Simulation(1).host("g"), memory, store: undefined, metrics: noMetrics, logger: silentLogger };
  return new StreamOutput(new StreamObjects({ manifestId: "m", storeId: "s" }, deps));
};
const listed = (output: StreamOutput) => output.entries(profile.name).map((entry) => entry.seqNo);

describe("the output of a stream", () => {
  it("lists renditions in order, however they come in", async () => {
    const output = outputIn(new ObjectStoreMemory());
    for (const seqNo of [0, 1, 2, 3]) await output.source(segment(seqNo), size);
    await output.rendition(segment(2), profile, bytes(2));
    await output.done(2);
    expect(listed(output)).toEqual([]);
    await output.rendition(segment(0), profile, bytes(0));
    await output.done(0);
    expect(listed(output)).toEqual([0]);
    await output.rendition(segment(1), profile, bytes(1));
    await output.done(1);
    expect(listed(output)).toEqual([0, 1, 2]);
  });

  it("goes on behind a segment that is lost", async () => {
    const output = outputIn(new ObjectStoreMemory());
    for (const seqNo of [0, 1]) await output.source(segment(seqNo), size);
    await output.rendition(segment(1), profile, bytes(1));
    await output.done(1);
    await output.done(0);
    expect(listed(output)).toEqual([1]);
  });

  it("has a master playlist when the first segment is done, with the whole ladder", async () => {
    const output = outputIn(new ObjectStoreMemory());
    await output.source(segment(0), size);
    expect(output.masterPlaylist()).toBeUndefined();
    await output.rendition(segment(0), profile, bytes(0));
    await output.done(0);
    expect(output.masterPlaylist()).toContain("m/source.m3u8");
    expect(output.masterPlaylist()).toContain(`m/${profile.name}.m3u8`);
  });

  it("is not held up by a number that was refused", async () => {
    const output = outputIn(new ObjectStoreMemory());
    await output.source(segment(0), size);
    await output.done(0);
    await expect(output.source(segment(0), size)).rejects.toBeInstanceOf(LpError);
    await output.source(segment(1), size);
    await output.rendition(segment(1), profile, bytes(1));
    expect(listed(output)).toEqual([1]);
  });

  it("keeps the bytes that players read when a number comes twice, also at once", async () => {
    const memory = new ObjectStoreMemory();
    const output = outputIn(memory);
    const again = { ...segment(0), bytes: Uint8Array.of(9) };
    const both = [output.source(segment(0), size), output.source(again, size)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await output.done(0);
    await expect(output.source(again, size)).rejects.toMatchObject({ code: "segment_exists" });
    expect(memory.bytes("m/s/source/0.ts")).toEqual(Uint8Array.of(0));
  });

  it("gives the same part while its segment is coming in and when it is stored", async () => {
    const host = new Simulation(1).host("g");
    const deps = {
      ...host,
      memory: new ObjectStoreMemory(),
      store: undefined,
      metrics: noMetrics,
      logger: silentLogger,
    };
    const objects = new StreamObjects({ manifestId: "m", storeId: "s" }, deps);
    const output = new StreamOutput(objects, new LowLatency({ manifestId: "m" }, host));
    const { bytes: whole } = syntheticSegment();
    const cut = [0, 376, 3760, whole.length];
    const part = (index: number) => ({
      ...{ seqNo: 0, index, durationMs: 400, isIndependent: index === 0, isLast: index === 2 },
      bytes: whole.subarray(cut[index], cut[index + 1]),
    });
    const read = (index: number) => output.readPart("source", 0, index, new AbortController().signal);
    for (const index of [0, 1, 2]) output.part(part(index));
    const early = [await read(0), await read(1), await read(2)];
    await output.source({ seqNo: 0, bytes: whole, durationMs: 1200, container: "mpegts" }, size);
    expect([await read(0), await read(1), await read(2)]).toEqual(early);
    expect(early[1]).toEqual(concatBytes(whole.subarray(0, 376), whole.subarray(376, 3760)));
    expect(await read(3)).toBeUndefined();
  });

  it("leaves nothing in the store when dropped, held renditions included", async () => {
    const memory = new ObjectStoreMemory();
    const output = outputIn(memory);
    for (const seqNo of [0, 1]) await output.source(segment(seqNo), size);
    await output.rendition(segment(1), profile, bytes(1));
    await output.drop();
    expect(memory.bytes(`m/s/${profile.name}/1.ts`)).toBeUndefined();
    expect(memory.bytes("m/s/source/0.ts")).toBeUndefined();
  });
});
