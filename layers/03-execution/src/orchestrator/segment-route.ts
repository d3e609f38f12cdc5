import { create, toBinary } from "@bufbuild/protobuf";
import type { BandwidthMeter } from "@livepeer-ts/compute";
import {
  type Clock,
  equalBytes,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  Keccak256,
  type Logger,
  LpError,
  type Net,
  type ObjectStore,
  readBody,
} from "@livepeer-ts/kernel";
import { textAnswer } from "../http/text-answer.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { SignedReceipt } from "../ports/receipts.ts";
import type { SegmentBooks } from "../ports/segment-books.ts";
import { type TranscodeData, TranscodeResultSchema } from "../wire/net_pb.gen.ts";
import { maxInputUrlBytes, maxSegmentBytes, segmentWire } from "../wire/segment-wire.ts";
import type { SegmentWorker } from "./segment-worker.ts";
import { type AdmittedWork, Refusal, readWork, refusal, type WorkClaim } from "./work-admission.ts";

export type SegmentRouteDeps = {
  readonly signer: Pick<NodeSigner, "verify">;
  readonly books: Pick<SegmentBooks, "admit">;
  readonly worker: SegmentWorker;
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ms for fetching a segment that came as a URL. */
  readonly inputDownloadMs: number;
  /** The node's own external store: what gateways put there is read with its own credentials. Absent: none. */
  readonly store?: ObjectStore;
  /** Told how quickly segments came in. Absent: nobody wants to know. */
  readonly bandwidth?: Pick<BandwidthMeter, "add">;
};

/** `POST /segment`: checks, takes the payment, answers 200 at once, then works and sends the result in the body. */
export function segmentRoute(deps: SegmentRouteDeps): HttpRoute {
  return {
    name: "segment",
    match: (_request, path) => path === segmentWire.segmentPath,
    async handle(request) {
      try {
        return await serveSegment(request, deps);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        deps.logger.info("segment refused", { status: error.status, error: error.message, peer: request.peer.address });
        return textAnswer(error.status, error.message);
      }
    },
  };
}

async function serveSegment(request: HttpRequest, deps: SegmentRouteDeps): Promise<HttpResponse> {
  const startedAt = deps.clock.mono();
  const claim = readWork(request, deps.signer);
  const info = await deps.books.admit(claim);
  const work = withToken(claim);
  const { bytes, hash } = await readSegment(request, work, startedAt, deps);
  if (!equalBytes(hash, work.credentials.hash)) throw refusal("hash");

  let receipt: SignedReceipt | undefined;
  const wantsReceipt = request.header.has(segmentWire.receiptHeader);
  // The head goes out before this body is pulled: the gateway's upload timer ends here.
  async function* body(): AsyncGenerator<Uint8Array> {
    const answer = create(TranscodeResultSchema, { seq: work.credentials.seqNo, info });
    try {
      const done = await deps.worker.transcode(work, bytes, wantsReceipt, request.signal);
      receipt = done.receipt;
      answer.result = { case: "data", value: done.data satisfies TranscodeData };
    } catch (error) {
      deps.logger.warn("segment failed", {
        manifestId: work.credentials.manifestId,
        seqNo: work.credentials.seqNo,
        orchSessionId: work.token.sessionId,
        sender: work.sender,
        error: errorText(error),
      });
      answer.result = { case: "error", value: errorText(error) };
    }
    yield toBinary(TranscodeResultSchema, answer);
  }
  return {
    status: 200,
    header: new Headers(
      wantsReceipt ? { trailer: `${segmentWire.receiptHeader}, ${segmentWire.receiptSignatureHeader}` } : {},
    ),
    body: body(),
    ...(wantsReceipt
      ? {
          trailer: () =>
            new Headers(
              receipt === undefined
                ? {}
                : {
                    [segmentWire.receiptHeader]: receipt.header,
                    [segmentWire.receiptSignatureHeader]: receipt.signatureHeader,
                  },
            ),
        }
      : {}),
  };
}

/** The books have let it in: it has a token. */
function withToken(claim: WorkClaim): AdmittedWork {
  const token = claim.credentials.authToken;
  if (token === undefined) throw refusal("missingToken");
  return { ...claim, token };
}

type ReadSegment = { readonly bytes: Uint8Array; readonly hash: Uint8Array };

/** The bytes and their hash, which is worked out while they arrive. */
async function readMedia(body: AsyncIterable<Uint8Array>, maxBytes = maxSegmentBytes): Promise<ReadSegment> {
  const hash = new Keccak256();
  const bytes = await readBody(body, maxBytes, (chunk) => hash.update(chunk));
  return { bytes, hash: hash.digest() };
}

async function readSegment(
  request: HttpRequest,
  work: AdmittedWork,
  startedAt: number,
  deps: SegmentRouteDeps,
): Promise<ReadSegment> {
  const isUrl = request.header.get("content-type") === segmentWire.uriType;
  let sent: ReadSegment;
  try {
    sent = await readMedia(request.body, isUrl ? maxInputUrlBytes : maxSegmentBytes);
    // from the request's head on: some of the body is here before it is read
    deps.bandwidth?.add(sent.bytes.length, deps.clock.mono() - startedAt);
  } catch (cause) {
    throw refusal(isUrl ? "download" : "internal", cause);
  }
  if (!isUrl) return sent;
  const deadline = deps.clock.deadline(deps.inputDownloadMs, request.signal);
  try {
    const url = new TextDecoder().decode(sent.bytes).trim();
    const own = ownKey(url, work.token.sessionId, deps.store);
    if (own !== undefined) {
      const object = await deps.store?.get(own, { signal: deadline.signal });
      if (object === undefined) throw new LpError({ code: "input_download", message: "the input is not in the store" });
      return await readMedia(object.body);
    }
    const answer = await deps.net.request({ method: "GET", url, header: new Headers(), signal: deadline.signal });
    if (answer.status !== 200) {
      throw new LpError({ code: "input_download", message: `the input URL answered ${answer.status}` });
    }
    return await readMedia(answer.body);
  } catch (cause) {
    throw refusal("download", cause);
  } finally {
    deadline.clear();
  }
}

/** Key of a URL that names an object of this session in the node's own store. */
function ownKey(url: string, sessionId: string, store: ObjectStore | undefined): string | undefined {
  if (store?.isOwn(url) !== true) return undefined;
  const prefix = `${store.publicUrl(sessionId)}/`;
  const name = url.startsWith(prefix) ? url.slice(prefix.length) : "";
  return /^[\w.-]+\/\d+\.(ts|mp4)$/.test(name) ? `${sessionId}/${name}` : undefined;
}
