import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FfmpegPictureSampler } from "../adapters/ffmpeg-picture-sampler.ts";
import {
  cheatTreatments,
  galleryClips,
  honestTreatments,
  makeGalleryClip,
  measureClip,
  otherPictures,
  picturesOf,
} from "../testing/picture-gallery.ts";
import type { PictureSamples } from "./picture-distance.ts";

/** Of each kind one; all of them are measured by `bench/pictures.ts`. */
const kinds = [
  "film",
  "film, next segment",
  "film, dark",
  "film, cut every 0.3 s",
  "fractal",
  "cells",
  "text, rolling",
];
const honest = honestTreatments.filter(({ name }) => ["426x240, 40k", "426x240, 10 fps"].includes(name));
const cheats = cheatTreatments.filter(({ name }) => ["black", "negative", "upside down"].includes(name));

let folder: string;
let sampler: FfmpegPictureSampler;
const paths = new Map<string, string>();
const pictures = new Map<string, PictureSamples>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-gallery-"));
  sampler = new FfmpegPictureSampler({ deadlineMs: 60_000 }, { clock: systemClock(), logger: silentLogger });
  for (const clip of galleryClips) {
    if (!kinds.includes(clip.name)) continue;
    const path = await makeGalleryClip(clip, folder);
    paths.set(clip.name, path);
    pictures.set(clip.name, await picturesOf(path, sampler));
  }
}, 90_000);
afterAll(async () => {
  await sampler.stop();
  await rm(folder, { recursive: true, force: true });
});

it.each(kinds)(
  "%s: honest renditions pass, and neither other pictures nor those of another clip do",
  async (name) => {
    const source = { name, path: paths.get(name) as string, pictures: pictures.get(name) as PictureSamples };
    const rows = await measureClip(source, [...honest, ...cheats], folder, sampler);
    const isHonest = ({ treatment }: { treatment: string }) => honest.some((one) => one.name === treatment);
    const refused = rows.filter((row) => row.fault !== undefined);
    const found = refused.filter((row) => !isHonest(row)).map(({ treatment }) => treatment);
    expect(refused.filter(isHonest)).toEqual([]);
    expect(found).toEqual(cheats.map((cheat) => cheat.name));
    // one film in other light, or cut, is too much like itself; its next segment is not
    const next = ["film", "film, next segment"];
    const unlike = (other: string) =>
      !(name.startsWith("film") && other.startsWith("film")) || (next.includes(name) && next.includes(other));
    const others = otherPictures(name, pictures).filter(({ treatment }) => unlike(treatment));
    expect(others.filter(({ fault }) => fault === undefined)).toEqual([]);
  },
  60_000,
);
