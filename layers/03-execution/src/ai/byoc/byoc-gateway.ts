import {
  answerText,
  type Clock,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  hasErrorCode,
  type Logger,
  readBody,
  utf8,
} from "@livepeer-ts/kernel";
import { textAnswer } from "../../http/text-answer.ts";
import type { PaymentSender } from "../../ports/payment-sender.ts";
import { segmentWire } from "../../wire/segment-wire.ts";
import { aiWire } from "../wire/ai-wire.ts";
import { relayed } from "../wire/relayed.ts";
import { advancePayment } from "./byoc-payment.ts";
import { type ByocToken, type ByocTokensDeps, findTokens } from "./byoc-tokens.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import { clientJob, searchOf } from "./client-job.ts";
import { type ByocJob, writeJobHeader } from "./job-header.ts";
import { type SignJobDeps, signedJob } from "./sign-job.ts";
import { workerLines } from "./worker-lines.ts";

export type ByocGatewayOptions = {
  /** Browsers of other sites may ask (`LIVE_AI_ALLOW_CORS`). Default false. */
  readonly allowCors: boolean;
  /** Ms for the search of orchestrators, unless the client names another time. */
  readonly searchMs: number;
  /** Ms for the answer of one of them. */
  readonly answerMs: number;
};

export const defaultByocGatewayOptions: ByocGatewayOptions = { allowCors: false, searchMs: 2000, answerMs: 1500 };

export type ByocGatewayDeps = ByocTokensDeps &
  SignJobDeps & { readonly clock: Clock; readonly logger: Logger; readonly payments: PaymentSender };

/** Largest body of a job; it is kept for the next orchestrator. */
const maxBodyBytes = 64 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;
/** Seconds that a job gets beyond its own time, and an event stream beyond that. */
const graceSec = 5;
/** Seconds that are paid in advance at least. */
const advanceSec = 60;

const { path: paths, header: names, text } = byocWire;

/** Jobs for capabilities that others bring to orchestrators. */
export function byocGatewayRoutes(options: ByocGatewayOptions, deps: ByocGatewayDeps): readonly HttpRoute[] {
  return [
    {
      name: "job of an external capability",
      match: (_request, path) => path.startsWith(paths.request),
      handle: (request) => guarded(deps, () => serveJob(request, options, deps)),
    },
  ];
}

/** Runs a handler; what it refuses becomes the answer. */
export async function guarded(
  deps: Pick<ByocGatewayDeps, "logger">,
  serve: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  try {
    return await serve();
  } catch (error) {
    if (!(error instanceof ByocRefusal)) throw error;
    deps.logger.info("job of an external capability refused", { status: error.status, error: error.message });
    return textAnswer(error.status, error.message);
  }
}

async function serveJob(
  request: HttpRequest,
  options: ByocGatewayOptions,
  deps: ByocGatewayDeps,
): Promise<HttpResponse> {
  if (request.method !== "POST") return textAnswer(405, text.notAllowed);
  const job = await signedJob(clientJob(request, deps), deps, request.signal);
  const body = await readBody(request.body, maxBodyBytes).catch((error: unknown) => {
    if (!hasErrorCode(error, "body_too_large")) throw error;
    throw new ByocRefusal(413, "byoc_body", errorText(error), error);
  });
  const tokens = await findTokens(searchOf(request, job, options), deps, request.signal);
  if (tokens.length === 0) throw new ByocRefusal(400, "byoc_no_orchestrators", text.noOrchestrators(job.capability));
  let last = "none of them answered";
  for (const token of tokens) {
    try {
      const answer = await tryOne(request, job, body, token, deps);
      if (answer.kind === "answer") return answer.http;
      last = answer.why;
    } catch (error) {
      request.signal.throwIfAborted();
      last = errorText(error);
    }
    deps.logger.info("an orchestrator failed a job", {
      orchestrator: token.uri,
      capability: job.capability,
      error: last,
    });
  }
  throw new ByocRefusal(502, "byoc_all_failed", text.allFailed(job.capability, last));
}

type Attempt =
  | { readonly kind: "answer"; readonly http: HttpResponse }
  | { readonly kind: "failed"; readonly why: string };

async function tryOne(
  request: HttpRequest,
  job: ByocJob,
  body: Uint8Array,
  token: ByocToken,
  deps: ByocGatewayDeps,
): Promise<Attempt> {
  const { clock, net } = deps;
  const payment = await advancePayment(token, Math.max(advanceSec, job.timeoutSec), deps.payments);
  const deadline = clock.deadline((job.timeoutSec + graceSec) * 1000, request.signal);
  const startedAt = clock.mono();
  const type = request.header.get("content-type");
  let isStreaming = false;
  try {
    const answer = await net.request({
      method: "POST",
      url: `${token.uri}${new URL(request.url).pathname}`,
      header: new Headers({
        [names.job]: writeJobHeader(job),
        ...(type === null ? {} : { "content-type": type }),
        ...(payment === undefined ? {} : { [segmentWire.paymentHeader]: payment.header }),
      }),
      body,
      signal: deadline.signal,
    });
    const settle = () => payment?.settle(BigInt(Math.ceil((clock.mono() - startedAt) / 1000)));
    if (answer.status >= 400) {
      settle();
      const words = (await answerText(answer, maxErrorBytes)).trim();
      if (answer.status >= 500) return { kind: "failed", why: `${answer.status} ${words}` };
      return { kind: "answer", http: textAnswer(answer.status, words) };
    }
    const isEvents = (answer.header.get("content-type") ?? "").startsWith(aiWire.eventStreamType);
    const header = new Headers({ [names.orchestratorUrl]: token.uri });
    for (const name of [names.balance, names.metadata, "content-type", "content-length"]) {
      const value = answer.header.get(name);
      if (value !== null) header.set(name, value);
    }
    const end = () => {
      settle();
      deadline.clear();
    };
    isStreaming = true;
    if (isEvents) header.set("cache-control", "no-cache");
    return {
      kind: "answer",
      http: {
        status: answer.status,
        header,
        body: relayed(isEvents ? untilDone(answer.body) : answer.body, (chunk) => chunk, end),
      },
    };
  } catch (error) {
    payment?.spent();
    throw error;
  } finally {
    if (!isStreaming) deadline.clear();
  }
}

/** A stream of events up to the line that ends it. */
async function* untilDone(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const line of workerLines(body)) {
    yield utf8(`${line}\n`);
    if (line.includes("[DONE]")) {
      yield utf8("\n");
      return;
    }
  }
}
