// `npm run chaos`: machines of a running network are killed and frozen at random; players count what reaches them.
//   --kills N         in all (default 200)
//   --streams N       through the engine without an encoder (default 20); 2 more have real renditions of 160×90
//   --every S         seconds between two kills, on average (default 6)
//   --seed N          default: a random one, printed
//   --keep            leaves logs and media where they are, and says where
//   --json            the last line is {kills, streams, segments, lost, duplicated, nextAttemptMsP99}
// Exit 0 only when nothing was lost or duplicated and the next attempt came within a quarter of a segment.
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { runChaos } from "./chaos-run.ts";

/** A quarter of a segment. */
const nextAttemptLimitMs = 500;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    streams: { type: "string", default: "20" },
    every: { type: "string", default: "6" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
    keep: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const folder = await mkdtemp(join(tmpdir(), "livepeer-chaos-"));
const { killed, late, gaps, ...result } = await runChaos({
  kills: number("kills", values.kills),
  remuxStreams: number("streams", values.streams),
  realStreams: 2,
  everySeconds: number("every", values.every),
  random: simRandom(seed, "chaos"),
  folder,
  say: (line) => console.log(line),
});
if (values.keep) console.log(`kept in ${folder}`);
else await rm(folder, { recursive: true, force: true });

for (const [what, times] of Object.entries(killed)) console.log(`${what}: ${times}`);
console.log(`${late} segments were late at a player; ${gaps} gaps in real renditions`);
const isGood =
  result.lost === 0 && result.duplicated === 0 && gaps === 0 && (result.nextAttemptMsP99 ?? 0) <= nextAttemptLimitMs;
console.log(values.json ? JSON.stringify(result) : result);
process.exitCode = isGood ? 0 : 1;

function number(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    console.error(`--${name} must be a number above 0, not "${text}"`);
    process.exit(2);
  }
  return value;
}
