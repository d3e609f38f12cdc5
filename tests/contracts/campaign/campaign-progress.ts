import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { root } from "../support/forge.ts";

/** One piece of a campaign that forge ran to its end. */
export type CampaignChunk = { readonly index: number; readonly seed: string; readonly calls: number };

/** A piece in which a rule was broken. */
export type CampaignFailure = {
  readonly index: number;
  readonly seed: string;
  /** What forge said and the sequence it kept. */
  readonly place: string;
};

/** What is known of a campaign between two runs of the command. */
export type CampaignProgress = {
  /** Seed of piece 0; each next piece has the next number. */
  readonly seed: string;
  /** Hash of the contracts and the rules: what was found out about others does not count. */
  readonly sources: string;
  /** Time the command ran, all runs together, ms. */
  readonly elapsedMs: number;
  readonly done: readonly CampaignChunk[];
  readonly failures: readonly CampaignFailure[];
};

/** The progress kept in a file, or undefined when there is none. Throws when the file is not one of these. */
export async function readProgress(file: string): Promise<CampaignProgress | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const progress = JSON.parse(text) as CampaignProgress;
    if (Array.isArray(progress.done) && Array.isArray(progress.failures)) return progress;
  } catch {
    // said below, like a file of another kind
  }
  throw new Error(`${file} does not hold the progress of a campaign: begin anew with --reset`);
}

/** Writes the progress; a reader never sees half of it. */
export async function writeProgress(file: string, progress: CampaignProgress): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(progress, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

export function callsDone({ done }: CampaignProgress): number {
  return done.reduce((sum, { calls }) => sum + calls, 0);
}

/** Hash of everything that decides what a campaign finds. */
export async function sourcesHash(): Promise<string> {
  const files = [
    ...(await solidityFiles(join(root, "contracts"))),
    ...(await solidityFiles(join(root, "tests/contracts/invariants"))),
    ...(await solidityFiles(join(root, "tests/contracts/support"))),
    join(root, "tests/contracts/Invariants.t.sol"),
    join(root, "foundry.toml"),
  ];
  const hash = createHash("sha256");
  for (const file of files.sort())
    hash
      .update(relative(root, file))
      .update("\0")
      .update(await readFile(file));
  return hash.digest("hex");
}

async function solidityFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".sol"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/contracts[\\/](cache|out)[\\/]/.test(file));
}
