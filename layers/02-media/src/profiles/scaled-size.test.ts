import fc from "fast-check";
import { expect, it } from "vitest";
import { scaledSize } from "./scaled-size.ts";

it.each([
  ["a ladder of 16:9", [640, 360], [1280, 720], [640, 360]],
  ["the odd width of 240p", [426, 240], [1280, 720], [426, 240]],
  ["4:3 into 16:9: the long side rules", [640, 360], [640, 480], [640, 480]],
  ["portrait: the request turns round", [640, 360], [720, 1280], [360, 640]],
  ["a square", [640, 360], [500, 500], [640, 640]],
  ["an odd request", [427, 241], [1280, 720], [426, 240]],
  ["below the encoder's minimum", [100, 40], [1280, 720], [146, 82]],
  ["nothing requested", [0, 0], [1280, 720], [146, 82]],
  ["above the encoder's maximum", [8000, 4500], [1280, 720], [4096, 2304]],
  ["a thin strip", [640, 10], [2000, 50], [2000, 50]],
])("sizes %s", (_, [width = 0, height = 0], [inWidth = 0, inHeight = 0], [outWidth, outHeight]) => {
  const size = scaledSize({ width, height }, { width: inWidth, height: inHeight }, "h264");
  expect(size).toEqual({ width: outWidth, height: outHeight });
});

it("always gives even sides within the encoder's limits", () => {
  const side = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(side, side, side, side, fc.constantFrom("h264" as const, "hevc" as const), (w, h, inW, inH, codec) => {
      const { width, height } = scaledSize({ width: w, height: h }, { width: inW, height: inH }, codec);
      const [minWidth, minHeight, max] = codec === "h264" ? [146, 50, 4096] : [132, 40, 8192];
      expect(width % 2).toBe(0);
      expect(height % 2).toBe(0);
      expect(width >= minWidth && width <= max).toBe(true);
      expect(height >= minHeight && height <= max).toBe(true);
    }),
  );
});
