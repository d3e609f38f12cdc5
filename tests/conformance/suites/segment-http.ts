import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createKeySigner } from "@livepeer-ts/economics";
import {
  CapabilitiesSchema,
  createOrchestratorRequest,
  createSegData,
  encodeBase64,
  jobCapabilities,
  PaymentResultSchema,
  PaymentSchema,
  type SegData,
  SegDataSchema,
  segmentWire,
  TranscodeResultSchema,
} from "@livepeer-ts/execution";
import { addressToBytes, bodyOf, fromHex, keccak256, readBody, utf8 } from "@livepeer-ts/kernel";
import { presetProfile, type VideoProfile } from "@livepeer-ts/media";
import { orchestratorHandler, orchestratorHarness } from "../orchestrator-harness.ts";
import { object, sameFields, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

const gateway = createKeySigner(fromHex("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"));
const profiles = [presetProfile("P240p30fps16x9") as VideoProfile];
const noBase64 = "!not base64!";

/** Breaks a signed message the way a case's note says. */
function alter(segData: SegData, note: string): void {
  if (/^seq altered/.test(note)) segData.seq += 1n;
  if (/^duration altered/.test(note)) segData.duration += 1;
  if (/^manifest( ?id)? altered/i.test(note)) segData.manifestId = utf8("another");
  if (/^profile width altered/.test(note)) for (const profile of segData.fullProfiles) profile.width += 2;
  if (/^profile name altered/.test(note)) for (const profile of segData.fullProfiles) profile.name += "x";
  if (/^(segment )?hash altered/.test(note)) segData.hash = keccak256(utf8("another"));
  if (/duration above/.test(note)) segData.duration = 300_001;
  if (/(negative duration|duration below|duration negative)/.test(note)) segData.duration = -1;
  if (/^incompatible capabilities/.test(note))
    segData.capabilities = create(CapabilitiesSchema, { bitstring: [0n, 1n << 63n] });
  if (/capabilities (missing|absent)/.test(note)) delete segData.capabilities;
  if (/auth token missing/.test(note)) delete segData.authToken;
  if (/auth token invalid/.test(note) && segData.authToken !== undefined) segData.authToken.token = new Uint8Array(32);
}

export const suite: ConformanceSuite = async (testCase) => {
  const note = text(testCase, "note");
  const path = text(testCase, "path");
  const expected = object(testCase, "expected");
  const isFree =
    /price zero|altered|not base64|protobuf|missing|invalid|incompatible|capacity|duration|expired|hash mismatch/.test(
      note,
    ) && !/price above/.test(note);
  const harness = orchestratorHarness({ basePrice: { num: isFree ? 0n : 1200n, den: 1n } });
  const handler = orchestratorHandler(harness);
  // the token must come from the running role, so the offer is asked for as a gateway does
  const info = await askInfo(handler);
  if (/auth token expired/.test(note))
    (harness.host as { clock: { now(): number } }).clock.now = () => 4_000_000_000_000;
  const media = utf8("segment of the suite");
  const isPayment = path === segmentWire.paymentPath;
  const segData = createSegData(
    {
      manifestId: "manifest",
      seqNo: 0n,
      hash: keccak256(isPayment ? new Uint8Array(0) : media),
      durationMs: isPayment ? 0 : 2000,
      profiles,
      capabilities: jobCapabilities({
        inputCodec: "h264",
        pixelFormat: undefined,
        profiles,
        verificationFreq: 0,
        hasSegmentParameters: false,
        storage: undefined,
      }),
      authToken: info.authToken,
    },
    gateway,
  );
  alter(segData, note);
  if (/no session capacity/.test(note)) await fillSessions(handler, harness.maxSessions);
  const payment = create(PaymentSchema, {
    sender: addressToBytes(gateway.address),
    ...(info.priceInfo === undefined ? {} : { expectedPrice: info.priceInfo }),
  });
  const header = new Headers({ "content-type": segmentWire.mediaType });
  header.set(
    segmentWire.paymentHeader,
    /payment header is not base64/.test(note)
      ? noBase64
      : /payment header.*protobuf/.test(note)
        ? encodeBase64(utf8("\u0007\u0007"))
        : encodeBase64(toBinary(PaymentSchema, payment)),
  );
  if (/payment header missing/.test(note)) header.delete(segmentWire.paymentHeader);
  header.set(
    segmentWire.segmentHeader,
    /segment header is not base64/.test(note)
      ? noBase64
      : /segment header.*protobuf/.test(note)
        ? encodeBase64(utf8("\u0007\u0007"))
        : encodeBase64(toBinary(SegDataSchema, segData)),
  );
  const sent = isPayment ? new Uint8Array(0) : /body hash mismatch/.test(note) ? utf8("other bytes") : media;
  const answer = await handler({
    method: "POST",
    url: `${harness.serviceUri}${path}`,
    header,
    body: bodyOf(sent),
    signal: new AbortController().signal,
    peer: { address: "127.0.0.1", protocol: "h1" },
  });
  const bytes = await readBody(answer.body, 1_000_000);
  const got: Record<string, unknown> = { status: answer.status, contentType: answer.header.get("content-type") ?? "" };
  if (answer.status === 200) {
    const result = isPayment ? fromBinary(PaymentResultSchema, bytes) : fromBinary(TranscodeResultSchema, bytes);
    got["hasInfo"] = result.info !== undefined;
    got["infoAuthTokenEqualsRequest"] = result.info?.authToken?.sessionId === segData.authToken?.sessionId;
    if (result.$typeName === "net.TranscodeResult" && result.result.case === "error")
      got["resultError"] = result.result.value;
  } else got["body"] = new TextDecoder().decode(bytes);
  // texts of Go's own protobuf library are compared by their beginning
  const recordedBody = expected["body"];
  if (typeof recordedBody === "string" && /proto/.test(recordedBody) && typeof got["body"] === "string") {
    const prefix = recordedBody.split("proto")[0] as string;
    if (got["body"].startsWith(prefix)) got["body"] = recordedBody;
  }
  return { expected, got: sameFields(expected, got) };

  async function askInfo(target: typeof handler) {
    const { grpcTransport, Orchestrator } = await import("@livepeer-ts/execution");
    const { createClient } = await import("@connectrpc/connect");
    const transport = grpcTransport(
      {
        request: async (request) =>
          target({
            ...request,
            body:
              request.body === undefined
                ? bodyOf(new Uint8Array(0))
                : request.body instanceof Uint8Array
                  ? bodyOf(request.body)
                  : request.body,
            peer: { address: "127.0.0.1", protocol: "h2" },
          }),
      },
      harness.serviceUri,
    );
    return createClient(Orchestrator, transport).getOrchestrator(createOrchestratorRequest(gateway, undefined, false));
  }

  /** Opens as many sessions as the node takes by sending work in each. */
  async function fillSessions(target: typeof handler, count: number) {
    for (let i = 0; i < count; i++) {
      const other = await askInfo(target);
      const claim = createSegData(
        {
          manifestId: "filler",
          seqNo: 0n,
          hash: keccak256(media),
          durationMs: 2000,
          profiles,
          capabilities: segData.capabilities,
          authToken: other.authToken,
        },
        gateway,
      );
      const filler = new Headers({ "content-type": segmentWire.mediaType });
      filler.set(
        segmentWire.paymentHeader,
        encodeBase64(toBinary(PaymentSchema, create(PaymentSchema, { sender: addressToBytes(gateway.address) }))),
      );
      filler.set(segmentWire.segmentHeader, encodeBase64(toBinary(SegDataSchema, claim)));
      const taken = await target({
        method: "POST",
        url: `${harness.serviceUri}/segment`,
        header: filler,
        body: bodyOf(media),
        signal: new AbortController().signal,
        peer: { address: "127.0.0.1", protocol: "h1" },
      });
      await readBody(taken.body, 1_000_000);
    }
  }
};
