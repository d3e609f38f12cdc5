import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Bits of the visible frame counter. */
const bitCount = 12;
const strip = { x: 1 / 20, y: 1 / 10, cell: 1 / 20 } as const;

/** A clip whose every frame shows its own number. */
export type CounterClipOptions = {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly seconds: number;
  /** Default true. */
  readonly audio?: boolean;
  /** Default 2,000,000. */
  readonly bitrateBps?: number;
  /** Further ffmpeg arguments in front of the output. */
  readonly extra?: readonly string[];
};

/** Runs ffmpeg and fails with what it said. Times out after 60 s. */
export async function ffmpeg(args: readonly string[]): Promise<{ stdout: Buffer; stderr: string }> {
  const { stdout, stderr } = await run("ffmpeg", ["-nostdin", "-hide_banner", "-y", ...args], {
    encoding: "buffer",
    maxBuffer: 256 << 20,
    timeout: 60_000,
  });
  return { stdout, stderr: stderr.toString() };
}

/**
 * Makes a moving test picture with the frame number in black and white cells (least significant first), a keyframe
 * every 2 s and a tone. The container follows the file name.
 */
export async function makeCounterClip(options: CounterClipOptions): Promise<void> {
  const { width, height, fps, seconds, bitrateBps = 2_000_000 } = options;
  const cell = width * strip.cell;
  const boxes = Array.from({ length: bitCount }, (_, bit) => {
    const at = `x=${width * strip.x + bit * cell}:y=${height * strip.y}:w=${cell}:h=${cell}`;
    return `drawbox=${at}:color=white:t=fill:enable='mod(floor(n/${2 ** bit}),2)'`;
  });
  const band = `drawbox=x=0:y=0:w=${width}:h=${height * strip.y * 2 + cell}:color=black:t=fill`;
  const picture = [`testsrc2=size=${width}x${height}:rate=${fps}`, band, ...boxes].join(",");
  const audio = options.audio ?? true;
  const keyframes = String(Math.round(fps * 2));
  await ffmpeg([
    ...["-v", "error", "-f", "lavfi", "-i", picture],
    ...(audio ? ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"] : []),
    ...["-t", String(seconds), "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "2"],
    ...["-g", keyframes, "-keyint_min", keyframes, "-sc_threshold", "0", "-b:v", String(bitrateBps)],
    ...(audio ? ["-c:a", "aac", "-ac", "2", "-b:a", "96k"] : []),
    ...(options.extra ?? []),
    options.path,
  ]);
}

/** Decodes a file and reads the number shown in each frame. */
export async function readCounters(path: string, size: { width: number; height: number }): Promise<number[]> {
  const { width, height } = size;
  const args = [
    "-v",
    "error",
    "-i",
    path,
    "-map",
    "0:v",
    "-fps_mode",
    "passthrough",
    "-f",
    "rawvideo",
    "-pix_fmt",
    "gray",
    "-",
  ];
  const { stdout } = await ffmpeg(args);
  const frameBytes = width * height;
  const counters: number[] = [];
  const cell = width * strip.cell;
  const row = Math.round(height * strip.y + cell / 2);
  for (let at = 0; at + frameBytes <= stdout.length; at += frameBytes) {
    let value = 0;
    for (let bit = 0; bit < bitCount; bit++) {
      const column = Math.round(width * strip.x + (bit + 0.5) * cell);
      if ((stdout[at + row * width + column] ?? 0) > 127) value += 2 ** bit;
    }
    counters.push(value);
  }
  return counters;
}

/** Structural similarity of a file to another one scaled to its size, 0 to 1, over all frames. */
export async function ssimTo(
  path: string,
  reference: string,
  size: { width: number; height: number },
): Promise<number> {
  const graph = `[1:v]scale=${size.width}:${size.height}[ref];[0:v][ref]ssim`;
  const { stderr } = await ffmpeg(["-v", "info", "-i", path, "-i", reference, "-lavfi", graph, "-f", "null", "-"]);
  return Number(/All:([0-9.]+)/.exec(stderr)?.[1] ?? Number.NaN);
}
