// `npm run fuzz:contracts`: the random campaign on the contracts, in pieces, a million calls in all. What is done is kept; the
// same command goes on where it was stopped.
//   --calls N    calls in all (default 1000000)
//   --seed S     seed of the first piece, decimal or 0x…; default: a random one, printed
//   --workers N  pieces at a time (default: one per core)
//   --piece N    calls of one piece (default 5000): what a stop loses; less of them makes forge start more often
//   --reset      forgets what was done
import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../support/forge.ts";
import { type CampaignProgress, callsDone, readProgress, sourcesHash, writeProgress } from "./campaign-progress.ts";
import { buildRules, runChunk } from "./forge-chunk.ts";

/** Calls of one sequence, at most. */
const maxDepth = 500;

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "1000000" },
    seed: { type: "string" },
    workers: { type: "string", default: String(availableParallelism()) },
    folder: { type: "string", default: join(root, ".cache/contracts-campaign") },
    piece: { type: "string", default: "5000" },
    reset: { type: "boolean", default: false },
  },
});
const goal = wholeNumber("calls", values.calls);
const workers = wholeNumber("workers", values.workers);
const pieceCalls = wholeNumber("piece", values.piece);
const file = join(values.folder, "progress.json");

const stopping = new AbortController();
// A terminal and the command that started this one both pass a Ctrl-C on: it comes more than once.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort());

let progress = await begin();
const startedAt = performance.now();
const elapsedBefore = progress.elapsedMs;
const callsBefore = callsDone(progress);
const taken = new Set(progress.done.map(({ index }) => index));
let promised = callsBefore;
let broken: string | undefined;

if (promised < goal) {
  console.log("compiling the contracts and the rules (once)");
  await buildRules(stopping.signal);
  await Promise.all(Array.from({ length: workers }, work));
}
const left = goal - callsDone(progress);
if (broken !== undefined) {
  console.error(broken);
  process.exitCode = 1;
} else if (left > 0) {
  console.log(`stopped; ${callsDone(progress)} calls are kept, ${left} are left: run the same command to go on`);
  process.exitCode = 130;
} else {
  console.log(`every rule held in ${callsDone(progress)} calls (first seed ${progress.seed})`);
}

async function begin(): Promise<CampaignProgress> {
  if (values.reset) {
    for (const part of [file, join(values.folder, "failures")]) await rm(part, { recursive: true, force: true });
  }
  const sources = await sourcesHash();
  const kept = await readProgress(file);
  const wanted = values.seed === undefined ? undefined : seedOf(values.seed);
  if (kept !== undefined && kept.sources === sources) {
    if (wanted !== undefined && wanted !== kept.seed)
      fail(`a campaign with seed ${kept.seed} is under way: leave --seed out to go on with it, or add --reset`);
    console.log(`going on: seed ${kept.seed}, ${callsDone(kept)} of ${goal} calls done`);
    return kept;
  }
  if (kept !== undefined) console.log(`the contracts or the rules have changed since ${callsDone(kept)} calls: anew`);
  const seed = wanted ?? `0x${randomBytes(8).toString("hex")}`;
  console.log(`seed ${seed}, ${goal} calls, ${workers} at a time`);
  return { seed, sources, elapsedMs: 0, done: [], failures: [] };
}

/** Takes piece after piece until the goal is met, a rule is broken or the command is stopped. */
async function work(): Promise<void> {
  while (promised < goal && broken === undefined && !stopping.signal.aborted) {
    let index = 0;
    while (taken.has(index)) index++;
    taken.add(index);
    const calls = Math.min(pieceCalls, goal - promised);
    const depth = Math.min(maxDepth, calls);
    const chunk = {
      seed: `0x${(BigInt(progress.seed) + BigInt(index)).toString(16)}`,
      runs: Math.ceil(calls / depth),
      depth,
    };
    promised += chunk.runs * chunk.depth;

    const place = join(values.folder, "failures", chunk.seed);
    const result = await runChunk(chunk, place, stopping.signal);
    if (stopping.signal.aborted) return;
    if ((await sourcesHash()) !== progress.sources) {
      broken ??= "the contracts or the rules were changed meanwhile: run the same command to begin anew";
      return;
    }
    const elapsedMs = elapsedBefore + (performance.now() - startedAt);
    if (result.outcome === "passed") {
      const done = [...progress.done, { index, seed: chunk.seed, calls: result.calls }];
      progress = { ...progress, elapsedMs, done };
      await writeProgress(file, progress);
      report(chunk.seed);
      continue;
    }
    await mkdir(place, { recursive: true });
    await writeFile(join(place, "forge.txt"), result.output);
    if (result.outcome === "broken") {
      broken ??= `forge did not run to its end with seed ${chunk.seed}; what it said is in ${join(place, "forge.txt")}`;
    } else {
      progress = { ...progress, elapsedMs, failures: [...progress.failures, { index, seed: chunk.seed, place }] };
      await writeProgress(file, progress);
      const [line = "a rule is broken"] = /\[FAIL.*/.exec(result.output) ?? [];
      broken ??= `${line}\nseed ${chunk.seed}, ${chunk.runs} × ${chunk.depth} calls; the sequence is in ${place}`;
    }
  }
}

function report(seed: string): void {
  const done = callsDone(progress);
  const rate = (done - callsBefore) / ((performance.now() - startedAt) / 1000);
  const minutes = Math.max(0, (goal - done) / rate / 60);
  console.log(`seed ${seed}  ${done} of ${goal} calls  ${rate.toFixed(0)} calls/s  ${minutes.toFixed(1)} min left`);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) fail(`--${name} must be a whole number from 1 on, not "${text}"`);
  return number;
}

function seedOf(text: string): string {
  if (!/^(0x[0-9a-fA-F]{1,60}|\d{1,60})$/.test(text)) fail(`--seed must be a number, decimal or 0x…, not "${text}"`);
  return `0x${BigInt(text).toString(16)}`;
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}
