// The gateway's side of the overhead bench: the product's segment sender (tickets, signatures, downloads, verification, receipts)
// over HTTP/2, one segment of one of the streams at every beat, whether or not earlier ones have come back.
import {
  createLocalResultVerifier,
  createReceiptReader,
  TicketPaymentSender,
  TicketSender,
} from "@livepeer-ts/economics";
import { OrchestratorClient, type OrchestratorSession, SegmentSender } from "@livepeer-ts/execution";
import { hashSegment, type Net, type NetRequest, readBody } from "@livepeer-ts/kernel";
import { scanSegment } from "@livepeer-ts/media";
import { syntheticSegment } from "@livepeer-ts/media/testing";
import { createProcessPorts } from "../../node/src/process-ports.ts";
import { serveCalls } from "./process-link.ts";
import { capabilities, funds, gatewayKey, profiles, receiptDomain, rounds, segmentMs, sourceBytes } from "./work.ts";

/** One run of beats; `perSecond` segments a second for `seconds`. */
export type RunRequest = { readonly uri: string; readonly perSecond: number; readonly seconds: number };

/** What the client saw: ms from the first byte of the request to the last byte of the last rendition. */
export type RunReport = {
  readonly latenciesMs: readonly number[];
  /** Until the signed result was there, before the downloads. */
  readonly resultMs: readonly number[];
  readonly failures: readonly string[];
};

const sources = 8;
const ports = createProcessPorts("bench-gateway", { level: 3, format: "text" });
const segments = await Promise.all(
  Array.from({ length: sources }, async (_, seed) => {
    const segment = syntheticSegment({ seed, durationMs: segmentMs, sizeBytes: sourceBytes });
    return { segment, hash: await hashSegment(segment.bytes, ports.clock) };
  }),
);
const tickets = new TicketSender({}, { signer: gatewayKey, rounds, funds: () => funds });
const payments = new TicketPaymentSender(tickets);

type Timing = { started: number; result: number; last: number };

/** The network over HTTP/2, noting when a stream's exchanges begin and end. */
function timedNet(timing: Timing): Net {
  return {
    async request(request: NetRequest) {
      if (request.method === "POST" && timing.started === 0) timing.started = performance.now();
      const answer = await ports.net.request({ ...request, protocol: "h2" });
      async function* body() {
        yield* answer.body;
        timing.last = performance.now();
        if (timing.result === 0) timing.result = timing.last;
      }
      return { ...answer, body: body() };
    },
  };
}

type Stream = { readonly manifestId: string; readonly session: OrchestratorSession; seqNo: number };
const streams = new Map<string, Stream[]>();

async function openStreams(uri: string, count: number): Promise<Stream[]> {
  const known = streams.get(uri) ?? [];
  streams.set(uri, known);
  const net: Net = { request: (request) => ports.net.request({ ...request, protocol: "h2" }) };
  const client = new OrchestratorClient({ net, clock: ports.clock, signer: gatewayKey });
  while (known.length < count) {
    const info = await client.getInfo(uri, capabilities, {
      ignoreCapacityCheck: false,
      timeoutMs: 5000,
      signal: ports.tasks.signal,
    });
    if (info.authToken === undefined) throw new Error("no auth token");
    known.push({
      manifestId: `stream-${known.length}`,
      session: {
        uri,
        entry: { uri, address: undefined, stakeWei: undefined, score: 1 },
        payment: payments.session(info),
        info,
        authToken: info.authToken,
        latencyScore: 0,
        scoredAt: 0,
        roundTripMs: 0,
        inFlight: [],
        suspected: false,
        timesLate: 0,
        sinceDraw: 0,
        mismatches: 0,
      },
      seqNo: 0,
    });
  }
  return known;
}

async function sendSegment(stream: Stream): Promise<Timing> {
  const timing: Timing = { started: 0, result: 0, last: 0 };
  const sender = new SegmentSender({
    ...ports,
    client: new OrchestratorClient({ net: timedNet(timing), clock: ports.clock, signer: gatewayKey }),
    signer: gatewayKey,
    verifier: createLocalResultVerifier(
      { requiresSignature: true, pictureShare: 0 },
      { random: ports.random, pictures: undefined },
    ),
    receipts: createReceiptReader({ domain: receiptDomain }),
    localVerify: true,
    refreshMs: 60_000,
    downloadMs: 60_000,
  });
  const seqNo = stream.seqNo++;
  const source = segments[seqNo % sources] as (typeof segments)[number];
  const outcome = await sender.send(
    {
      manifestId: stream.manifestId,
      segment: { ...source.segment, seqNo },
      sourceScan: scanSegment(source.segment.bytes, source.segment.container),
      hash: source.hash,
      profiles,
      capabilities,
      timeoutMultiplier: 10, // a busy machine is slow, not wrong
      forceSessionReinit: false,
    },
    stream.session,
    "bench",
    ports.tasks.signal,
  );
  if (!outcome.ok) throw outcome.error;
  if (outcome.delivery.receiptHash === null) throw new Error("no receipt came");
  return timing;
}

async function sendToReference(uri: string, index: number): Promise<Timing> {
  const source = segments[index % sources] as (typeof segments)[number];
  const started = performance.now();
  const answer = await ports.net.request({
    method: "POST",
    url: `${uri}/segment`,
    header: new Headers(),
    body: source.segment.bytes,
    protocol: "h2",
    signal: ports.tasks.signal,
  });
  await readBody(answer.body, 4_000_000);
  const last = performance.now();
  return { started, result: last, last };
}

/** Calls `send` at every beat and waits for what is still under way at the end. */
async function paced(request: RunRequest, send: (index: number) => Promise<Timing>): Promise<RunReport> {
  const latenciesMs: number[] = [];
  const resultMs: number[] = [];
  const failures: string[] = [];
  const underWay: Promise<void>[] = [];
  const first = performance.now();
  for (let index = 0; index < request.perSecond * request.seconds; index++) {
    const due = first + (index * 1000) / request.perSecond;
    const wait = due - performance.now();
    if (wait > 0) await ports.clock.sleep(wait);
    underWay.push(
      send(index).then(
        ({ started, result, last }) => {
          latenciesMs.push(last - started);
          resultMs.push(result - started);
        },
        (error: unknown) => {
          failures.push(error instanceof Error ? error.message : String(error));
        },
      ),
    );
  }
  await Promise.all(underWay);
  return { latenciesMs, resultMs, failures };
}

serveCalls({
  async orchestrator(request: RunRequest): Promise<RunReport> {
    const all = await openStreams(request.uri, Math.ceil((request.perSecond * segmentMs) / 1000));
    return paced(request, (index) => sendSegment(all[index % all.length] as Stream));
  },
  reference: (request: RunRequest): Promise<RunReport> =>
    paced(request, (index) => sendToReference(request.uri, index)),
});
