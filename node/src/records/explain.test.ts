import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  createReceiptStore,
  createRecordStore,
  migrateNodeDatabase,
  nodeDatabaseFiles,
  ownMigrations,
} from "@livepeer-ts/data";
import { openNodeSqlite } from "@livepeer-ts/data/adapters";
import { toAddress, toHash32 } from "@livepeer-ts/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const [a, b] = [`0x${"aA".repeat(20)}`, `0x${"bB".repeat(20)}`];
const winner = `0x${"77".repeat(32)}`;
const jobWinner = `0x${"66".repeat(32)}`;
let folder: string;
let closing: (() => Promise<void>)[] = [];

/** A node's database, left open as that of a running node is. */
async function node(name: string) {
  await mkdir(join(folder, name));
  const db = openNodeSqlite({ path: join(folder, name, nodeDatabaseFiles.own) });
  closing.push(() => db.close());
  await migrateNodeDatabase(db, ownMigrations, 1);
  let now = Date.UTC(2026, 10, 25, 21, 0, 0);
  return { records: createRecordStore({ db, clock: { now: () => now++ } }), receipts: createReceiptStore(db) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-explain-"));
  const gateway = await node("gateway");
  const orchestrator = await node("orchestrator-b");
  const about = { manifestId: "m/x", seqNo: 12 };
  const candidate = (uri: string, orchestrator: string, more: object) => ({
    uri,
    orchestrator,
    stakeWei: "1",
    pricePerPixel: "1200/1",
    latencyScore: null,
    probability: null,
    excludedBy: null,
    ...more,
  });
  const emit = (type: string, data: Readonly<Record<string, unknown>>) =>
    gateway.records.emit({ type, subject: "m/x", data: { ...about, ...data } });
  await emit("stream.segment", { durationMs: 2000, sizeBytes: 500_000, width: 1280, height: 720, frameCount: 60 });
  await emit("segment.selection", {
    selectionId: "5e1ec7",
    rule: "draw",
    chosen: "https://b:1",
    candidates: [
      candidate("https://a:1", a, { excludedBy: "suspended after a failure" }),
      candidate("https://b:1", b, { probability: 0.75 }),
    ],
  });
  await emit("tickets.sent", {
    recipient: b,
    ticketHashes: [winner, "0x88"],
    faceValueWei: "1000",
    expectedValueWei: "7/2",
  });
  await emit("segment.done", {
    success: true,
    totalMs: 870,
    orchestrator: b,
    sourceHash: "0x50",
    attempts: [
      { selectionId: "5e1ec7", orchestrator: b, latencyMs: 800, ticketCount: 2, expectedValueWei: "7/2", error: null },
    ],
    renditions: [{ name: "360p", width: 640, height: 360, sizeBytes: 200_000, pixelCount: "13824000", hash: "0x51" }],
    feeWei: "16588800000",
    receiptHash: `0x${"99".repeat(32)}`,
    verified: true,
  });
  await gateway.records.emit({
    type: "segment.selection",
    subject: "m/x",
    data: { ...about, seqNo: 13, selectionId: "other" },
  });
  await gateway.records.emit({
    type: "ai.job",
    subject: "j0b",
    data: {
      requestId: "j0b",
      pipeline: "text-to-image",
      modelId: "a/model",
      units: "4096",
      feeWei: "4096000",
      orchestrator: b,
      durationMs: 1900,
      attempts: [
        {
          orchestrator: a,
          isWarm: false,
          latencyMs: 700,
          ticketCount: 1,
          ticketHashes: [jobWinner],
          expectedValueWei: "2/1",
          error: { code: "net_reset", message: "gone" },
        },
        {
          orchestrator: b,
          isWarm: true,
          latencyMs: 1100,
          ticketCount: 0,
          ticketHashes: [],
          expectedValueWei: "0",
          error: null,
        },
      ],
      error: null,
    },
  });
  await orchestrator.records.emit({
    type: "ticket.won",
    subject: jobWinner,
    data: { ticketHash: jobWinner, faceValueWei: "2000", redeemableFromBlock: "41" },
  });
  await orchestrator.records.emit({
    type: "ticket.won",
    subject: winner,
    data: { ticketHash: winner, faceValueWei: "1000", redeemableFromBlock: "40" },
  });
  await orchestrator.records.emit({
    type: "ticket.redeemed",
    subject: winner,
    data: { ticketHash: winner, faceValueWei: "1000", txHash: "0x7e", block: "42", givenUp: null },
  });
  await orchestrator.receipts.append({
    side: "issued",
    orchestrator: toAddress(b.toLowerCase()),
    session: toHash32(`0x${"01".repeat(32)}`),
    epoch: 9n,
    index: 0n,
    hash: toHash32(`0x${"99".repeat(32)}`),
    encoded: new Uint8Array(352).fill(1),
    signature: new Uint8Array(65).fill(2),
    storedAt: Date.UTC(2026, 10, 25, 21, 0, 1),
  });
});

afterAll(async () => {
  for (const close of closing) await close();
  closing = [];
  await rm(folder, { recursive: true });
});

async function livepeer(...args: string[]) {
  const main = join(import.meta.dirname, "..", "main.ts");
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...args]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe("livepeer explain", () => {
  it("tells the whole way of a segment, across the nodes of the machine", async () => {
    const { stdout, code } = await livepeer("explain", "segment", "m/x/12", "--data-dir", folder);
    expect(code).toBe(0);
    const expected = [
      "segment 12 of m/x came in: 2.00 s, 500 kB, 1280x720, 60 frames",
      "selection 5e1ec7: drawn by stake, price and chance",
      `left out  ${a}`,
      "suspended after a failure",
      `chosen    ${b}  chance 75.0 %`,
      `paid ${b} 2 tickets of 1000 wei each, worth 3.50000 wei together`,
      `delivered by ${b} 0.87 s after it came in`,
      "rendition  360p  640x360  200 kB  13824000 pixels  0x51",
      "result checked",
      `ticket ${winner} won 1000 wei; redeemable from block 40`,
      `ticket ${winner} was paid out: 1000 wei in 0x7e, block 42`,
    ];
    let at = 0;
    for (const text of expected.slice(0, 2)) {
      const found = stdout.indexOf(text, at);
      expect(found, text).toBeGreaterThanOrEqual(at);
      at = found;
    }
    for (const text of expected) expect(stdout).toContain(text);
    expect(stdout).not.toContain("other");
    expect(stdout).toMatch(/21:00:00\.000 {2}gateway/);
    expect(stdout).toMatch(/ {2}orchestrator-b/);
  });

  it("finds the segment from a ticket, a selection or a receipt", async () => {
    for (const [kind, id] of [
      ["ticket", winner.toUpperCase().replace("0X", "0x")],
      ["selection", "5e1ec7"],
      ["receipt", `0x${"99".repeat(32)}`],
    ] as const) {
      const { stdout } = await livepeer("explain", kind, id, "--data-dir", folder, "--json");
      const types = (JSON.parse(stdout) as { type: string }[]).map((record) => record.type);
      expect(types, kind).toContain("segment.done");
      expect(types, kind).toContain("ticket.redeemed");
    }
  });

  it("tells what became of an AI job and of what was paid at each try, from its id or from a ticket", async () => {
    const { stdout } = await livepeer("explain", "job", "j0b", "--data-dir", folder);
    const lines = [
      `text-to-image with a/model, job j0b: done by ${b} in 1.90 s`,
      `attempt    ${a}  model not loaded  after 0.70 s  1 tickets worth 2.00000 wei  net_reset: gone`,
      `attempt    ${b}  model loaded      after 1.10 s  0 tickets worth 0.00000 wei  delivered`,
      "price      4096000 wei for 4096 units",
      `ticket ${jobWinner} won 2000 wei`,
    ];
    for (const line of lines) expect(stdout).toContain(line);
    const { stdout: found } = await livepeer("explain", "ticket", jobWinner, "--data-dir", folder);
    expect(found).toContain("job j0b: done by");
  });

  it("says what it does not know, and what to write instead", async () => {
    const said = async (...args: string[]) => (await livepeer(...args)).stderr.trim();
    expect(await said("explain", "segment", "m/x/99", "--data-dir", folder)).toContain(
      "nothing is recorded about segment m/x/99",
    );
    expect(await said("explain", "segment", "m")).toContain("write <stream>/<number>");
    expect(await said("explain", "weather", "m")).toContain('"weather" cannot be explained');
    expect(await said("explain", "ticket", "0x1", "--data-dir", join(folder, "nowhere"))).toContain(
      "no node has kept records",
    );
  });
});

describe("livepeer records export", () => {
  it("writes every record and receipt as a line", async () => {
    const { stdout } = await livepeer("records", "export", "--data-dir", folder);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; node: string; hash?: string });
    expect(lines.filter((line) => line.kind === "record")).toHaveLength(9);
    expect(lines.filter((line) => line.kind === "receipt")).toMatchObject([
      { node: "orchestrator-b", hash: `0x${"99".repeat(32)}`, epoch: "9" },
    ]);
    const later = await livepeer("records", "export", "--data-dir", folder, "--since", "2026-11-25T21:00:01Z");
    expect(later.stdout.trim().split("\n")).toHaveLength(1);
    expect((await livepeer("records", "export", "--since", "soon")).stderr).toContain("is no time");
  });
});
