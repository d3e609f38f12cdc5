import { create, toBinary } from "@bufbuild/protobuf";
import {
  AuthTokenSchema,
  CapabilitiesSchema,
  OrchestratorClient,
  OrchestratorInfoSchema,
  type OrchestratorSession,
  SegmentSender,
  segmentWire,
  TranscodeDataSchema,
  TranscodeResultSchema,
} from "@livepeer-ts/execution";
import { RecordingPayments, testSigner } from "@livepeer-ts/execution/testing";
import { addressToBytes, bodyOf, type HttpHandler, keccak256, type Random } from "@livepeer-ts/kernel";
import {
  createSelfSignedCertificate,
  EgressGuard,
  NodeNet,
  startHttpHost,
  systemClock,
} from "@livepeer-ts/kernel/adapters";
import { scanSegment } from "@livepeer-ts/media";
import type { FuzzTarget } from "./fuzz-target.ts";
import { grpcFrame } from "./grpc-frame.ts";
import { mutatedBytes, mutatedHeader, mutatedText, oneOf, uint } from "./mutate.ts";
import { media, profiles } from "./paid-orchestrator.ts";

const [gateway, orchestrator] = [testSigner(1), testSigner(2)];
const deadlineMs = 15_000;

/** What an orchestrator says; `random` spoils it, and without it all is right. */
function lyingOrchestrator(base: () => string, current: () => Random | undefined): HttpHandler {
  return async (request) => {
    const random = current();
    const spoiled = (bytes: Uint8Array) =>
      random === undefined || random.unit() < 0.2 ? bytes : mutatedBytes(bytes, random);
    const path = new URL(request.url).pathname;
    const status = random !== undefined && random.unit() < 0.1 ? oneOf(random, [204, 302, 400, 503, 599]) : 200;
    const header = new Headers();
    if (random !== undefined && random.unit() < 0.3) header.set("content-encoding", oneOf(random, ["gzip", "br", "x"]));
    if (status === 302) header.set("location", "http://169.254.169.254/latest");
    if (path.startsWith("/net.Orchestrator/")) {
      const message = spoiled(toBinary(OrchestratorInfoSchema, infoOf(base(), random)));
      header.set(
        "content-type",
        random === undefined
          ? "application/grpc"
          : oneOf(random, ["application/grpc", "application/grpc", "text/html"]),
      );
      const trailer = () =>
        new Headers({
          "grpc-status": random === undefined ? "0" : oneOf(random, ["0", "0", "2", "99", "x"]),
          "grpc-message": "%zz%00",
        });
      return {
        status,
        header,
        body: bodyOf(random === undefined ? grpcFrame(message) : spoiled(grpcFrame(message, oneOf(random, [0, 0, 1])))),
        trailer,
      };
    }
    if (path === segmentWire.segmentPath) {
      for await (const _ of request.body);
      const url = `${base()}/stream/x/1.ts`;
      const urls =
        random === undefined ? [url] : Array.from({ length: uint(random, 3) }, () => mutatedText(url, random));
      const data = create(TranscodeDataSchema, {
        segments: urls.map((each) => ({
          url: each,
          pixels: random === undefined ? 1n : oneOf(random, [0n, -1n, 2n ** 63n - 1n]),
        })),
        sig: new Uint8Array(65),
      });
      const result =
        random !== undefined && random.unit() < 0.2
          ? ({ case: "error", value: mutatedText("OrchestratorBusy", random) } as const)
          : ({ case: "data", value: data } as const);
      const bytes = toBinary(
        TranscodeResultSchema,
        create(TranscodeResultSchema, { seq: 1n, result, info: infoOf(base(), random) }),
      );
      const receipt =
        random === undefined
          ? {}
          : {
              trailer: () =>
                new Headers({
                  [segmentWire.receiptHeader]: mutatedHeader("abcd", random),
                  [segmentWire.receiptSignatureHeader]: mutatedHeader("0xabcd", random),
                }),
            };
      return { status, header, body: bodyOf(spoiled(bytes)), ...receipt };
    }
    return { status, header, body: bodyOf(spoiled(media)) };
  };
}

function infoOf(uri: string, random: Random | undefined) {
  return create(OrchestratorInfoSchema, {
    transcoder: random === undefined ? uri : mutatedText(uri, random),
    address: addressToBytes(orchestrator.address),
    authToken: create(AuthTokenSchema, {
      token: new Uint8Array(32),
      sessionId: random === undefined ? "session" : mutatedText("session", random),
      expiration: random === undefined ? 4_000_000_000n : oneOf(random, [4_000_000_000n, 0n, -1n, 2n ** 63n - 1n]),
    }),
  });
}

/** What a gateway reads of an orchestrator: offers, results, URLs, trailers, renditions. */
export const answersTarget: FuzzTarget = {
  name: "reading of answers",
  weight: 3,
  allowed: new Set(["delivered", "blamed on the orchestrator", "refused offer", "offer"]),
  async start(logger) {
    let random: Random | undefined;
    const tls = await createSelfSignedCertificate("127.0.0.1");
    // the server's own logger: what it is made to send is its fault
    const quiet = { ...logger, error: () => {} };
    const host = await startHttpHost(
      { port: 0, tls },
      lyingOrchestrator(
        () => host.url,
        () => random,
      ),
      quiet,
    );
    const net = new NodeNet();
    const guard = new EgressGuard({ allow: [new URL(host.url).host] }, net);
    const clock = systemClock();
    const client = new OrchestratorClient({ net: guard, clock, signer: gateway });
    const sender = new SegmentSender({
      ...{ client, clock, logger, signer: gateway, localVerify: true, refreshMs: 2500, downloadMs: 4000 },
      verifier: { verify: async () => [] },
      receipts: {
        read: () => {
          throw new Error("no receipt");
        },
      } as never,
    });
    const offer = () =>
      client.getInfo(host.url, undefined, {
        ignoreCapacityCheck: true,
        timeoutMs: 5000,
        signal: AbortSignal.timeout(deadlineMs),
      });
    const deliver = async () => {
      const info = infoOf(host.url, undefined);
      const payments = new RecordingPayments();
      const session = sessionOf(host.url, info, payments);
      return sender.send(
        {
          manifestId: "fuzzed",
          segment: { seqNo: 1, bytes: media, durationMs: 2000, container: "mpegts" },
          sourceScan: scanSegment(media, "mpegts"),
          hash: keccak256(media),
          profiles,
          capabilities: create(CapabilitiesSchema),
          timeoutMultiplier: 1,
          forceSessionReinit: false,
        },
        session,
        "selection",
        AbortSignal.timeout(deadlineMs),
      );
    };
    let turn = Promise.resolve();
    /** One after the other: the server knows only the current source of spoiling. */
    const alone = <T>(work: () => Promise<T>): Promise<T> => {
      const done = turn.then(work);
      turn = done.then(
        () => {},
        () => {},
      );
      return done;
    };
    return {
      shoot: (given) =>
        alone(async () => {
          random = given;
          if (given.unit() < 0.4)
            return offer().then(
              () => "offer",
              () => "refused offer",
            );
          const outcome = await deliver();
          if (outcome.ok) return "delivered";
          return outcome.blame === "orchestrator"
            ? "blamed on the orchestrator"
            : `blamed on ${outcome.blame}: ${outcome.error.message}`;
        }),
      stillWorks: () =>
        alone(async () => {
          random = undefined;
          if ((await offer()).transcoder !== host.url) throw new Error("the offer is another one");
          const outcome = await deliver();
          if (!outcome.ok) throw outcome.error;
        }),
      async stop() {
        await guard.stop();
        await net.stop();
        await host.stop(0);
      },
    };
  },
};

function sessionOf(uri: string, info: ReturnType<typeof infoOf>, payments: RecordingPayments): OrchestratorSession {
  return { uri, info, authToken: info.authToken, payment: payments.session(info), entry: { uri, score: 1 } } as never;
}
