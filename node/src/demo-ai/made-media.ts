import { spawn } from "node:child_process";
import { LpError } from "@livepeer-ts/kernel";

/** Runs a program that reads `input` and writes to its standard output. Rejects with `tool_failed` and what it said. */
export function tool(program: string, args: readonly string[], input: Uint8Array = new Uint8Array(0)): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(Buffer.concat(chunks));
      else reject(new LpError({ code: "tool_failed", message: `${program} ended with ${code}: ${said.trim()}` }));
    });
    child.stdin.on("error", () => {}); // it may have read enough
    child.stdin.end(input);
  });
}

const quiet = ["-hide_banner", "-loglevel", "error", "-nostdin"] as const;

/** A PNG that ffmpeg draws: one frame of a filter chain. */
function drawn(filters: string): Promise<Buffer> {
  const png = ["-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"];
  return tool("ffmpeg", [...quiet, "-f", "lavfi", "-i", filters, ...png]);
}

/** Black words on white. */
export function pictureOfText(text: string): Promise<Buffer> {
  return drawn(`color=white:s=720x160,drawtext=text='${text}':fontcolor=black:fontsize=64:x=40:y=48`);
}

export const disc = { side: 256, x: 140, y: 120, radius: 60 } as const;

/** A blue disc on a brown ground with some grain. */
export function pictureOfDisc(): Promise<Buffer> {
  const { side, x, y, radius } = disc;
  const inside = `lte(hypot(X-${x},Y-${y}),${radius})`;
  const plane = (of: number, on: number) => `'if(${inside},${of},${on})+6*random(1)'`;
  return drawn(
    `color=black:s=${side}x${side},format=gbrp,geq=r=${plane(40, 150)}:g=${plane(80, 110)}:b=${plane(210, 60)}`,
  );
}

/** A smooth test picture. */
export function pictureOfColours(side: number): Promise<Buffer> {
  return drawn(`gradients=s=${side}x${side}:c0=navy:c1=orange:x0=0:y0=0:x1=${side}:y1=${side}:nb_colors=2`);
}

/** A picture's pixels, three bytes each, in the given size. */
export function pixelsOf(picture: Uint8Array, width: number, height: number): Promise<Buffer> {
  const raw = ["-vf", `scale=${width}:${height}:flags=area`, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
  return tool(
    "ffmpeg",
    [...quiet, "-i", "pipe:0", ...raw].filter((word) => word !== "-nostdin"),
    picture,
  );
}

export type MediaFacts = { readonly width: number; readonly height: number; readonly frames: number };

/** What ffprobe counts in a file. */
export async function factsOf(media: Uint8Array): Promise<MediaFacts> {
  const show = ["-show_entries", "stream=width,height,nb_read_frames", "-of", "json"];
  const text = await tool(
    "ffprobe",
    ["-v", "error", "-count_frames", "-select_streams", "v:0", ...show, "pipe:0"],
    media,
  );
  const [stream] = (
    JSON.parse(text.toString()) as { streams: { width: number; height: number; nb_read_frames: string }[] }
  ).streams;
  return { width: stream?.width ?? 0, height: stream?.height ?? 0, frames: Number(stream?.nb_read_frames ?? 0) };
}
