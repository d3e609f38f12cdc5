import { parse } from "hls-parser";
import { expect, it } from "vitest";
import { LivePlaylist, segmentPath, sourceBandwidthBps } from "./live-playlist.ts";

const source = { name: "source", bandwidthBps: sourceBandwidthBps, resolution: "1280x720" };
const small = { name: "P240p30fps16x9", bandwidthBps: 600_000, resolution: "426x240" };

function entry(seqNo: number, durationMs = 2000) {
  return { seqNo, durationMs, uri: segmentPath("movie", "source", seqNo, ".ts") };
}

function listed(playlist: LivePlaylist): number[] {
  return playlist.entries("source").map((item) => item.seqNo);
}

it("writes master and media lists byte for byte as players know them", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  expect(playlist.master()).toBeUndefined();
  playlist.insert(source, entry(10));
  playlist.insert(source, entry(11, 1967));
  playlist.insert(small, entry(10));
  expect(playlist.master()).toBe(
    "#EXTM3U\n#EXT-X-VERSION:3\n" +
      "#EXT-X-STREAM-INF:PROGRAM-ID=0,BANDWIDTH=4000000,RESOLUTION=1280x720\nmovie/source.m3u8\n" +
      "#EXT-X-STREAM-INF:PROGRAM-ID=0,BANDWIDTH=600000,RESOLUTION=426x240\nmovie/P240p30fps16x9.m3u8\n",
  );
  expect(playlist.media("source")).toBe(
    "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:10\n#EXT-X-TARGETDURATION:2\n" +
      "#EXTINF:2.000,\n/stream/movie/source/10.ts\n#EXTINF:1.967,\n/stream/movie/source/11.ts\n",
  );
  expect(playlist.media("nobody")).toBeUndefined();
});

it("slides over six segments and counts the removed ones", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  const removed = Array.from({ length: 9 }, (_, index) => playlist.insert(source, entry(100 + index))).flat();
  expect(removed.map((item) => item.seqNo)).toEqual([100, 101, 102]);
  expect(listed(playlist)).toEqual([103, 104, 105, 106, 107, 108]);
  expect(playlist.media("source")).toContain("#EXT-X-MEDIA-SEQUENCE:103\n");
});

it("defect 8: the media sequence begins at the first segment's number, also after a loss, and a second one of a number moves nothing", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  const sequence = () => Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist.media("source") ?? "")?.[1]);
  playlist.insert(source, entry(7));
  expect(sequence()).toBe(7);
  for (const seqNo of [8, 10, 11, 12, 13]) playlist.insert(source, entry(seqNo)); // 9 is lost
  expect(sequence()).toBe(7);
  expect(() => playlist.insert(source, entry(12))).toThrow("segment already exists");
  expect(listed(playlist)).toEqual([7, 8, 10, 11, 12, 13]);
  // a player counts on from what it saw: one segment left, one step
  for (const [seqNo, first] of [
    [14, 8],
    [15, 9],
    [16, 10],
  ] as const) {
    playlist.insert(source, entry(seqNo));
    expect(sequence()).toBe(first);
  }
});

it("wish 20: leaves a rendition that stopped out of the master list until it goes on", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  const has = () => playlist.master()?.includes(small.name);
  for (let seqNo = 0; seqNo < 20; seqNo++) {
    playlist.insert(source, entry(seqNo));
    if (seqNo < 3 || seqNo > 14) playlist.insert(small, entry(seqNo));
    expect([seqNo, has()]).toEqual([seqNo, seqNo < 8 || seqNo > 14]);
    expect(playlist.master()).toContain("movie/source.m3u8");
  }
});

it("sorts late segments in", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  for (const seqNo of [0, 2, 3, 1, 5, 4]) playlist.insert(source, entry(seqNo));
  expect(listed(playlist)).toEqual([0, 1, 2, 3, 4, 5]);
});

it("refuses a number twice and loses nothing by it", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  for (let seqNo = 0; seqNo < 6; seqNo++) playlist.insert(source, entry(seqNo));
  const before = playlist.media("source");
  expect(() => playlist.insert(source, entry(3))).toThrow("segment already exists");
  expect(playlist.media("source")).toBe(before);
});

it("refuses a segment that is older than a full window", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  for (let seqNo = 10; seqNo < 17; seqNo++) playlist.insert(source, entry(seqNo));
  const before = playlist.media("source");
  expect(() => playlist.insert(source, entry(9))).toThrow("older than the live window");
  expect(playlist.media("source")).toBe(before);
});

it("announces the longest segment ever seen", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  playlist.insert(source, entry(0, 6001));
  for (let seqNo = 1; seqNo < 12; seqNo++) playlist.insert(source, entry(seqNo, 1500));
  expect(playlist.media("source")).toContain("#EXT-X-TARGETDURATION:7\n");
});

it("is read by an independent parser", () => {
  const playlist = new LivePlaylist({ manifestId: "movie" });
  for (let seqNo = 0; seqNo < 8; seqNo++) playlist.insert(source, entry(seqNo, 1980));
  playlist.addTrack(small);
  const master = parse(playlist.master() ?? "");
  const media = parse(playlist.media("source") ?? "");
  if (!master.isMasterPlaylist || media.isMasterPlaylist) throw new Error("kinds are mixed up");
  const variants = (master as import("hls-parser").types.MasterPlaylist).variants;
  const list = media as import("hls-parser").types.MediaPlaylist;
  expect(variants.map((variant) => [variant.bandwidth, variant.resolution?.width])).toEqual([
    [4_000_000, 1280],
    [600_000, 426],
  ]);
  expect(list.mediaSequenceBase).toBe(2);
  expect(list.endlist).toBe(false);
  expect(list.segments.map((segment) => segment.duration)).toEqual(Array(6).fill(1.98));
});
