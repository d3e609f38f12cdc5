import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type PictureDistance,
  type PictureSamples,
  pictureDistance,
  pictureFault,
} from "../pictures/picture-distance.ts";
import type { PictureSampler } from "../ports/picture-sampler.ts";
import { ffmpeg } from "./counter-clip.ts";

const bunny = join(import.meta.dirname, "..", "..", "assets", "bunny-720p.mp4");

/** One clip of the gallery: what ffmpeg reads, and what it does to it. */
export type GalleryClip = { readonly name: string; readonly input: readonly string[]; readonly filter?: string };

const film = (from: number) => ["-ss", String(from), "-t", "2", "-i", bunny];
const made = (source: string) => ["-f", "lavfi", "-t", "2", "-i", source];
/** Rows of blocks of the widths of words, moving up: what a page of text is for a codec, without a font. */
const words =
  "255*gt(mod(floor((X+17*floor((Y+N*6)/24))/(5+3*mod(floor((Y+N*6)/24)\\,4)))*7\\,11)\\,4)*lt(mod(Y+N*6\\,24)\\,15)";

/** Pictures of different kinds, 640x360, 25 a second, two seconds. */
export const galleryClips: readonly GalleryClip[] = [
  { name: "film", input: film(0) },
  { name: "film, next segment", input: film(2) },
  { name: "film, later", input: film(3) },
  { name: "film, dark", input: film(1), filter: "lutyuv=y=16+(val-16)/8" },
  { name: "film, nearly black", input: film(1), filter: "lutyuv=y=16+(val-16)/24" },
  { name: "film, fading in", input: film(1), filter: "fade=in:0:50" },
  { name: "film, pale", input: film(1), filter: "lutyuv=y=180+(val-16)/6" },
  { name: "film, grainy", input: film(1), filter: "noise=alls=60:allf=t" },
  {
    name: "film, shaken",
    input: film(1),
    filter: "crop=iw*0.7:ih*0.7:(iw-ow)/2*(1+sin(n*2.1)):(ih-oh)/2*(1+cos(n*1.3)),scale=640:360",
  },
  {
    name: "film, cut every 0.3 s",
    input: ["-i", bunny],
    filter: "select=lt(mod(t\\,0.8)\\,0.3),setpts=N/25/TB,trim=end=2",
  },
  { name: "test picture", input: made("testsrc2=s=640x360:r=25") },
  { name: "bars", input: made("smptehdbars=s=640x360:r=25") },
  { name: "fractal", input: made("mandelbrot=s=640x360:r=25:start_scale=0.5:end_scale=0.001:end_pts=60") },
  {
    name: "cells",
    input: made("life=s=160x90:r=25:mold=10:seed=3:ratio=0.2:death_color=#204080:life_color=#ffffff"),
    filter: "scale=640:360:flags=neighbor",
  },
  { name: "noise", input: made("color=gray:s=640x360:r=25"), filter: "noise=alls=100:allf=t" },
  { name: "colored clouds", input: made("gradients=s=640x360:r=25:speed=0.06:seed=5:n=6") },
  {
    name: "text, rolling",
    input: made(`color=black:s=320x180:r=25,format=gray,geq=lum='${words}'`),
    filter: "scale=640:360",
  },
  {
    name: "text, still",
    input: made(`color=black:s=320x180:r=25,format=gray,geq=lum='${words.replaceAll("N", "0")}'`),
    filter: "scale=640:360",
  },
  { name: "one color", input: made("color=#4060a0:s=640x360:r=25") },
];

/** How a rendition is made of a clip. */
export type Treatment = {
  readonly name: string;
  readonly args: readonly string[];
  readonly extension?: "mp4";
};

const rate = (bitrate: string, preset: string) => [
  ...["-c:v", "libx264", "-preset", preset, "-b:v", bitrate, "-maxrate", bitrate, "-bufsize", bitrate, "-an"],
];
const sized = (width: number, height: number, bitrate: string, preset: string, filter = "") => [
  ...["-vf", `${filter}scale=${width}:${height}`, ...rate(bitrate, preset)],
];

/** What transcoders deliver, from the smallest to the largest. */
export const honestTreatments: readonly Treatment[] = [
  { name: "160x90, 40k", args: sized(160, 90, "40k", "ultrafast") },
  { name: "256x144, 200k", args: sized(256, 144, "200k", "ultrafast") },
  { name: "426x240, 40k", args: sized(426, 240, "40k", "veryfast") },
  { name: "426x240, 10 fps", args: [...sized(426, 240, "300k", "veryfast"), "-r", "10"] },
  { name: "426x240, 60 fps", args: [...sized(426, 240, "400k", "veryfast"), "-r", "60"] },
  { name: "640x360, 150k", args: sized(640, 360, "150k", "ultrafast") },
  { name: "640x360, 1200k, mp4", args: sized(640, 360, "1200k", "medium"), extension: "mp4" },
  { name: "1280x720, 300k", args: sized(1280, 720, "300k", "veryfast") },
];

const spoiled = (filter: string) => sized(426, 240, "600k", "veryfast", `${filter},`);

/** What is not the source, at a good rate. */
export const cheatTreatments: readonly Treatment[] = [
  { name: "black", args: spoiled("drawbox=color=black:t=fill") },
  { name: "frozen", args: spoiled("loop=100:1:0,trim=end_frame=50") },
  { name: "mirrored", args: spoiled("hflip") },
  { name: "upside down", args: spoiled("vflip") },
  { name: "negative", args: spoiled("negate") },
  { name: "middle only", args: spoiled("crop=iw/2:ih/2") },
  { name: "half covered", args: spoiled("drawbox=w=iw/2:color=gray:t=fill") },
];

/** One rendition of one clip, and what the check makes of it. */
export type GalleryRow = PictureDistance & {
  readonly clip: string;
  readonly treatment: string;
  readonly fault: string | undefined;
};

const noSignal = new AbortController().signal;

/** Makes a clip as a publisher sends it. Returns its path. */
export async function makeGalleryClip(clip: GalleryClip, folder: string): Promise<string> {
  const path = join(folder, `${clip.name.replaceAll(/\W+/g, "-")}.ts`);
  const filter = [...(clip.filter === undefined ? [] : [clip.filter]), "scale=640:360,fps=25"].join(",");
  const coded = ["-an", "-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-b:v", "2500k", "-g", "50"];
  await ffmpeg(["-v", "error", ...clip.input, "-vf", filter, ...coded, "-muxdelay", "0", path]);
  return path;
}

/** Makes renditions of a clip, in one go, and holds each against it. */
export async function measureClip(
  source: { readonly name: string; readonly path: string; readonly pictures: PictureSamples },
  treatments: readonly Treatment[],
  folder: string,
  sampler: PictureSampler,
): Promise<GalleryRow[]> {
  const outputs = treatments.map(({ extension = "ts" }, i) => join(folder, `rendition-${i}.${extension}`));
  const args = treatments.flatMap(({ args }, i) => ["-map", "0:v:0", ...args, "-muxdelay", "0", outputs[i] as string]);
  await ffmpeg(["-v", "error", "-copyts", "-i", source.path, ...args]);
  const rows: GalleryRow[] = [];
  for (const [i, output] of outputs.entries()) {
    const to = await picturesOf(output, sampler);
    const about = { clip: source.name, treatment: treatments[i]?.name ?? "" };
    rows.push({
      ...about,
      ...pictureDistance(source.pictures, to),
      fault: pictureFault(source.pictures, to),
    });
  }
  return rows;
}

/** What the check sees of a file. */
export async function picturesOf(path: string, sampler: PictureSampler): Promise<PictureSamples> {
  const pictures = await sampler.sample(await readFile(path), "mpegts", noSignal);
  if (pictures === undefined) throw new Error(`${path} could not be decoded in time`);
  return pictures;
}

/** Holds each other clip against this one, as if it had been delivered. */
export function otherPictures(name: string, clips: ReadonlyMap<string, PictureSamples>): GalleryRow[] {
  const from = clips.get(name);
  if (from === undefined) return [];
  return [...clips].flatMap(([treatment, to]) =>
    treatment === name ? [] : [{ clip: name, treatment, ...pictureDistance(from, to), fault: pictureFault(from, to) }],
  );
}
