import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SlotPool } from "@livepeer-ts/compute";
import { acceptAllPaymentRecipient, offChainSigner } from "@livepeer-ts/economics";
import { decodeSegmentHeader, parseOrchestratorOptions, segmentWire, startOrchestrator } from "@livepeer-ts/execution";
import { noMetrics, silentLogger } from "@livepeer-ts/kernel";
import {
  createSelfSignedCertificate,
  createTasks,
  NodeNet,
  startHttpHost,
  systemClock,
  systemRandom,
} from "@livepeer-ts/kernel/adapters";
import { countRendition, type Rendition, type TranscodeRequest, type TranscoderBackend } from "@livepeer-ts/media";
import { createFfmpegTranscoder } from "@livepeer-ts/media/adapters";
import { ffmpeg } from "@livepeer-ts/media/testing";
import { freePort } from "../../node/src/supervisor/free-port.ts";

/** What a cheat works with: the honest rendition, and the first one of the stream. */
type Work = {
  readonly honest: Rendition;
  readonly first: Rendition;
  readonly seqNo: number;
  /** The same profile honestly made of all of the segment, whatever part was asked for. */
  readonly whole: () => Promise<Rendition>;
  /** Runs an honest rendition through ffmpeg once more; `args` stand between input and output. */
  readonly filtered: (media: Uint8Array, args: readonly string[]) => Promise<Uint8Array>;
};

const encoded = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy"];
const counted = (honest: Rendition, bytes: Uint8Array): Rendition => ({
  ...honest,
  bytes,
  pixelCount: countRendition(bytes, "mpegts").pixelCount,
});

/** Every way to deliver something else than was asked for, with an honest bill unless the bill is the cheat. */
export const cheats = {
  nothing: async ({ honest }) => honest,
  "more pixels": async ({ honest }) => ({ ...honest, pixelCount: 2 * honest.pixelCount }),
  "black pictures": async ({ honest, filtered }) =>
    counted(honest, await filtered(honest.bytes, ["-vf", "drawbox=color=black:t=fill", ...encoded])),
  "another video": async ({ honest, filtered }) => {
    const { width, height } = countRendition(honest.bytes, "mpegts");
    const other = ["-f", "lavfi", "-i", `mandelbrot=s=${width}x${height}:r=30`];
    const laid = ["-filter_complex", "[0:v][1:v]overlay=shortest=1", "-map", "0:a?"];
    return counted(honest, await filtered(honest.bytes, [...other, ...laid, ...encoded]));
  },
  "a smaller size": async ({ honest, filtered }) =>
    counted(honest, await filtered(honest.bytes, ["-vf", "scale=160:90", ...encoded])),
  "half of the frames": async ({ honest }) =>
    counted(honest, honest.bytes.subarray(0, Math.floor(honest.bytes.length / 2 / 188) * 188)),
  "more than the clip": async ({ whole }) => whole(),
  "another segment": async ({ honest, first }) => counted(honest, first.bytes),
  "another segment with this one's times": async ({ honest, first, seqNo, filtered }) =>
    counted(honest, await filtered(first.bytes, ["-output_ts_offset", String(2 * seqNo), "-c", "copy"])),
  "the hash of another video": async ({ honest, first }) => ({
    ...honest,
    perceptualHash: (first.perceptualHash as Uint8Array).map((byte, i) => (i < 240 ? byte : 242 - (byte % 243))),
  }),
  "other audio": async ({ honest, filtered }) =>
    counted(
      honest,
      await filtered(honest.bytes, ["-af", "asetrate=48000*1.5,aresample=48000", "-c:v", "copy", "-c:a", "aac"]),
    ),
} as const satisfies Readonly<Record<string, (work: Work) => Promise<Rendition>>>;

export type CheatName = keyof typeof cheats;

/** An orchestrator that really transcodes, and then hands out something else. */
export class CheatingOrchestrator {
  readonly uri: string;
  /** What it does to the segments of a stream after the first; nothing where none is set. */
  readonly cheats = new Map<string, CheatName>();
  /** Segments of each stream that it cheated on. */
  readonly cheated = new Map<string, number[]>();
  readonly #folder: string;
  readonly #firsts = new Map<string, readonly Rendition[]>();
  readonly #streamOf = new Map<string, string>();
  #count = 0;
  #stop = async () => {};

  private constructor(uri: string, folder: string) {
    this.uri = uri;
    this.#folder = folder;
  }

  /** `folder` is for its media in work. */
  static async start(folder: string): Promise<CheatingOrchestrator> {
    const port = await freePort();
    const cheater = new CheatingOrchestrator(`https://127.0.0.1:${port}`, folder);
    const tasks = createTasks("cheater", silentLogger);
    const net = new NodeNet();
    const clock = systemClock();
    const engine = createFfmpegTranscoder({ preset: "ultrafast" }, { clock });
    const backend: TranscoderBackend = {
      name: "cheating",
      endSession: (sessionId) => engine.endSession(sessionId),
      close: () => engine.close(),
      transcode: async (request, signal) => {
        const outcome = await engine.transcode(request, signal);
        const { clip: _, ...unclipped } = request;
        const whole = async () => (await engine.transcode(unclipped, signal)).renditions;
        return { ...outcome, renditions: await cheater.#spoil(request, outcome.renditions, whole) };
      },
    };
    const role = startOrchestrator(parseOrchestratorOptions({ serviceUri: cheater.uri, maxSessions: 100 }), {
      ...{ clock, random: systemRandom(), net, tasks, logger: silentLogger, metrics: noMetrics },
      ...{ signer: offChainSigner, recipient: acceptAllPaymentRecipient, receipts: undefined, backend },
      slots: new SlotPool({ slots: 2 }),
    });
    const host = await startHttpHost(
      { port, tls: await createSelfSignedCertificate("127.0.0.1") },
      (request) => {
        const header = request.header.get(segmentWire.segmentHeader);
        if (header !== null) {
          const { manifestId, authToken } = decodeSegmentHeader(header);
          cheater.#streamOf.set(authToken?.sessionId ?? "", manifestId);
        }
        return role.handler(request);
      },
      silentLogger,
    );
    cheater.#stop = async () => {
      await host.stop(0);
      await role.stop();
      await tasks.stop();
      await net.stop();
      await backend.close();
    };
    return cheater;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  async #spoil(
    request: TranscodeRequest,
    honest: readonly Rendition[],
    whole: () => Promise<readonly Rendition[]>,
  ): Promise<Rendition[]> {
    const stream = this.#streamOf.get(request.sessionId) ?? "";
    const { seqNo } = request.segment;
    const firsts = this.#firsts.get(stream);
    this.#firsts.set(stream, firsts ?? honest);
    const name = this.cheats.get(stream) ?? "nothing";
    if (firsts === undefined || name === "nothing") return [...honest];
    this.cheated.set(stream, [...(this.cheated.get(stream) ?? []), seqNo]);
    const filtered = (media: Uint8Array, args: readonly string[]) => this.#filtered(media, args);
    return Promise.all(
      honest.map((rendition, i) =>
        cheats[name]({
          ...{ honest: rendition, first: firsts[i] as Rendition, seqNo, filtered },
          whole: async () => (await whole())[i] as Rendition,
        }),
      ),
    );
  }

  async #filtered(media: Uint8Array, args: readonly string[]): Promise<Uint8Array> {
    const stem = join(this.#folder, String(this.#count++));
    const [input, output] = [`${stem}-in.ts`, `${stem}-out.ts`];
    await writeFile(input, media);
    await ffmpeg(["-v", "error", "-copyts", "-i", input, ...args, "-muxdelay", "0", "-f", "mpegts", output]);
    const made = new Uint8Array(await readFile(output));
    await Promise.all([rm(input), rm(output)]);
    return made;
  }
}
