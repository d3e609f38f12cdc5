import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFfmpeg } from "../adapters/find-ffmpeg.ts";
import { compareVideoSignatures, frameDistance } from "./compare-signatures.ts";
import { parseVideoSignature } from "./video-signature.ts";

const bunny = join(import.meta.dirname, "..", "..", "assets", "bunny-720p.mp4");
let folder: string;
let ffmpeg: string;

/** Signature of two seconds of a source after it went through an encoder with `encode`. */
async function signatureOf(name: string, input: readonly string[], encode: readonly string[]): Promise<Uint8Array> {
  const [coded, file] = [join(folder, `${name}.ts`), join(folder, `${name}.bin`)];
  const run = (args: readonly string[]) => promisify(execFile)(ffmpeg, ["-v", "error", "-y", ...args]);
  await run([...input, "-an", "-c:v", "libx264", "-preset", "veryfast", ...encode, coded]);
  await run(["-i", coded, "-vf", `signature=filename='${file}'`, "-f", "null", "-"]);
  return new Uint8Array(await readFile(file));
}

let [high, low, later, fractal, bars]: Uint8Array[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-mpeg7-"));
  ffmpeg = (await findFfmpeg()).path;
  const scene = (from: string) => ["-ss", from, "-t", "2", "-i", bunny];
  [high, low, later, fractal, bars] = await Promise.all([
    signatureOf("high", scene("1"), ["-vf", "scale=426:240", "-b:v", "600k"]),
    signatureOf("low", scene("1"), ["-vf", "scale=426:240", "-b:v", "150k"]),
    signatureOf("later", scene("4"), ["-vf", "scale=426:240,hflip,vflip,negate", "-b:v", "600k"]),
    signatureOf("fractal", ["-f", "lavfi", "-t", "2", "-i", "mandelbrot=size=426x240:rate=25"], ["-b:v", "600k"]),
    signatureOf("bars", ["-f", "lavfi", "-t", "2", "-i", "color=gray:size=426x240:rate=25"], ["-b:v", "100k"]),
  ]);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const compare = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
  compareVideoSignatures(parseVideoSignature(a as Uint8Array), parseVideoSignature(b as Uint8Array));

describe("video signatures", () => {
  it("are read frame by frame", () => {
    const { frames, coarseStarts } = parseVideoSignature(high as Uint8Array);
    expect(frames).toHaveLength(50);
    expect(coarseStarts[0]).toBe(0);
    const times = frames.map((frame) => frame.pts);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(frames.every((frame) => frame.digits.length === 76 && frame.digits.every((byte) => byte < 243))).toBe(true);
  });

  it("of the same pictures match as a whole, whatever the bitrate, in both directions", () => {
    expect(compare(high, high)).toBe("whole");
    expect(compare(high, low)).toBe("whole");
    expect(compare(low, high)).toBe("whole");
  });

  it("of other pictures do not match", () => {
    for (const [a, b] of [
      [high, fractal],
      [fractal, low],
      [high, later],
      [high, bars],
    ]) {
      expect(compare(a, b)).toBe("none");
    }
  });

  it("with less than one frame are refused with the protocol's text", () => {
    for (const length of [0, 10, 34, 279]) {
      expect(() => parseVideoSignature((high as Uint8Array).subarray(0, length))).toThrow("InvalidSignData");
    }
  });

  it("with flipped bits and cut at any place never crash", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 255 })), { maxLength: 20 }),
        fc.nat(6000),
        (flips, length) => {
          const bytes = (high as Uint8Array).slice(0, Math.max(200, length));
          for (const [at, mask] of flips) if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ mask;
          try {
            expect(["none", "part", "whole"]).toContain(compare(bytes, low));
          } catch (error) {
            expect(error).toMatchObject({ code: "bad_signature_data" });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("count the distance of frames digit by digit", () => {
    const frame = (byte: number) => ({ pts: 0, confidence: 9, digits: new Uint8Array(76).fill(byte) });
    expect(frameDistance(frame(0), frame(0))).toBe(0);
    expect(frameDistance(frame(0), frame(1))).toBe(76);
    expect(frameDistance(frame(242), frame(0))).toBe(76 * 10);
    expect(frameDistance(frame(3), frame(2))).toBe(76 * 3);
  });
});
