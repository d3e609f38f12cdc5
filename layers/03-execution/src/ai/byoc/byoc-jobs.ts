import {
  bodyOf,
  type Clock,
  errorText,
  formatDecimal,
  type HttpRequest,
  type HttpResponse,
  hasErrorCode,
  type Net,
  readAnswer,
  utf8,
} from "@livepeer-ts/kernel";
import { textAnswer } from "../../http/text-answer.ts";
import { aiWire } from "../wire/ai-wire.ts";
import { relayed } from "../wire/relayed.ts";
import {
  type ByocAdmissionDeps,
  balanceOf,
  balanceText,
  charge,
  checkBalance,
  readSignedJob,
  type SignedJob,
  takePayment,
  takePlace,
} from "./byoc-admission.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import type { Place } from "./external-capabilities.ts";
import { callWorker } from "./worker-call.ts";
import { workerLines } from "./worker-lines.ts";

export type ByocJobsDeps = ByocAdmissionDeps & { readonly net: Net; readonly clock: Clock };

/** Largest answer of a worker that is no stream of events. */
const maxAnswerBytes = 64 * 1024 * 1024;
/** Seconds of a stream of events that are charged at a time. */
const chargeSec = 5;

const { header: names, text } = byocWire;

/** `POST /process/request/…` on an orchestrator: credentials, place, payment, work, charge. Throws refusals. */
export async function serveByocJob(request: HttpRequest, route: string, deps: ByocJobsDeps): Promise<HttpResponse> {
  const job = readSignedJob(request, deps.signer);
  const place = takePlace(job, deps);
  let isRunning = false;
  try {
    await takePayment(request, job, deps);
    checkBalance(job, place.capability, deps.recipient, 400);
    const answer = await work(request, route, job, place, deps);
    isRunning = answer.isRunning;
    return answer.http;
  } finally {
    if (!isRunning) place.release();
  }
}

/** An answer, and whether the worker is still at it. */
type WorkAnswer = { readonly http: HttpResponse; readonly isRunning: boolean };

async function work(
  request: HttpRequest,
  route: string,
  job: SignedJob,
  place: Place,
  deps: ByocJobsDeps,
): Promise<WorkAnswer> {
  const { clock, recipient, capabilities, logger } = deps;
  const startedAt = clock.mono();
  const elapsedSec = () => Math.ceil((clock.mono() - startedAt) / 1000);
  const sent = ["content-type", "content-length"].flatMap((name) => {
    const value = request.header.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const call = { path: `/${route}`, header: Object.fromEntries(sent), body: request.body };
  const { capability } = place;
  const reached = await callWorker(capability, call, job.timeoutSec * 1000, deps, request.signal).catch(
    (error: unknown) => {
      charge(job, capability, elapsedSec(), recipient);
      if (hasErrorCode(error, "worker_timeout")) {
        throw new ByocRefusal(504, "byoc_timeout", text.workerFailed(errorText(error)), error);
      }
      if (!hasErrorCode(error, "worker_unreachable")) throw error;
      logger.warn("a worker is gone; its capability is removed", {
        capability: job.capability,
        error: causeText(error),
      });
      capabilities.remove(job.capability);
      throw new ByocRefusal(500, "byoc_worker_gone", text.workerGone(errorText(error)), error);
    },
  );
  const { answer } = reached;
  const metadata = answer.header.get(names.metadata) ?? "";
  if ((answer.header.get("content-type") ?? "").startsWith(aiWire.eventStreamType) && answer.status < 400) {
    const end = () => {
      reached.done();
      place.release();
    };
    const header = new Headers({
      "content-type": aiWire.eventStreamType,
      "cache-control": "no-cache",
      [names.streamBalance]: balanceText(job, recipient),
      [names.metadata]: metadata,
    });
    return {
      http: { status: answer.status, header, body: events(answer, job, place, deps, startedAt, end) },
      isRunning: true,
    };
  }
  let body: Uint8Array;
  try {
    body = await readAnswer(answer, maxAnswerBytes);
  } catch (error) {
    request.signal.throwIfAborted();
    throw new ByocRefusal(502, "byoc_bad_answer", text.workerFailed(errorText(error)), error);
  } finally {
    reached.done();
    charge(job, capability, elapsedSec(), recipient);
  }
  const own = { [names.balance]: balanceText(job, recipient), [names.metadata]: metadata };
  if (answer.status === 401) {
    logger.warn("a worker refused its own token; its capability is removed", { capability: job.capability });
    capabilities.remove(job.capability);
  }
  if (answer.status >= 400) {
    const refused = textAnswer(answer.status, new TextDecoder().decode(body));
    for (const [name, value] of Object.entries(own)) refused.header.set(name, value);
    return { http: refused, isRunning: false };
  }
  const type = answer.header.get("content-type");
  const header = new Headers({
    ...own,
    ...(type === null ? {} : { "content-type": type }),
    "content-length": String(body.length),
  });
  return { http: { status: answer.status, header, body: bodyOf(body) }, isRunning: false };
}

/**
 * A worker's events, charged as they come. The last one is preceded by what the sender has left; when that is nothing, the stream
 * ends.
 */
function events(
  answer: HttpResponse,
  job: SignedJob,
  place: Place,
  { clock, recipient, logger }: ByocJobsDeps,
  startedAt: number,
  end: () => void,
): AsyncIterable<Uint8Array> {
  let chargedSec = 0;
  const chargeUpTo = (seconds: number) => {
    if (seconds <= chargedSec) return;
    charge(job, place.capability, seconds - chargedSec, recipient);
    chargedSec = seconds;
  };
  const elapsed = () => (clock.mono() - startedAt) / 1000;
  const lines = workerLines(answer.body);
  const relay = async function* (): AsyncGenerator<Uint8Array> {
    for await (const line of lines) {
      if (line.includes("[DONE]")) break;
      yield utf8(`${line}\n`);
      chargeUpTo(Math.floor(elapsed() / chargeSec) * chargeSec);
      if (balanceOf(job, recipient).num < 0n) {
        yield utf8('event: insufficient balance\ndata: {"balance": 0}\n\ndata: [DONE]\n\n');
        return;
      }
    }
    chargeUpTo(Math.ceil(elapsed()));
    yield utf8(`data: {"balance": ${formatDecimal(balanceOf(job, recipient), 3)}}\n\n\ndata: [DONE]\n\n`);
  };
  return relayed(
    relay(),
    (chunk) => chunk,
    (how) => {
      if (how.kind === "broken")
        logger.info("a worker's events broke off", { capability: job.capability, error: errorText(how.error) });
      chargeUpTo(Math.ceil(elapsed()));
      end();
    },
  );
}

function causeText(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? errorText(error.cause) : errorText(error);
}
