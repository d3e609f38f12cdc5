import { create, fromBinary } from "@bufbuild/protobuf";
import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import {
  BodyBudget,
  type Clock,
  errorText,
  type HttpResponse,
  hasErrorCode,
  LpError,
  type Net,
  readAnswer,
  utf8,
} from "@livepeer-ts/kernel";
import { grpcTransport } from "../grpc/grpc-transport.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import {
  type AuthToken,
  type Capabilities,
  EndTranscodingSessionRequestSchema,
  Orchestrator,
  type OrchestratorInfo,
  type TranscodeResult,
  TranscodeResultSchema,
} from "../wire/net_pb.gen.ts";
import { segmentWire } from "../wire/segment-wire.ts";
import { createOrchestratorRequest } from "./orchestrator-request.ts";

export type OrchestratorClientDeps = {
  readonly net: Net;
  readonly clock: Clock;
  readonly signer: Pick<NodeSigner, "address" | "sign">;
  /** Bounds what is being downloaded from all orchestrators together. Default: a budget of its own, as large as that of a port. */
  readonly downloads?: BodyBudget;
};

/** Timeouts of one segment exchange, ms. */
export type SubmitTimeouts = {
  /** Until the answer's head: the upload. */
  readonly headMs: number;
  /** The whole exchange. */
  readonly totalMs: number;
};

export type SubmitRequest = {
  readonly baseUrl: string;
  readonly segmentHeader: string;
  readonly paymentHeader: string;
  /** The segment itself, or where the orchestrator finds it. */
  readonly input: { readonly bytes: Uint8Array } | { readonly url: string };
  readonly wantsReceipt: boolean;
  readonly timeouts: SubmitTimeouts;
  /** Called when the orchestrator has taken the segment over: at the head of a 200. */
  readonly onTaken?: () => void;
  readonly signal: AbortSignal;
};

export type SubmitAnswer = {
  readonly result: TranscodeResult;
  readonly receipt: { readonly header: string; readonly signatureHeader: string } | undefined;
};

/** Largest answer of a segment exchange: an OrchestratorInfo and URLs. */
const maxResultBytes = 4 * 1024 * 1024;
/** Largest rendition a gateway downloads. */
export const maxRenditionBytes = 300_000_000;

/** Timeouts by segment duration, as the protocol's gateways use them. */
export function submitTimeouts(durationMs: number, multiplier: number): SubmitTimeouts {
  const factor = Math.max(1, multiplier);
  return { headMs: Math.max(2000, durationMs / 2) * factor, totalMs: Math.max(8000, durationMs * 4) * factor };
}

/** Everything a gateway says to an orchestrator. */
export class OrchestratorClient {
  readonly #deps: OrchestratorClientDeps;
  readonly #downloads: BodyBudget;
  readonly #clients = new Map<string, Client<typeof Orchestrator>>();

  constructor(deps: OrchestratorClientDeps) {
    this.#deps = deps;
    this.#downloads = deps.downloads ?? new BodyBudget();
  }

  /** GetOrchestrator. Rejects with `LpError`: `orchestrator_unreachable` or `orchestrator_refused` with the peer's text. */
  async getInfo(
    baseUrl: string,
    capabilities: Capabilities | undefined,
    options: { ignoreCapacityCheck: boolean; timeoutMs: number; signal: AbortSignal },
  ): Promise<OrchestratorInfo> {
    const deadline = this.#deps.clock.deadline(options.timeoutMs, options.signal);
    try {
      const request = createOrchestratorRequest(this.#deps.signer, capabilities, options.ignoreCapacityCheck);
      return await this.#client(baseUrl).getOrchestrator(request, { signal: deadline.signal });
    } catch (error) {
      throw peerError(error, baseUrl);
    } finally {
      deadline.clear();
    }
  }

  /** Sends bytes and gives what comes back: the peer's signature over them. Rejects like `getInfo`. */
  async ping(baseUrl: string, value: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<Uint8Array> {
    const deadline = this.#deps.clock.deadline(timeoutMs, signal);
    try {
      return (await this.#client(baseUrl).ping({ value }, { signal: deadline.signal })).value;
    } catch (error) {
      throw peerError(error, baseUrl);
    } finally {
      deadline.clear();
    }
  }

  /** Tells the orchestrator that a session is over; failures do not matter. */
  async endSession(baseUrl: string, authToken: AuthToken, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const deadline = this.#deps.clock.deadline(timeoutMs, signal);
    try {
      await this.#client(baseUrl).endTranscodingSession(create(EndTranscodingSessionRequestSchema, { authToken }), {
        signal: deadline.signal,
      });
    } catch {
      // the session dies by itself after 70 s
    } finally {
      deadline.clear();
    }
  }

  /** POST /segment. A status other than 200 rejects with the body as message, `sent: true` in the details. */
  async submit(request: SubmitRequest): Promise<SubmitAnswer> {
    const { clock } = this.#deps;
    const stop = new AbortController();
    const onOuter = () => stop.abort(request.signal.reason);
    if (request.signal.aborted) onOuter();
    request.signal.addEventListener("abort", onOuter, { once: true });
    const total = clock.deadline(request.timeouts.totalMs);
    const head = clock.deadline(request.timeouts.headMs);
    const onTotal = () => stop.abort(timeoutError("body timeout", request.timeouts.totalMs));
    const onHead = () => stop.abort(timeoutError("header timeout", request.timeouts.headMs));
    total.signal.addEventListener("abort", onTotal, { once: true });
    head.signal.addEventListener("abort", onHead, { once: true });
    try {
      const answer = await this.#deps.net.request({
        method: "POST",
        url: `${request.baseUrl}${segmentWire.segmentPath}`,
        header: new Headers({
          [segmentWire.segmentHeader]: request.segmentHeader,
          [segmentWire.paymentHeader]: request.paymentHeader,
          "Content-Type": "url" in request.input ? segmentWire.uriType : segmentWire.mediaType,
          ...(request.wantsReceipt ? { [segmentWire.receiptHeader]: "1" } : {}),
        }),
        body: "url" in request.input ? utf8(request.input.url) : request.input.bytes,
        signal: stop.signal,
      });
      head.clear();
      if (answer.status === 200) request.onTaken?.();
      const body = await readAnswer(answer, maxResultBytes);
      if (answer.status !== 200) {
        throw new LpError({
          code: "orchestrator_refused",
          message: new TextDecoder().decode(body).trim() || `status ${answer.status}`,
          details: { status: answer.status, sent: true },
          retryable: true,
        });
      }
      if (body.length === 0) {
        throw new LpError({
          code: "empty_response",
          message: "empty response",
          details: { sent: true },
          retryable: true,
        });
      }
      return { result: decodeResult(body), receipt: receiptOf(answer) };
    } finally {
      head.clear();
      total.clear();
      request.signal.removeEventListener("abort", onOuter);
    }
  }

  /**
   * GET of a rendition or hash. Rejects with `download_failed`, `downloads_of_peer` when that orchestrator alone sends too
   * much at once, and `download_budget` when all of them together do.
   */
  async download(
    url: string,
    timeoutMs: number,
    signal: AbortSignal,
    maxBytes: number = maxRenditionBytes,
  ): Promise<Uint8Array> {
    const deadline = this.#deps.clock.deadline(timeoutMs, signal);
    const lease = this.#downloads.lease(URL.parse(url)?.host ?? url);
    try {
      const answer = await this.#deps.net.request({
        method: "GET",
        url,
        header: new Headers(),
        signal: deadline.signal,
      });
      const bytes = await readAnswer(answer, maxBytes, (chunk) => lease.take(chunk.length));
      if (answer.status !== 200) {
        throw new LpError({
          code: "download_failed",
          message: `the orchestrator answered ${answer.status} for a finished rendition`,
          details: { status: answer.status },
          retryable: true,
        });
      }
      return bytes;
    } catch (cause) {
      throw budgetError(cause);
    } finally {
      lease.end();
      deadline.clear();
    }
  }

  #client(baseUrl: string): Client<typeof Orchestrator> {
    let client = this.#clients.get(baseUrl);
    if (client === undefined) {
      if (this.#clients.size >= 1024) this.#clients.clear();
      client = createClient(Orchestrator, grpcTransport(this.#deps.net, baseUrl));
      this.#clients.set(baseUrl, client);
    }
    return client;
  }
}

/** Says whose fault it is that too much was being downloaded; other errors stay as they are. */
function budgetError(cause: unknown): unknown {
  if (!hasErrorCode(cause, "body_budget")) return cause;
  const isPeers = cause instanceof LpError && cause.details["whose"] === "peer";
  return new LpError({
    code: isPeers ? "downloads_of_peer" : "download_budget",
    message: isPeers
      ? "the orchestrator sends more results at once than one orchestrator may"
      : "this gateway downloads as many results at once as it may: raise -downloadMemory, or give it fewer streams",
    retryable: true,
    cause,
  });
}

function decodeResult(body: Uint8Array): TranscodeResult {
  try {
    return fromBinary(TranscodeResultSchema, body);
  } catch (cause) {
    throw new LpError({
      code: "unknown_response",
      message: `UnknownResponse: the answer is no transcode result (${errorText(cause)})`,
      details: { sent: true },
      retryable: true,
      cause,
    });
  }
}

function receiptOf(answer: HttpResponse): SubmitAnswer["receipt"] {
  const trailer = answer.trailer?.();
  const header = trailer?.get(segmentWire.receiptHeader) ?? answer.header.get(segmentWire.receiptHeader);
  const signatureHeader =
    trailer?.get(segmentWire.receiptSignatureHeader) ?? answer.header.get(segmentWire.receiptSignatureHeader);
  return header == null || signatureHeader == null ? undefined : { header, signatureHeader };
}

function timeoutError(stage: "header timeout" | "body timeout", ms: number): LpError {
  return new LpError({
    code: "timeout",
    message: `${stage}: no answer within ${ms} ms`,
    details: { sent: true },
    retryable: true,
  });
}

function peerError(error: unknown, baseUrl: string): LpError {
  if (error instanceof LpError) return error;
  const cause = error instanceof ConnectError && error.cause instanceof LpError ? error.cause : undefined;
  if (cause !== undefined) return cause;
  return new LpError({
    code: "orchestrator_refused",
    message: error instanceof ConnectError ? error.rawMessage : errorText(error),
    details: { baseUrl },
    retryable: true,
    cause: error,
  });
}
