import { describe, expect, it } from "vitest";
import { presetNames, presetProfile, presetProfiles } from "./presets.ts";
import { parseProfileJson } from "./profile-json.ts";

describe("presets", () => {
  it("finds the thirteen names of the protocol and not the hidden one", () => {
    expect(presetNames).toHaveLength(13);
    expect(presetProfile("P720p25fps16x9")).toMatchObject({ width: 1280, height: 720, bitrateBps: 3_500_000, fps: 25 });
    expect(presetProfile("P144p25fps16x9")).toBeUndefined();
  });
  it("skips unknown names of a list", () => {
    expect(presetProfiles("P240p30fps16x9, nonsense,P360p30fps16x9").map((profile) => profile.name)).toEqual([
      "P240p30fps16x9",
      "P360p30fps16x9",
    ]);
  });
});

describe("profile JSON", () => {
  it("fills in every default", () => {
    expect(parseProfileJson([{ width: 640, height: 360, bitrate: 1_200_000 }])).toEqual([
      {
        name: "custom_640x360_1200000",
        width: 640,
        height: 360,
        bitrateBps: 1_200_000,
        fps: 0,
        fpsDen: 0,
        format: "mpegts",
        encoderProfile: "none",
        gopMs: 0,
        codec: "h264",
        colorDepthMinus8: 0,
        chroma: 0,
        quality: 0,
      },
    ]);
  });
  it("reads every field, whatever the case of keys and profile names", () => {
    const row = {
      Name: "hd",
      width: 1280,
      height: 720,
      bitrate: 3e6,
      FPS: 30000,
      fpsden: 1001,
      profile: "H264ConstrainedHigh",
    };
    const more = { gop: "1.5", encoder: "HEVC", colorDepth: 2, chromaFormat: 1, quality: 23, unknown: true };
    expect(parseProfileJson([{ ...row, ...more }])[0]).toMatchObject({
      name: "hd",
      fps: 30000,
      fpsDen: 1001,
      encoderProfile: "constrained-high",
      gopMs: 1500,
      codec: "hevc",
      colorDepthMinus8: 2,
      chroma: 1,
      quality: 23,
    });
  });
  it("reads intra and fractions of a second", () => {
    const gops = parseProfileJson([
      { name: "a", gop: "intra" },
      { name: "b", gop: "0.3" },
      { name: "c", gop: "0" },
    ]);
    expect(gops.map((profile) => profile.gopMs)).toEqual([-1, 300, 0]);
  });
  it.each([
    [{ profile: "h265" }, "unable to parse the H264 encoder profile: unknown VideoProfile profile name"],
    [{ gop: "often" }, "cannot parse the GOP value in the transcoding options: "],
    [{ gop: "-1" }, "invalid gop value -1"],
    [{ encoder: "hevc" }, "Unable to parse encoder profile, unknown encoder: hevc"],
    [{ encoder: "toString" }, "Unable to parse encoder profile, unknown encoder: toString"],
    [{ profile: "constructor" }, "unable to parse the H264 encoder profile"],
    [{ width: -1 }, '"width" must be a whole number'],
    [{ fps: 29.97 }, '"fps" must be a whole number'],
    [{ bitrate: "500k" }, '"bitrate" must be a whole number'],
    [{ colorDepth: 3 }, '"colorDepth" holds bits minus 8'],
    [{ quality: 64 }, '"quality" must be a whole number from 0 to 63'],
    [{ name: "a/b" }, "holds a slash"],
    [{ name: ".." }, "cannot name a rendition"],
    [{ name: "source" }, "cannot name a rendition"],
    ["text", "is not an object"],
  ])("refuses %j", (row, text) => {
    expect(() => parseProfileJson([row])).toThrow(text);
  });
  it("refuses two renditions of one name, and anything but an array", () => {
    expect(() => parseProfileJson([{ name: "a" }, { name: "a" }])).toThrow("used twice");
    expect(() => parseProfileJson({})).toThrow("must be a JSON array");
  });
});
