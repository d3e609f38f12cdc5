import { create, toBinary } from "@bufbuild/protobuf";
import {
  addressToBytes,
  BodyBudget,
  bodyOf,
  errorText,
  type HttpRequest,
  type HttpResponse,
  keccak256,
  LpError,
  readBody,
  silentLogger,
  toHex,
  utf8,
} from "@livepeer-ts/kernel";
import { type SimHost, SimNet, Simulation } from "@livepeer-ts/kernel/testing";
import { presetProfile, scanSegment, type VideoProfile } from "@livepeer-ts/media";
import { beforeEach, describe, expect, it } from "vitest";
import { AuthTokenIssuer } from "../auth/auth-token.ts";
import { OrchestratorClient } from "../discovery/orchestrator-client.ts";
import { grpcRoute } from "../grpc/grpc-route.ts";
import type { ReceiptReader } from "../ports/receipts.ts";
import { ResultRejected, type ResultVerifier } from "../ports/result-verifier.ts";
import { decodeSegmentHeader, verifySegmentSignature } from "../segments/segment-credentials.ts";
import { RecordingPayments, testSigner } from "../testing/index.ts";
import {
  CapabilitiesSchema,
  Orchestrator,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  TranscodeDataSchema,
  type TranscodeResult,
  TranscodeResultSchema,
} from "../wire/net_pb.gen.ts";
import { segmentWire } from "../wire/segment-wire.ts";
import type { OrchestratorSession } from "./orchestrator-session.ts";
import { type SegmentJob, SegmentSender, type SendOutcome } from "./segment-sender.ts";

const uri = "https://o.test:8935";
const [gateway, orchestrator] = [testSigner(1), testSigner(2)];
const profiles = ["P240p30fps16x9", "P360p30fps16x9"].map((name) => presetProfile(name) as VideoProfile);
const media = utf8("a source segment");
const rendition = (name: string) => utf8(`rendition ${name}`);
const job: SegmentJob = {
  manifestId: "stream",
  segment: { seqNo: 3, bytes: media, durationMs: 2000, container: "mpegts" },
  sourceScan: scanSegment(media, "mpegts"),
  hash: keccak256(media),
  profiles,
  capabilities: create(CapabilitiesSchema),
  timeoutMultiplier: 1,
  forceSessionReinit: false,
};

let sim: Simulation;
let net: SimNet;
let server: SimHost;
let client: SimHost;
let tokens: AuthTokenIssuer;
let payments: RecordingPayments;
let segments: HttpRequest[];
let refreshed: boolean[];
let answer: (request: HttpRequest) => Promise<HttpResponse>;
let verifier: ResultVerifier;
let receipts: ReceiptReader | undefined;

beforeEach(() => {
  sim = new Simulation(1);
  net = new SimNet(sim);
  [server, client] = [sim.host("orchestrator"), sim.host("gateway")];
  tokens = new AuthTokenIssuer(server);
  payments = new RecordingPayments();
  segments = [];
  refreshed = [];
  answer = async () => resultOf(good());
  verifier = { verify: async () => [] };
  receipts = undefined;
  const grpc = grpcRoute(
    (router) =>
      router.service(Orchestrator, {
        getOrchestrator(request) {
          refreshed.push(request.ignoreCapacityCheck);
          return infoOf();
        },
      }),
    server.clock,
  );
  net.mount(uri, server, async (request) => {
    const path = new URL(request.url).pathname;
    if (path === segmentWire.segmentPath) {
      segments.push(request);
      return answer(request);
    }
    if (path.startsWith("/stream/")) return plain(200, rendition(path.split("/")[2] as string));
    return grpc.handle(request);
  });
});

const infoOf = (): OrchestratorInfo =>
  create(OrchestratorInfoSchema, {
    transcoder: uri,
    address: addressToBytes(orchestrator.address),
    authToken: tokens.issue("session1"),
  });

const plain = (status: number, body: Uint8Array): HttpResponse => ({
  status,
  header: new Headers(),
  body: bodyOf(body),
});

function good(): TranscodeResult["result"] {
  const data = create(TranscodeDataSchema, {
    segments: profiles.map((profile, i) => ({
      url: `${uri}/stream/${profile.name}/3.ts`,
      pixels: BigInt(100 * (i + 1)),
    })),
  });
  return { case: "data", value: data };
}

const resultOf = (result: TranscodeResult["result"]): HttpResponse =>
  plain(200, toBinary(TranscodeResultSchema, create(TranscodeResultSchema, { seq: 3n, info: infoOf(), result })));

function openSession(info = infoOf()): OrchestratorSession {
  const entry = { uri, address: undefined, stakeWei: undefined, score: 1 };
  return {
    uri,
    entry,
    payment: payments.session(info),
    info,
    authToken: info.authToken as NonNullable<typeof info.authToken>,
    latencyScore: 0,
    scoredAt: 0,
    roundTripMs: undefined,
    inFlight: [],
    suspected: false,
    timesLate: 0,
    sinceDraw: 0,
    mismatches: 0,
  };
}

/** Sends the job once, on virtual time. */
async function send(session = openSession(), downloads = new BodyBudget()): Promise<SendOutcome> {
  const sender = new SegmentSender({
    ...client,
    client: new OrchestratorClient({ net: net.port(client), clock: client.clock, signer: gateway, downloads }),
    signer: gateway,
    verifier,
    receipts,
    logger: silentLogger,
    localVerify: true,
    refreshMs: 2500,
    downloadMs: 4000,
  });
  let outcome: SendOutcome | undefined;
  client.tasks.spawn("send", async () => {
    outcome = await sender.send(job, session, "selection1", client.tasks.signal);
  });
  await sim.run(sim.now + 60_000, () => outcome !== undefined);
  expect(sim.failures).toEqual([]);
  if (outcome === undefined) throw new Error("the sender did not come back");
  return outcome;
}

const failure = (outcome: SendOutcome) =>
  outcome.ok ? "it was delivered" : { blame: outcome.blame, code: outcome.error.code, message: outcome.error.message };

describe("a segment that is delivered", () => {
  it("comes back as renditions in the order of the profiles, paid by the pixels that were counted", async () => {
    const outcome = await send();
    if (!outcome.ok) throw outcome.error;
    expect(
      outcome.delivery.renditions.map(({ profile, pixelCount, read }) => [profile.name, pixelCount, read?.bytes]),
    ).toEqual(profiles.map(({ name }, i) => [name, BigInt(100 * (i + 1)), rendition(name)]));
    expect(outcome.delivery).toMatchObject({ verified: true, feeWei: "300", receiptHash: null });
    expect(payments.log.filter((line) => line !== "update")).toEqual([
      `pay ${profiles.reduce((sum, p) => sum + p.width * p.height * 60, 0)}`,
      "settle 300",
    ]);
    expect(outcome.attempt).toMatchObject({ selectionId: "selection1", uri, error: null });
    expect(outcome.attempt.latencyMs).toBeGreaterThan(0);
    expect(net.openExchanges()).toEqual([]);
  });

  it("went out with the gateway's signature over it and the token of the session", async () => {
    const session = openSession();
    await send(session);
    const header = segments[0]?.header.get(segmentWire.segmentHeader) ?? "";
    const credentials = decodeSegmentHeader(header);
    expect(verifySegmentSignature(credentials, gateway.address, gateway)).toBe(true);
    expect(credentials).toMatchObject({ manifestId: "stream", seqNo: 3n, durationMs: 2000 });
    expect(credentials.authToken?.sessionId).toBe("session1");
    expect(segments[0]?.header.get("content-type")).toBe(segmentWire.mediaType);
  });

  it("leaves the session with the offer and token of the answer", async () => {
    const session = openSession();
    const before = session.info;
    await send(session);
    expect(session.info).not.toBe(before);
    expect(payments.log).toContain("update");
  });
});

describe("a receipt", () => {
  const trailer = () => new Headers({ [segmentWire.receiptHeader]: "r", [segmentWire.receiptSignatureHeader]: "s" });

  it("is asked for and held against exactly the work that was done", async () => {
    const expected: unknown[] = [];
    receipts = {
      read: (...all) => {
        expected.push(...all);
        return { hash: "0xabc" as never, pixelCount: 300n };
      },
    };
    answer = async () => ({ ...resultOf(good()), trailer });
    const outcome = await send();
    expect(outcome.ok && outcome.delivery.receiptHash).toBe("0xabc");
    expect(segments[0]?.header.has(segmentWire.receiptHeader)).toBe(true);
    expect(expected).toEqual([
      "r",
      "s",
      {
        sessionId: "session1",
        manifestId: "stream",
        gateway: gateway.address,
        orchestrator: orchestrator.address,
        sourceHash: toHex(keccak256(media)),
        profiles,
        resultsHash: toHex(keccak256(...profiles.map(({ name }) => keccak256(rendition(name))))),
      },
    ]);
  });

  it("that does not fit is not counted, and the segment is still delivered", async () => {
    receipts = {
      read: () => {
        throw new LpError({ code: "receipt_mismatch", message: "the receipt does not fit the work" });
      },
    };
    answer = async () => ({ ...resultOf(good()), trailer });
    const outcome = await send();
    expect(outcome.ok && outcome.delivery.receiptHash).toBe(null);
  });
});

describe("results that are more than this gateway may hold", () => {
  it("cost the orchestrator nothing when the work of all of them is too much, and leave the budget as it was", async () => {
    const downloads = new BodyBudget({ totalBytes: 600 });
    const others = downloads.lease("another orchestrator");
    others.take(100);
    expect(failure(await send(openSession(), downloads))).toMatchObject({
      blame: "store",
      code: "download_budget",
      message: expect.stringContaining("raise -downloadMemory"),
    });
    others.end();
    await sim.run(sim.now + 10_000);
    expect(downloads.heldBytes).toBe(0);
  });
  it("are the orchestrator's fault when its own are too much", async () => {
    const downloads = new BodyBudget({ perPeerBytes: 300 });
    expect(failure(await send(openSession(), downloads))).toMatchObject({
      blame: "orchestrator",
      code: "downloads_of_peer",
    });
    // the other rendition may still be coming in
    await sim.run(sim.now + 10_000);
    expect(downloads.heldBytes).toBe(0);
  });
  it("are counted while they come in, and no longer", async () => {
    const downloads = new BodyBudget();
    expect((await send(openSession(), downloads)).ok).toBe(true);
    expect(downloads.heldBytes).toBe(0);
  });
});

describe("before it sends", () => {
  it("renews a token that is about to expire, and ticket parameters that have, without asking for capacity", async () => {
    const session = openSession();
    const old = session.authToken.expiration;
    await sim.run(28 * 60_000);
    expect((await send(session)).ok).toBe(true);
    expect(session.authToken.expiration).toBeGreaterThan(old);
    const stale = openSession();
    payments.refusal = new LpError({ code: "ticket_params_expired", message: "ticket params expired" });
    expect((await send(stale)).ok).toBe(true);
    expect(refreshed).toEqual([true, true]);
  });

  it("stops when its own funds are short: that is nobody else's fault, and nothing leaves", async () => {
    payments.refusal = new LpError({ code: "sender_no_reserve", message: "no sender reserve" });
    expect(failure(await send())).toEqual({ blame: "sender", code: "sender_no_reserve", message: "no sender reserve" });
    expect([segments, payments.log]).toEqual([[], []]);
  });

  it("holds an offer it must not pay against the orchestrator", async () => {
    payments.refusal = new LpError({ code: "ev_too_high", message: "ticket EV higher than max EV" });
    expect(failure(await send())).toMatchObject({ blame: "orchestrator", code: "ev_too_high" });
    expect(segments).toEqual([]);
  });
});

describe("a segment that fails", () => {
  it.each([
    [
      "is refused",
      async () => plain(403, utf8("OrchestratorCapped\n")),
      { code: "orchestrator_refused", message: "OrchestratorCapped" },
    ],
    [
      "is answered with nothing",
      async () => plain(200, new Uint8Array(0)),
      { code: "empty_response", message: "empty response" },
    ],
    ["is answered with noise", async () => plain(200, Uint8Array.of(7, 7)), { code: "unknown_response" }],
    [
      "is answered without a result",
      async () => resultOf({ case: undefined }),
      { code: "unknown_response", message: "UnknownResponse" },
    ],
    [
      "is answered with an error",
      async () => resultOf({ case: "error", value: "OrchestratorBusy" }),
      { message: "OrchestratorBusy" },
    ],
    [
      "comes back with a rendition too few",
      async () => {
        const { value } = good() as { case: "data"; value: { segments: unknown[] } };
        value.segments.pop();
        return resultOf({ case: "data", value: value as never });
      },
      { code: "rendition_count" },
    ],
  ] as const)("when it %s is the orchestrator's fault, and its payment is gone", async (_what, reply, expected) => {
    answer = reply;
    const outcome = await send();
    expect(failure(outcome)).toMatchObject({ blame: "orchestrator", ...expected });
    expect(payments.log.at(-1)).toBe("spent");
    expect(outcome.attempt.error).toMatchObject(expected);
  });

  it("because the media is bad is nobody's fault: another orchestrator would fail as well", async () => {
    answer = async () => resultOf({ case: "error", value: "TranscoderInvalidVideo" });
    expect(failure(await send())).toMatchObject({ blame: "media", message: "TranscoderInvalidVideo" });
  });

  it("because nobody answers the door gets its payment back", async () => {
    const session = openSession();
    sim.crash(server);
    expect(failure(await send(session))).toMatchObject({ blame: "orchestrator", code: "net_dial" });
    expect(payments.log.at(-1)).toBe("not sent");
  });

  it("because the orchestrator dies meanwhile has lost its payment", async () => {
    answer = async () => {
      sim.crash(server);
      net.reset(server);
      return new Promise(() => {});
    };
    expect(failure(await send())).toMatchObject({ blame: "orchestrator", code: "net_reset" });
    expect(payments.log.at(-1)).toBe("spent");
  });

  it("because its results do not verify is not taken", async () => {
    verifier = {
      verify: async () =>
        Promise.reject(new ResultRejected({ code: "pixel_mismatch", message: "PixelMismatch", checks: [] })),
    };
    expect(failure(await send())).toMatchObject({ blame: "orchestrator", code: "pixel_mismatch" });
    expect(payments.log.at(-1)).toBe("spent");
  });

  it("is given up when no head comes within the upload's time, or no result within the whole time", async () => {
    answer = () => new Promise(() => {});
    let started = sim.now;
    expect(failure(await send())).toMatchObject({
      code: "timeout",
      message: expect.stringContaining("header timeout"),
    });
    expect(sim.now - started).toBeLessThan(2000 + 1000);
    answer = async () => ({
      ...plain(200, new Uint8Array(0)),
      body: (async function* () {
        await new Promise(() => {});
      })(),
    });
    started = sim.now;
    expect(failure(await send())).toMatchObject({ code: "timeout", message: expect.stringContaining("body timeout") });
    expect(sim.now - started).toBeGreaterThanOrEqual(8000);
    expect(sim.now - started).toBeLessThan(8000 + 1000);
  });

  it("never makes the sender reject, whatever is thrown", async () => {
    verifier = {
      verify: () => {
        throw "a bare text";
      },
    };
    const outcome = await send();
    expect(failure(outcome)).toMatchObject({
      blame: "orchestrator",
      code: "send_failed",
      message: errorText("a bare text"),
    });
  });
});

describe("an answer without limits", () => {
  it("is cut off", async () => {
    let sentBytes = 0;
    answer = async (request) => {
      await readBody(request.body, 1_000_000);
      async function* endless() {
        for (;;) {
          sentBytes += 500_000;
          yield new Uint8Array(500_000);
        }
      }
      return { ...plain(200, new Uint8Array(0)), body: endless() };
    };
    expect(failure(await send())).toMatchObject({ blame: "orchestrator", code: "body_too_large" });
    expect(sentBytes).toBeLessThanOrEqual(6_000_000);
  });
});
