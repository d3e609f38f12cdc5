import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  createOrchestratorRequest,
  createSegData,
  decodeBase64,
  EndTranscodingSessionRequestSchema,
  encodeBase64,
  OrchestratorRequestSchema,
  PaymentSchema,
  PingPongSchema,
  type SegData,
  SegDataSchema,
  segmentSigningBytes,
  segmentWire,
  TranscodeResultSchema,
} from "@livepeer-ts/execution";
import { concatBytes, type Random, rational, readBody, utf8 } from "@livepeer-ts/kernel";
import { clientFaults, type FuzzTarget } from "./fuzz-target.ts";
import { grpcFrame } from "./grpc-frame.ts";
import { mutatedBytes, mutatedHeader, oneOf, uint } from "./mutate.ts";
import { media, type PaidOrchestrator, startPaidOrchestrator, transcoderSecret } from "./paid-orchestrator.ts";
import { spoiledHttp } from "./spoiled-http.ts";

const deadlineMs = 15_000;
const maxAnswerBytes = 8 * 1024 * 1024;

type Send = {
  readonly path: string;
  readonly header?: Record<string, string>;
  readonly body?: Uint8Array;
  readonly protocol?: "h1" | "h2";
  readonly method?: string;
};

/** gRPC status, or the HTTP status with what the body of a 200 says. */
async function send(
  to: PaidOrchestrator,
  { path, header = {}, body, protocol, method = "POST" }: Send,
): Promise<string> {
  const answer = await to.net.request({
    method,
    url: `${to.serviceUri}${path}`,
    header: new Headers(header),
    signal: AbortSignal.timeout(deadlineMs),
    ...(body === undefined ? {} : { body }),
    ...(protocol === undefined ? {} : { protocol }),
  });
  const bytes = await readBody(answer.body, maxAnswerBytes);
  if ((header["content-type"] ?? "").startsWith("application/grpc")) {
    const status = answer.trailer?.().get("grpc-status") ?? answer.header.get("grpc-status");
    return answer.status === 200 ? `grpc ${status}` : String(answer.status);
  }
  const text = new TextDecoder().decode(bytes);
  // a refusal of the table is an answer; the host's own 500 is a handler that threw
  if (answer.status === 500) return text.startsWith("{") ? "500 from the host" : "500";
  if (path === segmentWire.segmentPath && answer.status === 200) {
    const { result } = fromBinary(TranscodeResultSchema, bytes);
    return `200 ${result.case}`;
  }
  return String(answer.status);
}

type Seeds = {
  readonly segmentHeader: string;
  readonly paymentHeader: string;
  readonly request: Uint8Array;
  readonly end: Uint8Array;
  readonly segData: SegData;
};

async function seedsOf(to: PaidOrchestrator): Promise<Seeds> {
  const { gateway } = to;
  const { info, session } = await gateway.open();
  const { header } = await session.pay(rational(1_000_000n));
  return {
    segmentHeader: gateway.segmentHeader(info),
    paymentHeader: header,
    request: toBinary(OrchestratorRequestSchema, createOrchestratorRequest(gateway.signer, undefined, true)),
    end: toBinary(
      EndTranscodingSessionRequestSchema,
      create(EndTranscodingSessionRequestSchema, { authToken: info.authToken }),
    ),
    segData: createSegData(gateway.claim(info), gateway.signer),
  };
}

/** Spoiled fields, signed as if they were meant. */
function resigned(to: PaidOrchestrator, seeds: Seeds, random: Random): string {
  const bytes = toBinary(SegDataSchema, seeds.segData);
  let data: SegData;
  try {
    data = fromBinary(SegDataSchema, mutatedBytes(bytes, random));
  } catch {
    data = fromBinary(SegDataSchema, bytes);
  }
  data.authToken = seeds.segData.authToken as NonNullable<SegData["authToken"]>;
  const lists = [data.fullProfiles, data.fullProfiles2, data.fullProfiles3];
  for (const profile of lists.flat()) {
    if (random.unit() < 0.5) continue;
    const odd = () => oneOf(random, [-1, 0, 1, 2 ** 31 - 1, -(2 ** 31), uint(random, 10_000)]);
    Object.assign(profile, { width: odd(), height: odd(), bitrate: odd(), fps: Math.abs(odd()), gop: odd() });
  }
  if (random.unit() < 0.5) data.capabilities = seeds.segData.capabilities as NonNullable<SegData["capabilities"]>;
  const profiles = lists.findLast((list) => list.length > 0) ?? [];
  const names = profiles.map((p) => (p.name === "" ? `net_${p.width}x${p.height}_${p.bitrate}` : p.name));
  const text = new TextDecoder().decode(data.manifestId);
  data.sig = to.gateway.signer.sign(segmentSigningBytes(text, data.seq, data.hash, names));
  return encodeBase64(toBinary(SegDataSchema, data));
}

const mutatedBase64 = (header: string, random: Random) =>
  random.unit() < 0.2 ? mutatedHeader(header, random) : encodeBase64(mutatedBytes(decodeBase64(header), random));

function multipart(random: Random): { type: string; body: Uint8Array } {
  const boundary = oneOf(random, ["b", "b".repeat(70), "a b", ""]);
  const part = (bytes: Uint8Array, pixels: string) =>
    concatBytes(
      utf8(`--${boundary}\r\nContent-Type: video/mp2t\r\nPixels: ${pixels}\r\nContent-Length: ${bytes.length}\r\n\r\n`),
      bytes,
      utf8("\r\n"),
    );
  const parts = Array.from({ length: uint(random, 4) }, () =>
    part(random.bytes(100), oneOf(random, ["1", "-1", "x", "9".repeat(30)])),
  );
  return {
    type: mutatedHeader(`multipart/mixed; boundary=${boundary}`, random),
    body: mutatedBytes(concatBytes(...parts, utf8(`--${boundary}--\r\n`)), random),
  };
}

type Shot = (to: PaidOrchestrator, seeds: Seeds, random: Random) => Promise<string>;

const headers = (segment: string, payment: string, type: string = segmentWire.mediaType) => ({
  [segmentWire.segmentHeader]: segment,
  [segmentWire.paymentHeader]: payment,
  "content-type": type,
});
const grpc = (method: string, body: Uint8Array): Send => ({
  path: method,
  body,
  protocol: "h2",
  header: { "content-type": "application/grpc", te: "trailers" },
});

const shots: readonly Shot[] = [
  (to, seeds, random) =>
    send(to, {
      path: oneOf(random, [segmentWire.segmentPath, segmentWire.paymentPath]),
      header: headers(mutatedBase64(seeds.segmentHeader, random), seeds.paymentHeader),
      body: media,
    }),
  (to, seeds, random) =>
    send(to, {
      path: oneOf(random, [segmentWire.segmentPath, segmentWire.paymentPath]),
      header: headers(seeds.segmentHeader, mutatedBase64(seeds.paymentHeader, random)),
      body: media,
    }),
  (to, seeds, random) =>
    send(to, {
      path: segmentWire.segmentPath,
      header: headers(
        resigned(to, seeds, random),
        encodeBase64(
          toBinary(
            PaymentSchema,
            create(PaymentSchema, { sender: fromBinary(PaymentSchema, decodeBase64(seeds.paymentHeader)).sender }),
          ),
        ),
      ),
      body: media,
    }),
  (to, seeds, random) =>
    send(to, {
      path: segmentWire.segmentPath,
      header: headers(resigned(to, seeds, random), seeds.paymentHeader),
      body: media,
    }),
  (to, seeds, random) =>
    send(to, {
      path: segmentWire.segmentPath,
      header: headers(
        seeds.segmentHeader,
        seeds.paymentHeader,
        oneOf(random, [segmentWire.mediaType, segmentWire.uriType, "", "x/y"]),
      ),
      body: mutatedBytes(oneOf(random, [media, utf8("http://127.0.0.1:1/x.ts")]), random),
      protocol: oneOf(random, ["h1", "h2"]),
    }),
  (to, seeds, random) => {
    const [method, seed] = oneOf(random, [
      ["/net.Orchestrator/GetOrchestrator", seeds.request],
      ["/net.Orchestrator/EndTranscodingSession", mutatedBytes(seeds.end, random)],
      ["/net.Orchestrator/Ping", toBinary(PingPongSchema, create(PingPongSchema, { value: random.bytes(20) }))],
      ["/net.Orchestrator/Nothing", seeds.request],
      ["/net.Transcoder/RegisterTranscoder", mutatedBytes(random.bytes(30), random)],
    ] as const);
    const framed = grpcFrame(mutatedBytes(seed, random), oneOf(random, [0, 0, 0, 1, 2, 255]));
    return send(to, grpc(method, random.unit() < 0.3 ? mutatedBytes(framed, random) : framed));
  },
  (to, _, random) => {
    const { type, body } = multipart(random);
    const header = {
      authorization: oneOf(random, ["Livepeer-Transcoder-1.0", "Livepeer-Transcoder-1.0", "Basic"]),
      credentials: oneOf(random, [transcoderSecret, transcoderSecret, mutatedHeader(transcoderSecret, random)]),
      taskid: oneOf(random, ["1", mutatedHeader("1", random)]),
      pixels: oneOf(random, ["1000", mutatedHeader("1000", random)]),
      "content-type": oneOf(random, [type, "livepeer/transcoding-error", "multipart/mixed; boundary=b"]),
    };
    const isLong = random.unit() < 0.1;
    return send(to, { path: "/transcodeResults", header, body: isLong ? random.bytes(70_000) : body });
  },
  (to, _, random) =>
    send(to, {
      path: `/${mutatedHeader("stream/abc/P144p30fps16x9/1.ts", random).replaceAll(/[\s#]/g, "%20")}`,
      method: oneOf(random, ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]),
    }),
  (to, _, random) => spoiledHttp(to.port, true, segmentWire.segmentPath, random),
];

/** An orchestrator's one port: segments, payments, gRPC, results of remote transcoders, files. */
export const orchestratorTarget: FuzzTarget = {
  name: "orchestrator",
  weight: 8,
  allowed: new Set([
    ...clientFaults,
    ...["200 data", "200 error", "500", "closed"],
    ...["grpc 0", "grpc 2", "grpc 3", "grpc 5", "grpc 8", "grpc 12", "grpc 13"],
  ]),
  async start(logger) {
    const local = await startPaidOrchestrator({ logger });
    const remote = await startPaidOrchestrator({ logger, isRemote: true });
    const seeds = await seedsOf(local);
    return {
      async shoot(random) {
        const shot = oneOf(random, shots);
        const isResult = shot === shots[6];
        return shot(isResult ? remote : local, seeds, random);
      },
      async stillWorks() {
        const { info, session } = await local.gateway.open();
        const payment = await session.pay(rational(1_000_000n));
        const answer = await send(local, {
          path: segmentWire.segmentPath,
          header: headers(local.gateway.segmentHeader(info), payment.header),
          body: media,
        });
        if (answer !== "200 data") throw new Error(answer);
      },
      async stop() {
        await local.stop();
        await remote.stop();
      },
    };
  },
};
