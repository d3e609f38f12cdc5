// `npm run soak:tickets`: many tickets through sender and recipient, out of order, doubled, with crashes, on real SQLite files.
//   --tickets N          tickets in all (default 1000000)
//   --seed S             default: a random one, printed first
//   --workers N          processes at a time, each with its share (default: one per core)
//   --tickets-per-crash  mean number of tickets between crashes (default 2000)
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { activeSecp256k1Backend } from "@livepeer-ts/kernel";
import { runTicketSoak, type TicketSoakResult } from "./ticket-soak.ts";

const { values } = parseArgs({
  options: {
    tickets: { type: "string", default: "1000000" },
    seed: { type: "string" },
    workers: { type: "string", default: String(availableParallelism()) },
    "tickets-per-crash": { type: "string", default: "2000" },
    share: { type: "boolean", default: false },
  },
});

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  process.stderr.write(`--${name} ${text} does not do: write a whole number from 1\n`);
  process.exit(2);
}

const tickets = wholeNumber("tickets", values.tickets);
const workers = Math.min(wholeNumber("workers", values.workers), tickets);
const ticketsPerCrash = wholeNumber("tickets-per-crash", values["tickets-per-crash"]);
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : wholeNumber("seed", values.seed);

/** One share, in this process; the result is its last line. */
async function runShare(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "livepeer-soak-"));
  try {
    const result = await runTicketSoak({ tickets, seed, folder, ticketsPerCrash });
    process.stdout.write(`${JSON.stringify({ ...result, redeemedWei: result.redeemedWei.toString() })}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function spawnShare(index: number): Promise<TicketSoakResult> {
  const own = Math.floor(tickets / workers) + (index < tickets % workers ? 1 : 0);
  const args = ["--share", "--tickets", String(own), "--seed", String(seed + index)];
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), ...args, "--tickets-per-crash", String(ticketsPerCrash)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the share with --workers 1 --seed ${seed + index} --tickets ${own} failed`);
  const result = JSON.parse(output) as TicketSoakResult;
  return { ...result, redeemedWei: BigInt(result.redeemedWei) };
}

if (values.share) await runShare();
else {
  process.stdout.write(
    `seed ${seed}, ${tickets} tickets, ${workers} processes, signatures by ${activeSecp256k1Backend()}\n`,
  );
  const started = performance.now();
  const results = await Promise.all(Array.from({ length: workers }, (_, i) => spawnShare(i)));
  const seconds = (performance.now() - started) / 1000;
  const sum = (pick: (result: TicketSoakResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  const wei = results.reduce((total, { redeemedWei }) => total + redeemedWei, 0n);
  process.stdout.write(
    [
      `${sum((r) => r.accepted)} accepted once, ${sum((r) => r.refusedTwice)} refused as seen, ${sum((r) => r.refusedVoid)} refused as void`,
      `${sum((r) => r.deliveries)} payments delivered, ${sum((r) => r.crashes)} crashes`,
      `${sum((r) => r.winners)} winners redeemed once, in ${sum((r) => r.transactions)} transactions, ${wei} wei`,
      `${Math.round(tickets / seconds)} tickets/s in ${seconds.toFixed(1)} s\n`,
    ].join("\n"),
  );
}
