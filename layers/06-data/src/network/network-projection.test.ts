import type { NodeEvent } from "@livepeer-ts/kernel";
import { toAddress } from "@livepeer-ts/kernel";
import { describe, expect, it } from "vitest";
import type { ChainReading } from "../ports/chain-reading.ts";
import { emptyNetworkProjection, networkLimits } from "./network-projection.ts";
import { type NetworkContext, viewNetwork } from "./network-view.ts";
import { reduce } from "./reduce.ts";

const a = `0x${"a1".repeat(20)}`;
const b = `0x${"b2".repeat(20)}`;
const gateway = `0x${"c3".repeat(20)}`;
const uriA = "https://127.0.0.1:1001";
const uriB = "https://127.0.0.1:1002";
let counter = 0;

const event = (type: string, at: number, data: Record<string, unknown>): NodeEvent => ({
  id: `e${counter++}`,
  type,
  subject: "m1",
  at,
  data: { manifestId: "m1", streamId: "s1", ...data },
});
const started = event("stream.started", 1_000, {
  protocol: "rtmp",
  gateway,
  profiles: [{ name: "360p", width: 640, height: 360, bitrateBps: 900_000, fps: 0 }],
});
const source = (seqNo: number, at: number) =>
  event("stream.segment", at, {
    seqNo,
    durationMs: 2_000,
    sizeBytes: 500_000,
    width: 1280,
    height: 720,
    frameCount: 60,
  });
const ok = (uri: string, orchestrator: string, startedAt: number) => ({
  uri,
  orchestrator,
  startedAt,
  latencyMs: 700,
  ticketCount: 1,
  error: null,
});
const failed = (uri: string, orchestrator: string, startedAt: number, code = "net_dial") => ({
  uri,
  orchestrator,
  startedAt,
  latencyMs: 300,
  ticketCount: 1,
  error: { code, message: "connection refused" },
});
const done = (
  seqNo: number,
  at: number,
  attempts: readonly { orchestrator: string; uri: string; error: unknown }[],
) => {
  const winner = attempts.find((attempt) => attempt.error === null);
  return event("segment.done", at, {
    seqNo,
    durationMs: 2_000,
    sourceBytes: 500_000,
    receivedAt: at - 900,
    totalMs: 900,
    success: winner !== undefined,
    orchestrator: winner?.orchestrator ?? null,
    uri: winner?.uri ?? null,
    attempts,
    renditions:
      winner === undefined
        ? []
        : [{ name: "360p", width: 640, height: 360, sizeBytes: 225_000, pixelCount: "13824000", hash: "0x1" }],
    feeWei: winner === undefined ? null : "10000000000/3",
    receiptHash: null,
    verified: winner !== undefined,
  });
};
const context: NetworkContext = {
  at: 10_000,
  phase: "ready",
  steps: [],
  devnet: true,
  rtmpUrl: null,
  preferredManifestId: null,
  streams: new Map(),
  stopped: new Set(),
  chain: undefined,
  chainReachable: true,
  activeTimeoutMs: 45_000,
};
const member = (address: string, uri: string, stakeWei: bigint) => ({
  address: toAddress(address),
  uri,
  active: true,
  stakeWei,
  feeSharePerc: 50_000n,
  rewardCutPerc: 100_000n,
  lastRewardRound: 3n,
  creditedWei: 5n,
});
const chain: ChainReading = {
  chainId: 31337,
  block: 500n,
  at: 9_500,
  blockSec: 0.25,
  round: {
    number: 8n,
    initialized: true,
    startBlock: 480n,
    block: 500n,
    lengthBlocks: 60n,
    feesWei: 7n,
    rewards: [{ orchestrator: toAddress(b), amountWei: 9n }],
  },
  members: [member(b, uriB, 300n), member(a, uriA, 100n)],
  senders: [{ address: toAddress(gateway), depositWei: 90n, reserveWei: 40n, paidWei: 10n, creditedWei: 10n }],
  stakersWei: 2n,
};
const play = (...events: readonly NodeEvent[]) => events.reduce(reduce, emptyNetworkProjection);

describe("the picture of the network", () => {
  it("has no stream before one has sent video", () => {
    expect(viewNetwork(play(started), context).stream).toBeNull();
  });

  it("follows a piece from underway to delivered and measures rates, latency and cost", () => {
    const half = play(started, source(0, 3_000));
    expect(viewNetwork(half, context)).toMatchObject({
      gateway: { inFlight: 1, lastSeqNo: 0, segmentMs: 2_000 },
      pieces: [{ seqNo: 0, state: "underway", totalMs: null }],
      stream: {
        isActive: true,
        width: 1280,
        fps: 30,
        ingestBps: 2_000_000,
        segments: { received: 1, delivered: 0, lost: 0 },
      },
    });
    const state = reduce(half, done(0, 4_000, [ok(uriA, a, 3_100)]));
    expect(viewNetwork(state, context)).toMatchObject({
      gateway: { inFlight: 0 },
      pieces: [{ state: "delivered", totalMs: 900, label: "A", verified: true, feeWei: "10000000000/3" }],
      stream: {
        segments: { received: 1, delivered: 1, lost: 0 },
        latencyMs: 900,
        renditions: [{ name: "360p", measuredBps: 900_000, bitrateBps: 900_000 }],
        cost: { totalWei: "3333333333", perHourWei: "6000000000000" },
      },
    });
  });

  it("tells who went silent, who took over and how fast, and when the first came back", () => {
    const events = [
      started,
      source(0, 2_000),
      done(0, 3_000, [ok(uriA, a, 2_100)]),
      source(1, 4_000),
      done(1, 5_000, [failed(uriA, a, 4_100), ok(uriB, b, 4_410)]),
      source(2, 6_000),
      done(2, 7_000, [failed(uriA, a, 6_100), ok(uriB, b, 6_200)]),
    ];
    const view = viewNetwork(play(...events), context);
    expect(view.orchestrators.map((o) => [o.label, o.state, o.piecesDelivered, o.piecesFailed])).toEqual([
      ["A", "gone", 1, 2],
      ["B", "well", 2, 0],
    ]);
    expect(view.orchestrators[0]?.lastIncident).toEqual({
      at: 5_000,
      sentence: "Stopped answering (connection refused). B took over within 0.31 s.",
    });
    expect(view.stream?.segments).toEqual({ received: 3, delivered: 3, lost: 0 });
    expect(view.events.map((line) => line.kind)).toEqual(["takeover", "orchestrator_gone", "stream_started"]);
    expect(view.events[0]?.data).toMatchObject({ label: "B", fromLabel: "A", delayMs: 310, seqNo: 1 });
    const back = viewNetwork(play(...events, source(3, 8_000), done(3, 9_000, [ok(uriA, a, 8_100)])), context);
    expect(back.orchestrators[0]?.state).toBe("well");
    expect(back.events[0]).toMatchObject({ kind: "orchestrator_back", data: { label: "A", goneMs: 9_000 - 4_100 } });
  });

  it("tells that a machine's process ended, who took over, and that an answer from before is no return", () => {
    const stopped: NodeEvent = { id: "stopped", type: "orchestrator.stopped", subject: a, at: 3_500, data: {} };
    const events = [started, source(0, 2_000), done(0, 3_000, [ok(uriA, a, 2_100)]), stopped];
    const alone = viewNetwork(play(...events, done(1, 3_600, [ok(uriA, a, 2_500)])), context);
    expect(alone.orchestrators[0]).toMatchObject({ state: "gone", piecesDelivered: 2 });
    expect(alone.events.map((line) => line.kind)).toEqual(["orchestrator_stopped", "stream_started"]);
    expect(alone.events[0]?.data).toMatchObject({ label: "A" });
    const rescued = [...events, source(1, 4_000), done(1, 5_000, [failed(uriA, a, 4_100), ok(uriB, b, 4_200)])];
    const again = [...rescued, source(2, 6_000), done(2, 7_000, [failed(uriA, a, 6_100), ok(uriB, b, 6_200)])];
    const view = viewNetwork(play(...again, source(3, 8_000), done(3, 9_000, [ok(uriA, a, 8_100)])), context);
    expect(view.events.map((line) => line.kind)).toEqual([
      "orchestrator_back",
      "takeover",
      "orchestrator_stopped",
      "stream_started",
    ]);
    expect(view.orchestrators.find((machine) => machine.address.toLowerCase() === a)?.lastIncident?.sentence).toBe(
      "Stopped answering (its process ended). B took over within 0.10 s.",
    );
  });

  it("calls a full orchestrator slow, not gone", () => {
    const view = viewNetwork(
      play(
        started,
        source(0, 2_000),
        done(0, 3_000, [failed(uriA, a, 2_000, "OrchestratorCapped"), ok(uriB, b, 2_100)]),
      ),
      context,
    );
    expect(view.orchestrators[0]?.state).toBe("slow");
    expect(view.events.map((line) => line.kind)).toEqual(["stream_started"]);
  });

  it("does not call an orchestrator gone that answered with a refusal", () => {
    const view = viewNetwork(
      play(
        started,
        source(0, 2_000),
        done(0, 3_000, [failed(uriA, a, 2_000, "orchestrator_error"), ok(uriB, b, 2_100)]),
      ),
      context,
    );
    expect(view.orchestrators[0]).toMatchObject({ state: "unknown", piecesFailed: 1, lastIncident: null });
  });

  it("counts a lost piece", () => {
    const view = viewNetwork(play(started, source(0, 2_000), done(0, 3_000, [failed(uriA, a, 2_000)])), context);
    expect(view.stream?.segments.lost).toBe(1);
    expect(view.pieces[0]).toMatchObject({ state: "lost", orchestrator: null });
    expect(view.events[0]?.kind).toBe("orchestrator_gone");
    expect(view.events[1]?.kind).toBe("segment_lost");
  });

  it("counts tickets and marks the piece that a winner paid for, even when the winner is heard of first", () => {
    const money = { recipient: a, sender: gateway, faceValueWei: "100" };
    const sent = event("tickets.sent", 2_100, {
      ...money,
      seqNo: 0,
      ticketHashes: ["h1", "h2"],
      expectedValueWei: "5/2",
    });
    const won = event("ticket.won", 2_200, { ...money, ticketHash: "h2", redeemableFromBlock: "540" });
    const received = event("tickets.received", 2_150, { ...money, sentCount: 2, acceptedCount: 2, wonCount: 1 });
    const redeemed = event("ticket.redeemed", 9_000, { ...money, ticketHash: "h2", txHash: "0x9", givenUp: null });
    const givenUp = event("ticket.redeemed", 9_100, { ...money, ticketHash: "h3", txHash: null, givenUp: "expired" });
    for (const order of [
      [sent, received, won],
      [won, received, sent],
    ]) {
      const view = viewNetwork(play(started, source(0, 2_000), ...order, redeemed, givenUp), context);
      expect(view.payments).toMatchObject({ sent: 2, accepted: 2, won: 1, redeemed: 1, expectedWei: "2" });
      expect(view.pieces[0]).toMatchObject({ ticketsSent: 2, ticketsWon: 1 });
      expect(view.orchestrators[0]).toMatchObject({ ticketsReceived: 2, ticketsWon: 1 });
    }
  });

  it("shows the selection behind a piece", () => {
    const candidate = { stakeWei: "5", pricePerPixel: "12/10", latencyScore: null, excludedBy: null };
    const selection = event("segment.selection", 2_050, {
      selectionId: "x",
      seqNo: 0,
      attempt: 0,
      rule: "draw",
      weights: { stake: 0.7, price: 0.2, random: 0.1 },
      candidates: [
        { ...candidate, uri: uriA, orchestrator: a, probability: 0.75 },
        { ...candidate, uri: uriB, orchestrator: b, probability: 0.25 },
      ],
      chosen: uriB,
    });
    const view = viewNetwork(play(started, source(0, 2_000), selection), { ...context, chain });
    expect(view.pieces[0]).toMatchObject({
      selectionRule: "draw",
      weights: { stake: 0.7 },
      candidates: [
        { label: "B", probability: 0.75, chosen: false },
        { label: "A", probability: 0.25, chosen: true },
      ],
    });
    expect(view.orchestrators[1]?.pricePerPixel).toBe("12/10");
  });

  it("takes names, stake, money and rounds from the chain, with its block", () => {
    const view = viewNetwork(play(started, source(0, 2_000), done(0, 3_000, [ok(uriA, "", 2_100)])), {
      ...context,
      chain,
      stopped: new Set([b]),
    });
    expect(view.orchestrators).toMatchObject([
      { label: "A", uri: uriB, state: "gone", stakeWei: "300", stakeShare: 0.75, earnedWei: "5", lastRewardRound: "3" },
      { label: "B", uri: uriA, stakeShare: 0.25, feeShare: 50_000, rewardCut: 100_000 },
    ]);
    expect(view.payments).toMatchObject({ paidWei: "10", creditedWei: "10", checkedAtBlock: "500", stakersWei: "2" });
    expect(view.round).toMatchObject({
      number: "8",
      secondsToNext: 10,
      feesWei: "7",
      rewards: [{ label: "A", amountWei: "9" }],
    });
    expect(view.gateway).toMatchObject({ depositWei: "90", reserveWei: "40" });
  });

  it("says that it does not know instead of saying zero", () => {
    const view = viewNetwork(emptyNetworkProjection, { ...context, chainReachable: false });
    expect(view).toMatchObject({
      stream: null,
      gateway: null,
      round: null,
      orchestrators: [],
      payments: { paidWei: null, creditedWei: null, stakersWei: null, checkedAtBlock: null },
      chain: { reachable: false, block: null, chainId: null },
    });
  });

  it("takes a silent stream for ended after the timeout and prefers the sample while it is on air", () => {
    const state = play(started, source(0, 2_000));
    expect(viewNetwork(state, { ...context, at: 46_999 }).stream?.isActive).toBe(true);
    expect(viewNetwork(state, { ...context, at: 47_001 }).stream?.isActive).toBe(false);
    const other = { manifestId: "m2", streamId: "s2" };
    const two = [
      { ...started, at: 5_000, data: { ...started.data, ...other } },
      { ...source(0, 6_000), data: { ...source(0, 6_000).data, ...other } },
    ].reduce(reduce, state);
    expect(viewNetwork(two, context).stream?.streamId).toBe("s2");
    expect(viewNetwork(two, { ...context, preferredManifestId: "m1" }).stream?.streamId).toBe("s1");
  });

  it("stays small and plain however long it runs", () => {
    let state = reduce(emptyNetworkProjection, started);
    for (let seqNo = 0; seqNo < 400; seqNo++) {
      state = reduce(state, source(seqNo, 2_000 * seqNo));
      state = reduce(state, done(seqNo, 2_000 * seqNo + 900, [ok(uriA, a, 1)]));
      state = reduce(state, event("ticket.won", 1, { ticketHash: `w${seqNo}`, recipient: a }));
      state = reduce(state, event("stream.started", 1, { manifestId: `other${seqNo}` }));
    }
    expect(state.pieces.length).toBeLessThanOrEqual(networkLimits.pieces);
    expect(state.events.length).toBe(networkLimits.events);
    expect(state.streams.length).toBe(networkLimits.streams);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it("ignores events it does not know", () => {
    expect(reduce(emptyNetworkProjection, event("constructor", 1, {}))).toBe(emptyNetworkProjection);
  });
});
