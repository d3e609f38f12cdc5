import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SlotPool } from "@livepeer-ts/compute";
import {
  addressToBytes,
  bodyOf,
  type HttpRequest,
  type HttpResponse,
  keccak256,
  LpError,
  noMetrics,
  readBody,
  silentLogger,
  utf8,
  zeroRational,
} from "@livepeer-ts/kernel";
import { type SimHost, SimNet, Simulation } from "@livepeer-ts/kernel/testing";
import { presetProfile, type TranscodeRequest, type VideoProfile } from "@livepeer-ts/media";
import { beforeEach, describe, expect, it } from "vitest";
import { jobCapabilities } from "../capabilities/index.ts";
import type { PaymentRecipient } from "../ports/payment-recipient.ts";
import { resultsHash } from "../segments/result-signature.ts";
import { createSegData, encodeSegmentHeader, type SegmentClaim } from "../segments/segment-credentials.ts";
import { testSigner } from "../testing/index.ts";
import { encodeBase64 } from "../wire/base64.ts";
import {
  type AuthToken,
  PaymentResultSchema,
  PaymentSchema,
  TicketParamsSchema,
  type TranscodeResult,
  TranscodeResultSchema,
} from "../wire/net_pb.gen.ts";
import { segmentWire } from "../wire/segment-wire.ts";
import { parseOrchestratorOptions } from "./orchestrator-options.ts";
import { startOrchestrator } from "./orchestrator-role.ts";

const [gateway, stranger, orchestrator] = [testSigner(1), testSigner(2), testSigner(3)];
const profiles = ["P240p30fps16x9", "P360p30fps16x9"].map((name) => presetProfile(name) as VideoProfile);
const media = Uint8Array.of(0x47, ...utf8("a segment"));
const rendition = (name: string) => utf8(`the rendition ${name} of the segment`);
const serviceUri = "https://o.test:8935";
const capabilities = jobCapabilities({
  inputCodec: "h264",
  pixelFormat: undefined,
  profiles,
  verificationFreq: 0,
  hasSegmentParameters: false,
  storage: undefined,
});

type Answer = { status: number; text: string; result: TranscodeResult | undefined; response: HttpResponse };

let sim: Simulation;
let host: SimHost;
let net: SimNet;
let handler: (request: HttpRequest) => Promise<HttpResponse>;
let transcoded: TranscodeRequest[];
let paid: string[];
let recipient: { refusal: LpError | undefined; hasBalance: boolean };
let work: (request: TranscodeRequest) => Promise<void>;
let bodyReads: number;

beforeEach(() => {
  sim = new Simulation(1);
  host = sim.host("orchestrator");
  net = new SimNet(sim);
  transcoded = [];
  paid = [];
  bodyReads = 0;
  recipient = { refusal: undefined, hasBalance: true };
  work = async () => {};
  handler = startOrchestrator(parseOrchestratorOptions({ serviceUri, maxSessions: 2 }), {
    ...host,
    net: net.port(host),
    logger: silentLogger,
    metrics: noMetrics,
    signer: orchestrator,
    recipient: payments(),
    receipts: {
      issue: async ({ pixelCount }) => ({
        hash: "0x00" as never,
        header: `receipt ${pixelCount}`,
        signatureHeader: "0x1",
      }),
    },
    backend: {
      name: "scripted",
      async transcode(request) {
        transcoded.push(request);
        await work(request);
        return {
          decodedFrameCount: 1,
          decodedPixelCount: 1,
          renditions: request.profiles.map((profile) => ({
            profile,
            bytes: rendition(profile.name),
            ...(request.calcPerceptualHash === true ? { perceptualHash: utf8(`hash of ${profile.name}`) } : {}),
            frameCount: 1,
            pixelCount: profile.width * profile.height,
          })),
        };
      },
      endSession: async () => {},
      close: async () => {},
    },
    slots: new SlotPool({ slots: 4 }),
  }).handler;
});

function payments(): PaymentRecipient {
  return {
    recipient: orchestrator.address,
    offer: async () => ({ ticketParams: create(TicketParamsSchema), priceInfo: undefined, capabilitiesPrices: [] }),
    async receive(payment, balanceId) {
      if (recipient.refusal !== undefined) throw recipient.refusal;
      paid.push(`${balanceId} ${payment.ticketSenderParams.length}`);
      return { acceptedCount: 0, wonCount: 0, credited: zeroRational };
    },
    priceOf: () => undefined,
    hasBalance: () => recipient.hasBalance,
    covers: () => recipient.hasBalance,
    balanceOf: () => zeroRational,
    debit: (_sender, balanceId, pixelCount) => {
      paid.push(`${balanceId} debited ${pixelCount}`);
      return zeroRational;
    },
  };
}

/** Lets virtual time pass until the promise is settled. */
async function run<T>(promise: Promise<T>, forMs = 600_000): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  promise.then(done, done);
  await sim.run(sim.now + forMs, () => isDone);
  return promise;
}

const peer = { address: "10.0.0.2", protocol: "h1" } as const;

function post(
  path: string,
  claim: SegmentClaim,
  change: Partial<{
    signer: typeof gateway;
    sender: typeof gateway;
    body: HttpRequest["body"];
    type: string;
    wantsReceipt: boolean;
    alter: (segData: ReturnType<typeof createSegData>) => void;
  }> = {},
): HttpRequest {
  const segData = createSegData(claim, change.signer ?? gateway);
  change.alter?.(segData);
  const payment = create(PaymentSchema, { sender: addressToBytes((change.sender ?? gateway).address) });
  async function* counted() {
    for await (const chunk of change.body ?? bodyOf(media)) {
      bodyReads++;
      yield chunk;
    }
  }
  return {
    method: "POST",
    url: `${serviceUri}${path}`,
    header: new Headers({
      [segmentWire.segmentHeader]: encodeSegmentHeader(segData),
      [segmentWire.paymentHeader]: encodeBase64(toBinary(PaymentSchema, payment)),
      "content-type": change.type ?? segmentWire.mediaType,
      ...(change.wantsReceipt === true ? { [segmentWire.receiptHeader]: "1" } : {}),
    }),
    body: counted(),
    signal: host.tasks.signal,
    peer,
  };
}

/** A token of the running node, got by its payment endpoint's echo: every answer carries the request's own. */
let seen = 0;
async function openSession(): Promise<AuthToken> {
  const { grpcTransport } = await import("../grpc/grpc-transport.ts");
  const { createClient } = await import("@connectrpc/connect");
  const { Orchestrator } = await import("../wire/net_pb.gen.ts");
  const { createOrchestratorRequest } = await import("../discovery/orchestrator-request.ts");
  const origin = `https://asker-${seen++}.test`;
  net.mount(origin, host, (request) => handler({ ...request, peer: { ...peer, protocol: "h2" } }));
  const client = createClient(Orchestrator, grpcTransport(net.port(sim.host("asker")), origin));
  const info = await run(client.getOrchestrator(createOrchestratorRequest(gateway, undefined, false)));
  if (info.authToken === undefined) throw new Error("no token");
  return info.authToken;
}

const claimOf = (authToken: AuthToken | undefined, change: Partial<SegmentClaim> = {}): SegmentClaim => ({
  manifestId: "stream",
  seqNo: 5n,
  hash: keccak256(media),
  durationMs: 2000,
  profiles,
  capabilities,
  authToken,
  ...change,
});

async function read(response: HttpResponse): Promise<Answer> {
  const bytes = await readBody(response.body, 1_000_000);
  return {
    status: response.status,
    text: new TextDecoder().decode(bytes).trim(),
    result: response.status === 200 ? fromBinary(TranscodeResultSchema, bytes) : undefined,
    response,
  };
}
const send = (request: HttpRequest) => run(handler(request).then(read));

describe("a segment with good credentials", () => {
  it("is paid for, transcoded, billed and answered with signed results that can be fetched", async () => {
    const token = await openSession();
    const { status, result } = await send(post("/segment", claimOf(token)));
    expect([status, result?.seq, result?.info?.authToken?.sessionId]).toEqual([200, 5n, token.sessionId]);
    const data = result?.result.case === "data" ? result.result.value : undefined;
    expect(data?.segments.map(({ pixels }) => Number(pixels))).toEqual(profiles.map((p) => p.width * p.height));
    const hash = resultsHash(profiles.map(({ name }) => keccak256(rendition(name))));
    expect(gateway.verifyHash(orchestrator.address, hash, data?.sig as Uint8Array)).toBe(true);
    for (const [i, { url }] of (data?.segments ?? []).entries()) {
      const got = await run(
        handler({ ...post("/", claimOf(token)), method: "GET", url, body: bodyOf(new Uint8Array(0)) }),
      );
      expect(await readBody(got.body, 1000)).toEqual(rendition(profiles[i]?.name as string));
    }
    const pixels = profiles.reduce((sum, p) => sum + p.width * p.height, 0);
    expect(paid).toEqual([`${token.sessionId} 0`, `${token.sessionId} debited ${pixels}`]);
  });

  it("gets perceptual hashes when it asks for them, beside the renditions, and none otherwise", async () => {
    const token = await openSession();
    for (const calcPerceptualHash of [true, false]) {
      const { result } = await send(post("/segment", claimOf(token, { calcPerceptualHash })));
      const data = result?.result.case === "data" ? result.result.value : undefined;
      const urls = data?.segments.map(({ perceptualHashUrl }) => perceptualHashUrl) ?? [];
      const path = (name: string) => `${serviceUri}/stream/${token.sessionId}/${name}/5.phash`;
      expect(urls).toEqual(profiles.map(({ name }) => (calcPerceptualHash ? path(name) : "")));
      for (const [i, url] of urls.filter((one) => one !== "").entries()) {
        const got = await run(
          handler({ ...post("/", claimOf(token)), method: "GET", url, body: bodyOf(new Uint8Array(0)) }),
        );
        expect(await readBody(got.body, 1000)).toEqual(utf8(`hash of ${profiles[i]?.name}`));
      }
    }
  });

  it("gets the head of its answer before the work is done", async () => {
    const token = await openSession();
    const done = Promise.withResolvers<void>();
    work = () => done.promise;
    const response = await run(handler(post("/segment", claimOf(token))));
    expect(response.status).toBe(200);
    const answer = read(response);
    await sim.run(sim.now + 100);
    expect(transcoded).toHaveLength(1);
    done.resolve();
    expect((await run(answer)).result?.result.case).toBe("data");
  });

  it("gets a receipt in the trailers when it asked for one, and none otherwise", async () => {
    const token = await openSession();
    const with_ = await send(post("/segment", claimOf(token), { wantsReceipt: true }));
    const pixels = profiles.reduce((sum, p) => sum + p.width * p.height, 0);
    expect(with_.response.trailer?.().get(segmentWire.receiptHeader)).toBe(`receipt ${pixels}`);
    const without = await send(post("/segment", claimOf(token, { seqNo: 6n })));
    expect(without.response.trailer).toBeUndefined();
  });

  it("whose transcoding fails gets the reason in a 200 answer, and the next one is worked on", async () => {
    const token = await openSession();
    work = async ({ segment }) => {
      if (segment.seqNo === 5) throw new LpError({ code: "x", message: "TranscoderInvalidVideo" });
    };
    const failed = await send(post("/segment", claimOf(token)));
    expect([failed.status, failed.result?.result]).toMatchObject([
      200,
      { case: "error", value: "TranscoderInvalidVideo" },
    ]);
    expect(failed.result?.info?.authToken?.sessionId).toBe(token.sessionId);
    expect((await send(post("/segment", claimOf(token, { seqNo: 6n })))).result?.result.case).toBe("data");
  });

  it("waits for the earlier ones of its session, up to four, and is told when too many wait", async () => {
    const token = await openSession();
    const gate = Promise.withResolvers<void>();
    work = () => gate.promise;
    const answers = Array.from({ length: 6 }, (_, i) =>
      handler(post("/segment", claimOf(token, { seqNo: BigInt(i) }))).then(read),
    );
    await sim.run(sim.now + 100);
    expect(transcoded).toHaveLength(1);
    gate.resolve();
    const results = (await run(Promise.all(answers))).map(({ result }) => result?.result);
    expect(results.map((result) => (result?.case === "error" ? result.value : result?.case))).toEqual([
      ...Array.from({ length: 5 }, () => "data"),
      "OrchestratorBusy",
    ]);
    expect(transcoded.map(({ segment }) => segment.seqNo)).toEqual([0, 1, 2, 3, 4]);
  });

  it("may come as a URL, which is fetched and held against the signed hash", async () => {
    const token = await openSession();
    const server = sim.host("store");
    let stored: Uint8Array = media;
    net.mount("https://store.test", server, async () => ({ status: 200, header: new Headers(), body: bodyOf(stored) }));
    const byUrl = () =>
      send(
        post("/segment", claimOf(token), { type: segmentWire.uriType, body: bodyOf(utf8("https://store.test/5.ts")) }),
      );
    expect((await byUrl()).result?.result.case).toBe("data");
    expect(transcoded[0]?.segment.bytes).toEqual(media);
    stored = utf8("something else");
    expect(await byUrl()).toMatchObject({ status: 403, text: "Forbidden" });
    sim.crash(server);
    expect(await byUrl()).toMatchObject({ status: 400, text: "BadRequest" });
    expect(transcoded).toHaveLength(1);
  });
});

describe("a segment is refused", () => {
  const refusedUnread = async (request: HttpRequest, status: number, text: string) => {
    expect(await send(request)).toMatchObject({ status, text });
    expect([bodyReads, transcoded.length, paid]).toEqual([0, 0, []]);
  };

  it("before its body is read when somebody else signed it, or it was changed after signing", async () => {
    const token = await openSession();
    await refusedUnread(post("/segment", claimOf(token), { signer: stranger }), 403, "ErrSegSig");
    await refusedUnread(post("/segment", claimOf(token), { sender: stranger }), 403, "ErrSegSig");
    const laterNumber = (segData: { seq: bigint }) => {
      segData.seq += 1n;
    };
    await refusedUnread(post("/segment", claimOf(token), { alter: laterNumber }), 403, "ErrSegSig");
  });

  it("before its body is read without a token of this node that still holds", async () => {
    const token = await openSession();
    await refusedUnread(post("/segment", claimOf(undefined)), 403, "missing auth token");
    const otherSession = { ...token, sessionId: "00000000" };
    await refusedUnread(post("/segment", claimOf(otherSession)), 403, "invalid auth token");
    const longer = { ...token, expiration: token.expiration + 3600n };
    await refusedUnread(post("/segment", claimOf(longer)), 403, "invalid auth token");
    await sim.run(sim.now + 31 * 60_000);
    await refusedUnread(post("/segment", claimOf(token)), 403, "expired auth token");
  });

  it("with captured credentials and other media: the hash in them is of what was signed", async () => {
    const token = await openSession();
    const captured = post("/segment", claimOf(token), { body: bodyOf(utf8("other media")) });
    expect(await send(captured)).toMatchObject({ status: 403, text: "Forbidden" });
    expect(transcoded).toEqual([]);
  });

  it("when its payment is refused, for example because its tickets were sent before", async () => {
    const token = await openSession();
    const message = "invalid ticket senderNonce: already seen sender=0x… nonce=1";
    recipient.refusal = new LpError({ code: "ticket", message });
    await refusedUnread(post("/segment", claimOf(token)), 400, message);
    recipient.refusal = undefined;
    recipient.hasBalance = false;
    expect(await send(post("/segment", claimOf(token)))).toMatchObject({ status: 400, text: "Insufficient balance" });
    expect([bodyReads, transcoded.length]).toEqual([0, 0]);
  });

  it("by a node whose sessions are all taken, while known sessions go on", async () => {
    const [one, two, three] = [await openSession(), await openSession(), await openSession()];
    for (const token of [one, two]) expect((await send(post("/segment", claimOf(token)))).status).toBe(200);
    expect(await send(post("/segment", claimOf(three)))).toMatchObject({ status: 403, text: "OrchestratorCapped" });
    expect((await send(post("/segment", claimOf(one, { seqNo: 6n })))).status).toBe(200);
  });

  it("when its body is larger than any segment, without keeping it", async () => {
    const token = await openSession();
    const chunk = new Uint8Array(100_000_000);
    async function* endless() {
      for (;;) yield chunk;
    }
    expect(await send(post("/segment", claimOf(token), { body: endless() }))).toMatchObject({
      status: 500,
      text: "Internal Server Error",
    });
    expect(bodyReads).toBe(4);
  });
});

describe("a payment without work", () => {
  const empty = (token: AuthToken | undefined) => claimOf(token, { hash: keccak256(), seqNo: 0n, durationMs: 0 });

  it("is credited to the stream and answered with a fresh offer for the same session", async () => {
    const token = await openSession();
    const response = await run(handler(post("/payment", empty(token), { body: bodyOf(new Uint8Array(0)) })));
    const { info } = fromBinary(PaymentResultSchema, await run(readBody(response.body, 100_000)));
    expect([response.status, info?.authToken?.sessionId]).toEqual([200, token.sessionId]);
    expect(paid).toEqual(["stream 0"]);
  });

  it("needs the same credentials as a segment", async () => {
    const token = await openSession();
    const other = post("/payment", empty(token), { signer: stranger });
    expect(await run(handler(other).then(read))).toMatchObject({ status: 403, text: "ErrSegSig" });
    recipient.refusal = new LpError({ code: "ticket", message: "TicketParams expired" });
    expect(await run(handler(post("/payment", empty(token))).then(read))).toMatchObject({
      status: 400,
      text: "TicketParams expired",
    });
    expect(paid).toEqual([]);
  });
});
