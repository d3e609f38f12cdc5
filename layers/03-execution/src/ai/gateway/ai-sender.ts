import {
  answerText,
  type Clock,
  concatBytes,
  keccak256,
  LpError,
  type Net,
  type Random,
  type Rational,
  rational,
  readAnswer,
} from "@livepeer-ts/kernel";
import { authTokenNeedsRefresh } from "../../auth/auth-token.ts";
import type { OrchestratorClient } from "../../discovery/orchestrator-client.ts";
import type { NodeSigner } from "../../ports/node-signer.ts";
import type { OutgoingPayment } from "../../ports/payment-sender.ts";
import type { SegmentSigner } from "../../ports/segment-signer.ts";
import { createSegData, encodeSegmentHeader, signedSegData } from "../../segments/segment-credentials.ts";
import type { Capabilities } from "../../wire/net_pb.gen.ts";
import { segmentWire } from "../../wire/segment-wire.ts";
import type { AiFile, AiRequest } from "../pipelines/ai-request.ts";
import type { AiOutcome } from "../ports/ai-engine.ts";
import { shortId } from "../runner/runner-call.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { aiErrors, aiWire, clientFault } from "../wire/ai-wire.ts";
import { checkAnswer, replaceUrls } from "../wire/check-answer.ts";
import { readDataUrl } from "../wire/data-url.ts";
import { readLlmEvents } from "../wire/llm-events.ts";
import { mediaExtension, mediaTypeOf } from "../wire/media-name.ts";
import { begun } from "../wire/relayed.ts";
import { writeAiRequest } from "../wire/write-ai-request.ts";
import type { AiSession } from "./ai-session.ts";

export type AiSenderDeps = {
  readonly client: Pick<OrchestratorClient, "getInfo" | "download">;
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: NodeSigner;
  readonly segmentSigner?: SegmentSigner | undefined;
};

/** A job as it is sent: the request, what it is charged, and what the orchestrator must be able to do. */
export type AiSubmission = {
  readonly requestId: string;
  readonly request: AiRequest;
  readonly units: bigint;
  readonly capabilities: Capabilities;
};

/** An answer that came. `charge` is told how much of the units is owed, once: all of them, or what was delivered of a stream. */
export type AiDelivery = { readonly outcome: AiOutcome; readonly payment: OutgoingPayment };

/** The orchestrator is full, or asks for other tickets: nothing is wrong with it. */
export const aiElsewhereCode = "ai_elsewhere";
/** The tickets' terms are over: the same orchestrator may be asked again. */
export const aiTicketsExpiredCode = "ai_tickets_expired";

const refreshMs = 2500;
const maxRefreshes = 4;
const downloadMs = 60_000;
/** Largest answer without media; with data URLs, the pictures of one request. */
const maxAnswerBytes = 128 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;
const maxMediaBytes = 256 * 1024 * 1024;

/**
 * Sends one job to one orchestrator: offer, payment, request, answer with its media. Rejects with `AiRefusal` when the client is at fault,
 * `ai_elsewhere`, `ai_tickets_expired`, a fault of this gateway's account (`senderFaultCodes`), or what the orchestrator or the way to it did.
 */
export class AiSender {
  readonly #deps: AiSenderDeps;

  constructor(deps: AiSenderDeps) {
    this.#deps = deps;
  }

  /** `onPaid` is told of the tickets that left with the request, also when nothing usable comes back. */
  async send(
    job: AiSubmission,
    session: AiSession,
    signal: AbortSignal,
    onPaid: (payment: OutgoingPayment) => void,
  ): Promise<AiDelivery> {
    if (this.#isStale(session)) await this.#renew(job, session, signal);
    const payment = await this.#pay(job, session, signal);
    try {
      const outcome = await this.#exchange(job, session, payment, signal);
      onPaid(payment);
      return { outcome, payment };
    } catch (error) {
      if (error instanceof LpError && error.code === "net_dial") payment.notSent();
      else {
        payment.spent();
        onPaid(payment);
      }
      throw error;
    }
  }

  #isStale(session: AiSession): boolean {
    try {
      session.payment.check();
    } catch (error) {
      if (!(error instanceof LpError) || error.code !== "ticket_params_expired") throw error;
      return true;
    }
    return authTokenNeedsRefresh(session.authToken, this.#deps.clock.now());
  }

  async #pay(job: AiSubmission, session: AiSession, signal: AbortSignal): Promise<OutgoingPayment> {
    const units: Rational = rational(job.units);
    for (let refreshes = 0; ; refreshes++) {
      try {
        return await session.payment.pay(units);
      } catch (error) {
        if (!(error instanceof LpError) || error.code !== "ticket_params_expired" || refreshes >= maxRefreshes)
          throw error;
        await this.#renew(job, session, signal);
      }
    }
  }

  /** Takes a new offer; jobs that need one at the same time share it. */
  #renew(job: AiSubmission, session: AiSession, signal: AbortSignal): Promise<void> {
    const renew = async () => {
      const info = await this.#deps.client.getInfo(session.uri, job.capabilities, {
        ignoreCapacityCheck: true,
        timeoutMs: refreshMs,
        signal,
      });
      if (info.authToken === undefined) {
        throw new LpError({ code: "missing_auth_token", message: "Missing auth token", retryable: true });
      }
      session.info = info;
      session.authToken = info.authToken;
      session.payment.update(info);
    };
    session.renewal ??= renew().finally(() => {
      session.renewal = undefined;
    });
    return session.renewal;
  }

  async #exchange(
    job: AiSubmission,
    session: AiSession,
    payment: OutgoingPayment,
    signal: AbortSignal,
  ): Promise<AiOutcome> {
    const { request } = job;
    const written = writeAiRequest(request, this.#deps.random);
    const answer = await this.#deps.net.request({
      method: "POST",
      url: `${session.uri}/${request.pipeline.name}`,
      header: new Headers({
        "content-type": written.contentType,
        authorization: aiWire.scheme,
        [segmentWire.paymentHeader]: payment.header,
        [segmentWire.segmentHeader]: await this.#credentials(job, session, signal),
      }),
      body: written.body(),
      signal,
    });
    if (answer.status !== 200) {
      const text = (await answerText(answer, maxErrorBytes)).trim();
      throw refusalOf(answer.status, text);
    }
    if ((answer.header.get("content-type") ?? "").startsWith(aiWire.eventStreamType)) {
      const events = await begun(readLlmEvents(answer.body));
      return { kind: "events", events };
    }
    const value = checkAnswer(request.pipeline, await readAnswer(answer, maxAnswerBytes));
    const files: AiFile[] = [];
    const named = await replaceUrls(value, async (url) => {
      const file = await this.#media(url, signal);
      files.push(file);
      return file.name;
    });
    return { kind: "json", value: named, files };
  }

  /** Whose job it is: the same credentials as for a segment, of no bytes. */
  async #credentials(job: AiSubmission, session: AiSession, signal: AbortSignal): Promise<string> {
    const claim = {
      manifestId: job.requestId,
      seqNo: 0n,
      hash: keccak256(concatBytes()),
      durationMs: 0,
      profiles: [],
      capabilities: job.capabilities,
      authToken: session.authToken,
    };
    const { signer, segmentSigner } = this.#deps;
    const segData =
      segmentSigner === undefined
        ? createSegData(claim, signer)
        : signedSegData(claim, await segmentSigner.signSegment(claim, signal));
    return encodeSegmentHeader(segData);
  }

  /** Media of an answer, out of it or from the orchestrator. */
  async #media(url: string, signal: AbortSignal): Promise<AiFile> {
    const inline = readDataUrl(url);
    if (inline !== undefined) {
      return { name: `${shortId(this.#deps.random)}${mediaExtension(inline.mediaType)}`, ...inline };
    }
    const name = URL.parse(url)?.pathname.split("/").at(-1) ?? "";
    const bytes = await this.#deps.client.download(url, downloadMs, signal, maxMediaBytes);
    const mediaType = mediaTypeOf(name);
    return { name: `${shortId(this.#deps.random)}${mediaExtension(mediaType)}`, mediaType, bytes };
  }
}

/** What a refusal of an orchestrator means for the job. */
function refusalOf(status: number, text: string): LpError {
  const fault = clientFault(text);
  if (fault !== undefined) return new AiRefusal(fault.status, "runner_refused", fault.text);
  const lower = text.toLowerCase();
  const [code, isTransient] = lower.includes("ticketparams expired")
    ? [aiTicketsExpiredCode, true]
    : lower.includes("invalid ticket sendernonce") || lower.includes(aiErrors.capacity)
      ? [aiElsewhereCode, true]
      : ["orchestrator_refused", false];
  return new LpError({
    code: code as string,
    message: text || `status ${status}`,
    details: { status, isTransient: isTransient as boolean },
    retryable: true,
  });
}
