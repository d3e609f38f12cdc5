import { hasErrorCode } from "@livepeer-ts/kernel";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  encodeRecordedPlaylist,
  parseRecordedPlaylist,
  recordedPlaylistName,
  recordedPlaylistStart,
} from "./recorded-playlist.ts";

const track = { name: "source", bandwidthBps: 4_000_000, resolution: "1280x720" };

it("writes the document as go-livepeer does, zero values left out", () => {
  const segments = {
    source: [
      { seqNo: 0, uri: "https://b.example.com/m/n/source/0.ts", durationMs: 2000 },
      { seqNo: 1, uri: "https://b.example.com/m/n/source/1.ts", durationMs: 1967 },
    ],
  };
  const text = encodeRecordedPlaylist({ durationMs: 3967, tracks: [track], segments });
  expect(text).toBe(
    '{"duration_ms":3967,"tracks":[{"name":"source","bandwidth":4000000,"resolution":"1280x720"}],' +
      '"segments":{"source":[{"uri":"https://b.example.com/m/n/source/0.ts","duration_ms":2000},' +
      '{"seq_no":1,"uri":"https://b.example.com/m/n/source/1.ts","duration_ms":1967}]}}',
  );
  expect(parseRecordedPlaylist(text, "a.json")).toEqual({ durationMs: 3967, tracks: [track], segments });
  expect(encodeRecordedPlaylist({ durationMs: 0, tracks: [], segments: {} })).toBe("{}");
  expect(parseRecordedPlaylist("{}", "a.json")).toEqual({ durationMs: 0, tracks: [], segments: {} });
});

it("reads back whatever it writes", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_]{1,20}$/);
  const size = fc.nat({ max: 10_000_000 });
  const arbitrary = fc.record({
    durationMs: size,
    tracks: fc.array(fc.record({ name, bandwidthBps: size, resolution: name }), { maxLength: 4 }),
    segments: fc.dictionary(name, fc.array(fc.record({ seqNo: size, uri: name, durationMs: size }), { maxLength: 5 }), {
      maxKeys: 4,
    }),
  });
  fc.assert(
    fc.property(arbitrary, (playlist) => {
      expect(parseRecordedPlaylist(encodeRecordedPlaylist(playlist), "a.json")).toEqual({
        ...playlist,
        segments: { ...playlist.segments },
      });
    }),
  );
});

it.each([
  "",
  "[]",
  "7",
  '{"duration_ms":-1}',
  '{"duration_ms":"1"}',
  '{"tracks":{}}',
  '{"tracks":[7]}',
  '{"segments":[]}',
  '{"segments":{"source":{}}}',
  '{"segments":{"source":[{"seq_no":1.5}]}}',
  '{"segments":{"source":[{"uri":"a\\n#EXT-X-ENDLIST"}]}}',
  '{"segments":{"a\\nb":[]}}',
  `{"segments":{"source":[{"uri":"${"x".repeat(3000)}"}]}}`,
])("refuses %j", (text) => {
  let error: unknown;
  try {
    parseRecordedPlaylist(text, "m/n/playlist_1.json");
  } catch (thrown) {
    error = thrown;
  }
  expect(hasErrorCode(error, "recording_bad")).toBe(true);
  expect((error as Error).message).toContain("m/n/playlist_1.json");
});

it("names a list by the nanoseconds of its begin", () => {
  const ms = Date.parse("2026-11-25T22:34:07.123Z");
  expect(recordedPlaylistName(ms)).toBe("playlist_1795646047123000000.json");
  expect(recordedPlaylistStart("playlist_1795646047123000000.json")).toBe(ms);
  expect(recordedPlaylistStart("playlist_x.json")).toBeUndefined();
  expect(recordedPlaylistStart("source/0.ts")).toBeUndefined();
});
