// What is proven here: the argument lists, whole and letter for letter, and that the installed ffmpeg knows the names in
// them where it was built with that hardware. What they do on a device only the operator's self-test can show.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TranscodeRequest } from "../../ports/transcoder-backend.ts";
import { presetProfiles } from "../../profiles/presets.ts";
import type { VideoProfile } from "../../profiles/video-profile.ts";
import type { SegmentScan } from "../../segments/scan-segment.ts";
import { requireFfmpeg } from "../../testing/require-ffmpeg.ts";
import { ffmpegArgs } from "../ffmpeg-args.ts";
import { canDecode, hardwareDialect, hardwareSpecs } from "./hardware-dialect.ts";
import { type HardwareDevice, type HardwareKind, hardwareKinds } from "./hardware-spec.ts";

const hasFfmpeg = await requireFfmpeg();
const ids: Readonly<Record<HardwareKind, string>> = {
  nvidia: "1",
  vaapi: "/dev/dri/renderD128",
  qsv: "/dev/dri/renderD128",
  amf: "0",
  videotoolbox: "0",
};

type Source = Partial<Pick<SegmentScan, "videoCodec" | "audioCodec">> & {
  readonly chroma?: 0 | 1 | 2;
  readonly colorDepthMinus8?: number;
  readonly firstPts?: number;
};

function scanOf(source: Source = {}): SegmentScan {
  const { chroma = 0, colorDepthMinus8 = 0, firstPts = 126_000 } = source;
  const format = { width: 1280, height: 720, chroma, colorDepthMinus8 };
  return {
    readable: true,
    container: "mpegts",
    videoCodec: source.videoCodec ?? "h264",
    audioCodec: source.audioCodec ?? "aac",
    frames: Array.from({ length: 60 }, (_, n) => ({ pts: firstPts + n * 3000, keyframe: n === 0, format })),
    missingPtsCount: 0,
    audioPts: [firstPts],
  };
}

function requestOf(profiles: readonly VideoProfile[], change: Partial<TranscodeRequest> = {}): TranscodeRequest {
  const segment = { seqNo: 0, durationMs: 2000, container: "mpegts", bytes: new Uint8Array(1) } as const;
  return { sessionId: "s", segment, profiles, ...change };
}

function argsOf(device: HardwareDevice, request: TranscodeRequest, scan: SegmentScan): string[] {
  return ffmpegArgs(request, scan, {
    dialect: hardwareDialect(device, request, scan, canDecode(device.kind, scan) ? "device" : "memory"),
    inputPath: "in.ts",
    outputPaths: request.profiles.map(({ format }, index) => `out${index}.${format === "mp4" ? "mp4" : "ts"}`),
    signaturePaths: request.profiles.map((_, index) => `sign${index}.bin`),
    keepLastFrame: false,
  });
}

const [p360] = presetProfiles("P360p30fps16x9") as [VideoProfile];
const one = (change: Partial<VideoProfile>) => [{ ...p360, ...change }];
const cases: readonly (readonly [string, TranscodeRequest, SegmentScan])[] = [
  ["two renditions in MPEG-TS", requestOf(presetProfiles("P360p30fps16x9,P240p30fps16x9")), scanOf()],
  ["MP4", requestOf(one({ format: "mp4" })), scanOf()],
  ["another frame rate, off its grid", requestOf(one({ fps: 25 })), scanOf({ firstPts: 126_001 })],
  ["the source's frame rate", requestOf(one({ fps: 0 })), scanOf()],
  ["keyframes every half second", requestOf(one({ gopMs: 500 })), scanOf()],
  ["keyframes every half second of the source's frames", requestOf(one({ gopMs: 500, fps: 0 })), scanOf()],
  ["keyframes only", requestOf(one({ gopMs: -1 })), scanOf()],
  ["baseline", requestOf(one({ encoderProfile: "baseline" })), scanOf()],
  ["main", requestOf(one({ encoderProfile: "main" })), scanOf()],
  ["constrained high", requestOf(one({ encoderProfile: "constrained-high" })), scanOf()],
  ["constant quality under a ceiling", requestOf(one({ quality: 23 })), scanOf()],
  ["HEVC in MP4", requestOf(one({ codec: "hevc", format: "mp4" })), scanOf()],
  ["from HEVC with 10 bits", requestOf(one({})), scanOf({ videoCodec: "hevc", colorDepthMinus8: 2 })],
  ["from H.264 with 10 bits", requestOf(one({})), scanOf({ colorDepthMinus8: 2 })],
  ["from H.264 with 4:4:4", requestOf(one({})), scanOf({ chroma: 2 })],
  ["a clip", requestOf(one({}), { clip: { fromMs: 500, toMs: 1500 } }), scanOf()],
  ["a signature", requestOf(one({}), { calcPerceptualHash: true }), scanOf()],
];

/** One argument or one pair a line, so that a change is a line. */
function written(args: readonly string[]): string {
  return args.reduce((text, arg, index) => {
    const isValue = index > 0 && !arg.startsWith("-") && (args[index - 1] ?? "").startsWith("-");
    return `${text}${index === 0 ? "" : isValue ? " " : "\n"}${arg}`;
  }, "");
}

describe("argument lists of", () => {
  it.each(hardwareKinds)("%s are what was recorded", async (kind) => {
    const device = { kind, id: ids[kind] };
    const text = cases.map(([name, request, scan]) => `## ${name}\n${written(argsOf(device, request, scan))}\n`);
    await expect(text.join("\n")).toMatchFileSnapshot(`golden/${kind}.txt`);
  });
});

const profiles = fc.array(
  fc.record({
    width: fc.integer({ min: 0, max: 5000 }),
    height: fc.integer({ min: 0, max: 5000 }),
    bitrateBps: fc.integer({ min: 0, max: 50_000_000 }),
    fps: fc.integer({ min: 0, max: 120 }),
    fpsDen: fc.integer({ min: 0, max: 1001 }),
    format: fc.constantFrom("mpegts", "mp4"),
    encoderProfile: fc.constantFrom("none", "baseline", "main", "high", "constrained-high"),
    gopMs: fc.integer({ min: -1, max: 10_000 }),
    codec: fc.constantFrom("h264", "hevc"),
    quality: fc.integer({ min: 0, max: 63 }),
  }),
  { minLength: 1, maxLength: 10 },
);
const anything = fc.record({
  kind: fc.constantFrom(...hardwareKinds),
  profiles,
  chroma: fc.constantFrom(0, 1, 2),
  colorDepthMinus8: fc.constantFrom(0, 2),
  codec: fc.constantFrom("h264", "hevc", "vp8", "vp9"),
  calcPerceptualHash: fc.boolean(),
  clip: fc.option(fc.constant({ fromMs: 100, toMs: 900 }), { nil: undefined }),
});

function valuesAfter(args: readonly string[], name: string): string[] {
  return args.flatMap((arg, index) => (args[index - 1] === name ? [arg] : []));
}

describe("every argument list for a device", () => {
  const property = (holds: (args: string[], request: TranscodeRequest, kind: HardwareKind) => void) =>
    fc.assert(
      fc.property(anything, ({ kind, profiles: asked, chroma, colorDepthMinus8, codec, ...rest }) => {
        const { clip, calcPerceptualHash } = rest;
        const ladder = asked.map((profile, index) => ({ ...p360, ...profile, name: `p${index}` }) as VideoProfile);
        const request = requestOf(ladder, { calcPerceptualHash, ...(clip === undefined ? {} : { clip }) });
        const scan = scanOf({ videoCodec: codec as "h264", chroma: chroma as 0, colorDepthMinus8 });
        holds(argsOf({ kind, id: ids[kind] }, request, scan), request, kind);
      }),
    );

  it("has its one input, behind device and decoder and before every output", () => {
    property((args) => {
      expect(valuesAfter(args, "-i")).toEqual(["in.ts"]);
      const input = args.indexOf("-i");
      for (const name of ["-hwaccel", "-init_hw_device"]) expect(args.lastIndexOf(name)).toBeLessThan(input);
      expect(args.indexOf("-map")).toBeGreaterThan(input);
      expect(args).toContain("-copyts");
    });
  });

  it("maps each rendition once, to its own file", () => {
    property((args, request) => {
      const maps = valuesAfter(args, "-map").filter((value) => value.startsWith("[v"));
      expect(maps).toEqual(request.profiles.map((_, index) => `[v${index}]`));
      for (const [index] of request.profiles.entries())
        expect(args.filter((arg) => arg.startsWith(`out${index}.`))).toHaveLength(1);
    });
  });

  it("names no encoder of the processor", () => {
    property((args, request, kind) => {
      const output = args.slice(args.indexOf("-i"));
      const wanted = request.profiles.map(({ codec }) => hardwareSpecs[kind].encoders[codec]);
      expect(valuesAfter(output, "-c:v")).toEqual(wanted);
      expect(args.join(" ")).not.toMatch(/libx26|libvpx|libsvt|-crf/);
    });
  });

  it("keeps frames where its filters can see them", () => {
    property((args, request, kind) => {
      const graph = valuesAfter(args, "-filter_complex").join();
      const staysThere = args.includes("-hwaccel_output_format");
      expect(/scale_cuda|scale_vaapi|vpp_qsv/.test(graph)).toBe(staysThere);
      expect(/(^|[,\]])scale=/.test(graph)).toBe(!staysThere);
      if (staysThere) expect(graph).not.toMatch(/signature|hwupload/);
      else if (kind === "vaapi" || kind === "qsv")
        expect(graph.match(/hwupload/g)).toHaveLength(request.profiles.length);
    });
  });
});

describe.skipIf(!hasFfmpeg)("the installed ffmpeg knows", () => {
  const run = promisify(execFile);
  const help = async (topic: string) => (await run("ffmpeg", ["-hide_banner", "-h", topic])).stdout;
  /** Options that every encoder has, or that are not the encoder's. */
  const general = new Set(["-b:v", "-maxrate", "-bufsize", "-g", "-bf", "-global_quality", "-q:v", "-tag:v"]);

  it.each(hardwareKinds.flatMap((kind) => (["h264", "hevc"] as const).map((codec) => [kind, codec] as const)))(
    "the options for %s %s, or has no such encoder",
    async (kind, codec) => {
      const spec = hardwareSpecs[kind];
      const text = await help(`encoder=${spec.encoders[codec]}`);
      if (!text.startsWith("Encoder ")) return;
      for (const encoderProfile of ["none", "baseline", "main", "high", "constrained-high"] as const) {
        for (const quality of [0, 30]) {
          const args = spec.encoderArgs({ ...p360, codec, encoderProfile, quality }, ids[kind]);
          for (let index = 0; index < args.length; index += 2) {
            const name = args[index] as string;
            if (general.has(name)) continue;
            expect(text).toMatch(new RegExp(`^\\s+${name.replace(":v", "")}\\s`, "m"));
            const value = args[index + 1] as string;
            if (!/^\d+$/.test(value)) expect(text).toMatch(new RegExp(`^\\s+${value}\\s`, "m"));
          }
        }
      }
    },
  );

  it.each(["scale_cuda", "scale_vaapi", "vpp_qsv"])("the options of %s, or has no such filter", async (filter) => {
    const text = await help(`filter=${filter}`);
    if (!text.startsWith("Filter ")) return;
    for (const option of ["w", "h", "format"]) expect(text).toMatch(new RegExp(`^\\s+${option}\\s`, "m"));
  });
});
