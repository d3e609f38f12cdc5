import { expect, it } from "vitest";
import { parseStreamPath } from "./stream-path.ts";

it.each([
  ["/live/movie/12.ts", "movie", "12", ".ts"],
  ["/movie/Secret/Stream/Key", "movie", "Secret/Stream/Key", ""],
  ["/stream/movie/P240p30fps16x9.m3u8", "movie", "P240p30fps16x9", ".m3u8"],
  ["/live/movie.with.dot/12.ts", "movie.with.dot", "12", ".ts"],
  ["/", "", "", ""],
  ["/live/", "", "", ""],
  ["/stream/", "", "", ""],
  ["/live/stream/x/1.ts", "stream", "x/1", ".ts"],
  ["/live/alive/1.ts", "alive", "1", ".ts"],
  ["/stream/olive/x.m3u8", "olive", "x", ".m3u8"],
  ["movie", "movie", "", ""],
  [" /movie", "movie", "", ""],
])("reads %j", (path, manifestId, rest, extension) => {
  expect(parseStreamPath(path)).toEqual({ manifestId, rest, extension });
});

it("defect 7: a name that contains live/ or stream/ keeps it", () => {
  for (const [path, manifestId] of [
    ["/live/alive/3.ts", "alive"],
    ["/live/olive/live/3.ts", "olive"],
    ["/stream/upstream/source/3.ts", "upstream"],
  ] as const) {
    expect(parseStreamPath(path).manifestId).toBe(manifestId);
  }
});
