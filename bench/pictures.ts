// How far honest renditions and others are from their sources in the picture check, over pictures of many kinds: what its thresholds
// are chosen from (docs/3-run/verification.md). Further clips: `bench/pictures.ts FILE…`, of which the first two seconds are taken.
// `--all` prints every rendition, `--only NAME` takes the clips whose names match. Exit 0 only when no honest rendition is refused.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { silentLogger } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import type { PictureSamples } from "@livepeer-ts/media";
import { FfmpegPictureSampler } from "@livepeer-ts/media/adapters";
import {
  cheatTreatments,
  type GalleryClip,
  type GalleryRow,
  galleryClips,
  honestTreatments,
  makeGalleryClip,
  measureClip,
  otherPictures,
  picturesOf,
} from "@livepeer-ts/media/testing";

const { values, positionals } = parseArgs({
  options: { all: { type: "boolean", default: false }, only: { type: "string", default: "" } },
  allowPositionals: true,
});
const own: GalleryClip[] = positionals.map((path) => ({ name: basename(path), input: ["-t", "2", "-i", path] }));
const clips = [...galleryClips, ...own].filter(({ name }) => new RegExp(values.only).test(name));

const folder = await mkdtemp(join(tmpdir(), "livepeer-pictures-"));
const sampler = new FfmpegPictureSampler({ deadlineMs: 60_000 }, { clock: systemClock(), logger: silentLogger });
let refused = 0;
try {
  const figures = ({ brightness, pattern }: GalleryRow) =>
    `${brightness.toFixed(1)} / ${pattern === undefined ? "–" : pattern.toFixed(3)}`;
  const paths = new Map<string, string>();
  const pictures = new Map<string, PictureSamples>();
  for (const clip of clips) {
    const path = await makeGalleryClip(clip, folder);
    paths.set(clip.name, path);
    pictures.set(clip.name, await picturesOf(path, sampler));
  }
  process.stdout.write("brightness (of 255) / pattern (of 1), middle pair\n");
  process.stdout.write("| clip | worst honest rendition | refused | others that pass |\n| --- | --- | --- | --- |\n");
  for (const [name, path] of paths) {
    const source = { name, path, pictures: pictures.get(name) as PictureSamples };
    const honest = await measureClip(source, honestTreatments, folder, sampler);
    const others = [...(await measureClip(source, cheatTreatments, folder, sampler)), ...otherPictures(name, pictures)];
    if (values.all)
      for (const row of [...honest, ...others])
        process.stdout.write(`  ${row.treatment}: ${figures(row)} ${row.missing} ${row.fault ?? ""}\n`);
    const brightest = honest.reduce((worst, row) => (row.brightness > worst.brightness ? row : worst));
    const leastAlike = honest.reduce((worst, row) => ((row.pattern ?? 1) < (worst.pattern ?? 1) ? row : worst));
    const wrong = honest.filter(({ fault }) => fault !== undefined);
    refused += wrong.length;
    const worst = brightest === leastAlike ? figures(brightest) : `${figures(brightest)}, ${figures(leastAlike)}`;
    const passing = others.filter(({ fault }) => fault === undefined).map(({ treatment }) => treatment);
    process.stdout.write(
      `| ${name} | ${worst} | ${wrong.map(({ treatment }) => treatment).join("; ") || "none"} | ${passing.join("; ") || "none"} |\n`,
    );
  }
} finally {
  await sampler.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(refused === 0 ? 0 : 1);
