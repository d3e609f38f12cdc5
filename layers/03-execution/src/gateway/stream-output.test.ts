import { LpError } from "@livepeer-ts/kernel";
import { BlobStoreMemory } from "@livepeer-ts/kernel/testing";
import { type MediaSegment, presetProfile, type VideoProfile } from "@livepeer-ts/media";
import { describe, expect, it } from "vitest";
import { StreamOutput } from "./stream-output.ts";

const profile = presetProfile("P240p30fps16x9") as VideoProfile;
const size = { width: 1280, height: 720 };
const segment = (seqNo: number): MediaSegment => ({
  seqNo,
  bytes: Uint8Array.of(seqNo),
  durationMs: 2000,
  container: "mpegts",
});
const listed = (output: StreamOutput) => output.entries(profile.name).map((entry) => entry.seqNo);

describe("the output of a stream", () => {
  it("lists renditions in order, however they come in", async () => {
    const output = new StreamOutput("m", new BlobStoreMemory(), "s");
    for (const seqNo of [0, 1, 2, 3]) await output.source(segment(seqNo), size);
    await output.rendition(segment(2), profile, Uint8Array.of(2));
    await output.done(2);
    expect(listed(output)).toEqual([]);
    await output.rendition(segment(0), profile, Uint8Array.of(0));
    await output.done(0);
    expect(listed(output)).toEqual([0]);
    await output.rendition(segment(1), profile, Uint8Array.of(1));
    await output.done(1);
    expect(listed(output)).toEqual([0, 1, 2]);
  });

  it("goes on behind a segment that is lost", async () => {
    const output = new StreamOutput("m", new BlobStoreMemory(), "s");
    for (const seqNo of [0, 1]) await output.source(segment(seqNo), size);
    await output.rendition(segment(1), profile, Uint8Array.of(1));
    await output.done(1);
    await output.done(0);
    expect(listed(output)).toEqual([1]);
  });

  it("has a master playlist when the first segment is done, with the whole ladder", async () => {
    const output = new StreamOutput("m", new BlobStoreMemory(), "s");
    await output.source(segment(0), size);
    expect(output.masterPlaylist()).toBeUndefined();
    await output.rendition(segment(0), profile, Uint8Array.of(0));
    await output.done(0);
    expect(output.masterPlaylist()).toContain("m/source.m3u8");
    expect(output.masterPlaylist()).toContain(`m/${profile.name}.m3u8`);
  });

  it("is not held up by a number that was refused", async () => {
    const output = new StreamOutput("m", new BlobStoreMemory(), "s");
    await output.source(segment(0), size);
    await output.done(0);
    await expect(output.source(segment(0), size)).rejects.toBeInstanceOf(LpError);
    await output.source(segment(1), size);
    await output.rendition(segment(1), profile, Uint8Array.of(1));
    expect(listed(output)).toEqual([1]);
  });

  it("keeps the bytes that players read when a number comes twice, also at once", async () => {
    const blobs = new BlobStoreMemory();
    const output = new StreamOutput("m", blobs, "s");
    const again = { ...segment(0), bytes: Uint8Array.of(9) };
    const both = [output.source(segment(0), size), output.source(again, size)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await output.done(0);
    await expect(output.source(again, size)).rejects.toMatchObject({ code: "segment_exists" });
    expect((await blobs.get("m/s/source/0.ts"))?.bytes).toEqual(Uint8Array.of(0));
  });

  it("leaves nothing in the store when dropped, held renditions included", async () => {
    const blobs = new BlobStoreMemory();
    const output = new StreamOutput("m", blobs, "s");
    for (const seqNo of [0, 1]) await output.source(segment(seqNo), size);
    await output.rendition(segment(1), profile, Uint8Array.of(1));
    await output.drop();
    expect(await blobs.get(`m/s/${profile.name}/1.ts`)).toBeUndefined();
    expect(await blobs.get("m/s/source/0.ts")).toBeUndefined();
  });
});
