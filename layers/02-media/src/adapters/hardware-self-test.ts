import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, errorText, type Logger, LpError } from "@livepeer-ts/kernel";
import { containerExtension } from "../http-push/multipart-answer.ts";
import type { TranscodeRequest } from "../ports/transcoder-backend.ts";
import type { VideoCodec, VideoProfile } from "../profiles/video-profile.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { scanSegment } from "../segments/scan-segment.ts";
import { ffmpegArgs } from "../transcode/ffmpeg-args.ts";
import { type HardwareAbility, hardwareAbilities, type TestSource } from "../transcode/hardware/abilities.ts";
import type { PooledDevice } from "../transcode/hardware/device-pool.ts";
import { canDecode, deviceName, hardwareDialect } from "../transcode/hardware/hardware-dialect.ts";
import type { HardwareDevice } from "../transcode/hardware/hardware-spec.ts";
import type { Lanes } from "../transcode/lanes.ts";
import { createFfmpegTranscoder } from "./ffmpeg-transcoder.ts";
import { runFfmpeg } from "./run-ffmpeg.ts";
import { makeWorkFolder } from "./work-folder.ts";

export type SelfTestOptions = {
  readonly ffmpegPath: string;
  readonly workDir: string;
  /** What is tested, the required ability first. Default: everything. */
  readonly abilities?: readonly HardwareAbility[];
};
export type SelfTestDeps = { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal };

/** How one ability came out: decoded on the device, decoded in memory, or not at all and why. */
export type AbilityResult = {
  readonly name: string;
  readonly decoded: "device" | "memory" | undefined;
  readonly why: string;
};

/** What one device can do. */
export type DeviceReport = { readonly device: PooledDevice; readonly results: readonly AbilityResult[] };

/** Renditions of one test, as many as the reference asks for. */
const testRenditions = 4;
/** Encode sessions that are tried at most, and counted on where nothing was tried. */
export const maxTriedSessions = 32;
/** One run of ffmpeg in the test; the first on a cold device compiles its kernels. */
const testRunMs = 30_000;
/** Frames of a test source. */
const testFrames = 10;

/** Smallest size that every encoder takes. */
const side = 146;

function testProfiles(count: number, codec: VideoCodec): VideoProfile[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `test-${index}`,
    width: side,
    height: side,
    bitrateBps: 100_000,
    fps: 30,
    fpsDen: 1,
    format: "mpegts",
    encoderProfile: "none",
    gopMs: 0,
    codec,
    colorDepthMinus8: 0,
    chroma: 0,
    quality: 0,
  }));
}

/** All tests of one run of the node: sources are made once. */
class SelfTest {
  readonly #options: SelfTestOptions;
  readonly #deps: SelfTestDeps;
  readonly #folder: string;
  readonly #sources = new Map<TestSource, Promise<MediaSegment>>();
  #runs = 0;

  constructor(options: SelfTestOptions, deps: SelfTestDeps, folder: string) {
    this.#options = options;
    this.#deps = deps;
    this.#folder = folder;
  }

  async testDevice(device: HardwareDevice): Promise<DeviceReport> {
    const results: AbilityResult[] = [];
    let encodeSessions = 0;
    const { abilities = hardwareAbilities } = this.#options;
    for (const ability of abilities) {
      const count = ability.isRequired ? testRenditions : Math.min(testRenditions, encodeSessions);
      const result = await this.#testAbility(device, ability, count);
      results.push(result);
      if (!ability.isRequired) continue;
      encodeSessions = await this.#measureSessions(device, result.decoded !== undefined, result.decoded ?? "memory");
      if (encodeSessions === 0) throw unsupported(device, result.why);
      if (result.decoded === undefined) {
        results.pop();
        const fewer = await this.#testAbility(device, ability, encodeSessions);
        if (fewer.decoded === undefined) throw unsupported(device, fewer.why);
        results.push(fewer);
        this.#deps.logger.warn("maximum number of simultaneous video encoding sessions is restricted by driver", {
          device: deviceName(device),
          encodeSessions,
        });
      }
    }
    const decodes = new Set<VideoCodec>();
    for (const [index, ability] of abilities.entries())
      if (results[index]?.decoded === "device") decodes.add(ability.source.codec);
    return { device: { ...device, encodeSessions, decodes }, results };
  }

  async #testAbility(device: HardwareDevice, ability: HardwareAbility, count: number): Promise<AbilityResult> {
    const { name } = ability;
    let why = "";
    try {
      const segment = await this.#source(ability.source);
      const scan = scanSegment(segment.bytes, segment.container);
      const ways = [
        ...(canDecode(device.kind, scan) ? (["device"] as const) : []),
        ...(ability.mayDecodeInMemory ? (["memory"] as const) : []),
      ];
      if (ways.length === 0) why = "its decoder is not built for it";
      for (const decoded of ways) {
        try {
          await this.#transcode(device, segment, testProfiles(count, ability.encodes), decoded);
          return { name, decoded, why };
        } catch (error) {
          this.#deps.signal.throwIfAborted();
          why = lastLines(error);
        }
      }
    } catch (error) {
      this.#deps.signal.throwIfAborted();
      why = lastLines(error);
    }
    return { name, decoded: undefined, why };
  }

  /** One segment through the engine itself, every frame counted. */
  async #transcode(
    device: HardwareDevice,
    segment: MediaSegment,
    profiles: readonly VideoProfile[],
    decode: "device" | "memory",
  ): Promise<void> {
    const { ffmpegPath } = this.#options;
    const backend = createFfmpegTranscoder(
      { ffmpegPath, workDir: this.#folder, minDeadlineMs: testRunMs },
      { clock: this.#deps.clock, lanes: lanesOf(device, decode) },
    );
    try {
      const request: TranscodeRequest = { sessionId: "self-test", segment, profiles };
      const { renditions } = await backend.transcode(request, this.#deps.signal);
      const short = renditions.find(({ frameCount }) => frameCount !== testFrames);
      if (short !== undefined) {
        const message = `${short.frameCount} of ${testFrames} frames came out of the encoder`;
        throw new LpError({ code: "self_test_frames", message });
      }
    } finally {
      await backend.close();
    }
  }

  /** Most renditions that one process encodes at once, up to `maxTriedSessions`; 0: none. All encoders stay open to its end. */
  async #measureSessions(device: HardwareDevice, worked: boolean, decode: "device" | "memory"): Promise<number> {
    let works = worked ? testRenditions : 0;
    let fails = worked ? maxTriedSessions + 1 : testRenditions;
    // Most devices have no limit: one run instead of a search.
    let next = fails - 1;
    while (fails - works > 1) {
      if (await this.#encodesAtOnce(device, next, decode)) works = next;
      else fails = next;
      next = Math.floor((works + fails) / 2);
    }
    return works;
  }

  async #encodesAtOnce(device: HardwareDevice, count: number, decode: "device" | "memory"): Promise<boolean> {
    const plain = hardwareAbilities[0] as HardwareAbility;
    const segment = await this.#source(plain.source);
    const folder = join(this.#folder, `run-${this.#runs++}`);
    await mkdir(folder);
    const inputPath = join(folder, "in.ts");
    await writeFile(inputPath, segment.bytes);
    const request: TranscodeRequest = { sessionId: "self-test", segment, profiles: testProfiles(count, "h264") };
    const scan = scanSegment(segment.bytes, segment.container);
    const args = ffmpegArgs(request, scan, {
      dialect: hardwareDialect(device, request, scan, decode),
      inputPath,
      outputPaths: request.profiles.map(({ name }) => join(folder, `${name}.ts`)),
      signaturePaths: [],
      keepLastFrame: false,
    });
    try {
      return (await this.#run(args, undefined)) === "";
    } catch {
      this.#deps.signal.throwIfAborted();
      return false;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #source(source: TestSource): Promise<MediaSegment> {
    let made = this.#sources.get(source);
    if (made === undefined) {
      made = this.#makeSource(source, this.#sources.size);
      this.#sources.set(source, made);
    }
    return made;
  }

  async #makeSource(source: TestSource, index: number): Promise<MediaSegment> {
    const path = join(this.#folder, `source-${index}${containerExtension(source.container)}`);
    const failure = await this.#run(
      [
        ...["-nostdin", "-hide_banner", "-v", "error", "-y"],
        ...["-f", "lavfi", "-i", "testsrc2=size=320x320:rate=30", "-frames:v", String(testFrames)],
        ...["-c:v", source.encoder, "-pix_fmt", source.pixelFormat, "-b:v", "400k", path],
      ],
      6 * 2 ** 30,
    );
    if (failure !== "")
      throw new LpError({ code: "self_test_source", message: `no ${source.codec} source: ${failure}` });
    return { seqNo: 0, durationMs: 333, container: source.container, bytes: await readFile(path) };
  }

  /** What ffmpeg said when it failed; nothing when it did not. */
  async #run(args: readonly string[], maxMemoryBytes: number | undefined): Promise<string> {
    const { clock, signal } = this.#deps;
    const options = { ffmpegPath: this.#options.ffmpegPath, args, deadlineMs: testRunMs, maxMemoryBytes, niceness: 5 };
    const exit = await runFfmpeg(options, clock, signal);
    return exit.code === 0 ? "" : exit.stderr.trim().slice(-400) || `ended with ${exit.code ?? "a signal"}`;
  }
}

function lanesOf(device: HardwareDevice, decode: "device" | "memory"): Lanes {
  return {
    preview: (request, scan) => hardwareDialect(device, request, scan, decode),
    run: (request, scan, _, attempt) => attempt(hardwareDialect(device, request, scan, decode)),
    endSession: () => undefined,
  };
}

function lastLines(error: unknown): string {
  const said = error instanceof LpError ? error.details["stderr"] : undefined;
  return typeof said === "string" && said !== "" ? said : errorText(error);
}

function unsupported(device: HardwareDevice, why: string): LpError {
  return new LpError({
    code: "hardware_unsupported",
    message:
      `required capability "H.264" is not supported on hardware ${deviceName(device)}. ffmpeg said: ${why}. ` +
      "Check driver and ffmpeg's build, name other devices, or leave the flag out to transcode in software",
    details: { device: deviceName(device) },
  });
}

/**
 * Tries every ability on every device with the engine itself and logs what came out. Rejects with
 * `hardware_unsupported` when a device cannot do what every transcoder must.
 */
export async function testHardware(
  devices: readonly HardwareDevice[],
  options: SelfTestOptions,
  deps: SelfTestDeps,
): Promise<DeviceReport[]> {
  const folder = await makeWorkFolder(options.workDir);
  try {
    const test = new SelfTest(options, deps, folder);
    const reports: DeviceReport[] = [];
    for (const device of devices) {
      const report = await test.testDevice(device);
      const table = Object.fromEntries(report.results.map(({ name, decoded }) => [name, decoded ?? "no"]));
      const { encodeSessions } = report.device;
      deps.logger.info("hardware self-test", { device: deviceName(device), encodeSessions, ...table });
      for (const { name, decoded, why } of report.results)
        if (decoded === undefined)
          deps.logger.info("not supported on hardware", { device: deviceName(device), capability: name, why });
      reports.push(report);
    }
    return reports;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names of the abilities that every tested device has. */
export function commonAbilities(reports: readonly DeviceReport[]): string[] {
  return hardwareAbilities
    .map(({ name }) => name)
    .filter((name) =>
      reports.every(({ results }) => results.some((result) => result.name === name && result.decoded !== undefined)),
    );
}
