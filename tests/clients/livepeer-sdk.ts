// The official TypeScript SDK (npm `livepeer`), unmodified, against a platform. Used by tests; it is no test file itself.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { publishedClient } from "./published-client.ts";

const run = promisify(execFile);

/** A stream as the SDK parses it. */
type SdkStream = {
  readonly id?: string;
  readonly name: string;
  readonly isActive?: boolean;
  readonly lastSeen?: number;
  readonly streamKey?: string;
  readonly playbackId?: string;
  readonly createdAt?: number;
  readonly profiles?: readonly { readonly name: string; readonly width: number; readonly height: number }[];
};

/** The part of the SDK's client that the tests use; the methods are the SDK's own. */
export type LivepeerClient = {
  readonly stream: {
    create(input: { name: string; profiles?: unknown[] }): Promise<{ stream?: SdkStream }>;
    getAll(streamsonly?: string): Promise<{ data?: readonly SdkStream[] }>;
    get(id: string): Promise<{ stream?: SdkStream }>;
    update(input: { name?: string }, id: string): Promise<{ statusCode: number }>;
    delete(id: string): Promise<{ statusCode: number }>;
  };
  readonly playback: {
    get(id: string): Promise<{
      playbackInfo?: {
        readonly type: string;
        readonly meta: {
          readonly live?: number;
          readonly source: readonly { hrn: string; type: string; url: string }[];
        };
      };
    }>;
  };
};

/** A client of the platform. */
export async function livepeerClient(options: {
  readonly apiUrl: string;
  readonly apiKey: string;
}): Promise<LivepeerClient> {
  const { Livepeer } = await publishedClient<{
    Livepeer: new (options: { apiKey: string; serverURL: string }) => LivepeerClient;
  }>("livepeer");
  return new Livepeer({ apiKey: options.apiKey, serverURL: options.apiUrl });
}

export type PublishOptions = {
  /** Base of the API: `http://host:port/api`. */
  readonly apiUrl: string;
  readonly apiKey: string;
  /** Where publishers send video: `rtmp://host:port/live`. */
  readonly rtmpUrl: string;
};

/** What was seen from outside. */
export type PublishReport = {
  readonly activeBefore: boolean;
  /** From the publisher's start until the SDK read the stream as active, ms. */
  readonly activeAfterMs: number;
  /** From the publisher's end until the SDK read it as inactive, ms. */
  readonly inactiveAfterMs: number;
  readonly playbackUrl: string;
  /** Each entry of the master playlist: its address, and what a decoder found in four seconds of it. */
  readonly variants: readonly {
    readonly url: string;
    readonly width: number;
    readonly height: number;
    readonly frames: number;
  }[];
};

async function until<T>(what: string, ms: number, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not seen within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function publish(url: string): { readonly process: ChildProcess; readonly ended: Promise<void>; errors(): string } {
  const source = [
    "-re",
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=1280x720:rate=30",
    "-f",
    "lavfi",
    "-i",
    "sine=frequency=440",
  ];
  const video = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0"];
  const child = spawn(
    "ffmpeg",
    ["-nostdin", "-loglevel", "error", ...source, ...video, "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "flv", url],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors = (errors + chunk).slice(-2_000);
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return { process: child, ended, errors: () => errors };
}

async function decode(url: string): Promise<{ width: number; height: number; frames: number }> {
  const { stdout } = await run(
    "ffprobe",
    [
      ["-v", "error", "-select_streams", "v:0", "-count_frames", "-read_intervals", "%+4"],
      ["-show_entries", "stream=width,height,nb_read_frames", "-of", "json", url],
    ].flat(),
    { timeout: 60_000 },
  );
  const stream = (JSON.parse(stdout) as { streams: { width: number; height: number; nb_read_frames: string }[] })
    .streams[0];
  if (stream === undefined) throw new Error(`no video in ${url}`);
  return { width: stream.width, height: stream.height, frames: Number(stream.nb_read_frames) };
}

/** Creates a stream with the SDK, publishes to it with ffmpeg, plays every quality, ends it, and deletes it. */
export async function publishAndPlay(options: PublishOptions): Promise<PublishReport> {
  const client = await livepeerClient(options);
  const { stream } = await client.stream.create({ name: "published by ffmpeg" });
  const { id, streamKey, playbackId } = stream ?? {};
  if (id === undefined || streamKey === undefined || playbackId === undefined) throw new Error("the stream has no ids");
  const isActive = async () => (await client.stream.get(id)).stream?.isActive === true;
  const activeBefore = await isActive();
  const began = performance.now();
  const publisher = publish(`${options.rtmpUrl}/${streamKey}`);
  try {
    await until("the stream is active", 40_000, async () => {
      if (publisher.process.exitCode !== null) throw new Error(`the publisher was turned away: ${publisher.errors()}`);
      return (await isActive()) ? true : undefined;
    });
    const activeAfterMs = performance.now() - began;
    const info = (await client.playback.get(playbackId)).playbackInfo;
    const playbackUrl = info?.meta.source.find((source) => source.hrn === "HLS (TS)")?.url;
    if (playbackUrl === undefined) throw new Error("the SDK found no HLS source");
    const wanted = 1 + (stream?.profiles?.length ?? 0);
    const addresses = await until("the ladder is complete", 40_000, async () => {
      const answer = await fetch(playbackUrl);
      if (answer.status !== 200) return undefined;
      const lines = (await answer.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      return lines.length === wanted ? lines.map((line) => new URL(line, playbackUrl).href) : undefined;
    });
    const variants: PublishReport["variants"][number][] = [];
    for (const url of addresses) variants.push({ url, ...(await decode(url)) });
    publisher.process.kill("SIGTERM");
    await publisher.ended;
    const stopped = performance.now();
    await until("the stream is not active any more", 60_000, async () => ((await isActive()) ? undefined : true));
    return { activeBefore, activeAfterMs, inactiveAfterMs: performance.now() - stopped, playbackUrl, variants };
  } finally {
    publisher.process.kill("SIGKILL");
    await publisher.ended;
    await client.stream.delete(id);
  }
}
