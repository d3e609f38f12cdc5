import {
  bodyOf,
  errorText,
  type HttpRequest,
  type HttpResponse,
  hasErrorCode,
  LpError,
  readAnswer,
  readBody,
  type Tasks,
  utf8,
} from "@livepeer-ts/kernel";
import type { TrickleChannel, TrickleStore } from "@livepeer-ts/media";
import { textAnswer } from "../../http/text-answer.ts";
import { liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import {
  balanceText,
  charge,
  checkBalance,
  readSignedJob,
  type SignedJob,
  takePayment,
  takePlace,
} from "./byoc-admission.ts";
import type { ByocJobsDeps } from "./byoc-jobs.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import type { ExternalCapability, Place } from "./external-capabilities.ts";
import { jsonPart } from "./job-header.ts";
import { callWorker } from "./worker-call.ts";

export type ByocStreamsDeps = ByocJobsDeps & {
  readonly trickle: TrickleStore;
  readonly serviceUri: string;
  readonly tasks: Tasks;
};

/** Seconds between two charges of a stream. */
const chargeSec = 23;
/** Largest body of a call. */
const maxBodyBytes = 10 * 1024 * 1024;
const maxAnswerBytes = 1024 * 1024;

const { header: names, text } = byocWire;

type Stream = {
  readonly id: string;
  readonly job: SignedJob;
  readonly place: Place;
  readonly channels: readonly TrickleChannel[];
  readonly urls: Readonly<Record<string, string>>;
  stopCharging: () => void;
  isShort: boolean;
};

/** Why a stream has ended here; gateways read it in `Livepeer-Reason`. */
type EndReason = "stopped_by_client" | "insufficient_balance" | "abandoned" | "worker_refused";

/** Ended streams whose reason is known. */
const maxRemembered = 1000;

/** The streams of external capabilities on an orchestrator. */
export class ByocStreams {
  readonly #deps: ByocStreamsDeps;
  readonly #streams = new Map<string, Stream>();
  readonly #reasons = new Map<string, EndReason>();

  constructor(deps: ByocStreamsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** `/ai/stream/start|stop|update|payment`. Throws refusals. */
  async serve(request: HttpRequest, action: string): Promise<HttpResponse> {
    const job = readSignedJob(request, this.#deps.signer);
    if (action === "start") return this.#start(request, job);
    if (action === "payment") {
      await takePayment(request, job, this.#deps);
      return {
        status: 200,
        header: new Headers({ ...this.#balance(job), ...this.#reason(job), "content-length": "0" }),
        body: bodyOf(utf8("")),
      };
    }
    const id = streamIdOf(job);
    const stream = this.#streams.get(id);
    const capability = stream?.place.capability ?? this.#deps.capabilities.get(job.capability);
    if (capability === undefined) throw new ByocRefusal(404, "byoc_no_stream", text.noStream);
    if (stream !== undefined && stream.job.from !== job.from)
      throw new ByocRefusal(400, "byoc_credentials", text.badCredentials);
    try {
      const type = request.header.get("content-type");
      const path = action === "stop" ? "/stream/stop" : "/stream/params";
      const header = { [names.streamId]: id, ...(type === null || action === "stop" ? {} : { "content-type": type }) };
      const { status, body } = await this.#ask(capability, job, path, header, await bodyBytes(request), request.signal);
      return {
        status,
        header: new Headers({
          "content-type": "text/plain; charset=utf-8",
          "content-length": String(body.length),
        }),
        body: bodyOf(body),
      };
    } finally {
      if (action === "stop" && stream !== undefined) this.#end(stream, "stopped_by_client");
    }
  }

  async #start(request: HttpRequest, job: SignedJob): Promise<HttpResponse> {
    const id = job.id;
    if (!/^[A-Za-z0-9_.-]{1,128}$/.test(id))
      throw new ByocRefusal(400, "byoc_bad_id", "id must be 1 to 128 letters, digits, dots, underscores or hyphens");
    const known = this.#streams.get(id);
    if (known !== undefined) {
      const refused = textAnswer(500, text.streamExists);
      for (const [name, value] of Object.entries({ ...known.urls, ...this.#balance(job) }))
        refused.header.set(name, value);
      return refused;
    }
    const place = takePlace(job, this.#deps);
    let stream: Stream | undefined;
    this.#reasons.delete(id);
    try {
      await takePayment(request, job, this.#deps);
      checkBalance(job, place.capability, this.#deps.recipient, 402);
      const body = jsonPart(new TextDecoder().decode(await bodyBytes(request)));
      stream = this.#open(id, job, place);
      this.#streams.set(id, stream);
      const asked = { ...workerView(stream.urls), ...body };
      const sent = utf8(JSON.stringify({ gateway_request_id: id, ...asked }));
      const header = { [names.streamId]: id, "content-type": "application/json" };
      const { status } = await this.#ask(place.capability, job, "/stream/start", header, sent, request.signal);
      if (status === 401) {
        this.#deps.capabilities.remove(job.capability);
        throw new ByocRefusal(500, "byoc_worker_refused", text.streamWorkerFailed);
      }
      if (status >= 400) throw new ByocRefusal(502, "byoc_worker_refused", `${text.streamWorkerFailed} (${status})`);
      this.#beginCharging(stream);
      const own = { ...stream.urls, ...this.#balance(job), "content-length": "0" };
      return { status: 200, header: new Headers(own), body: bodyOf(utf8("")) };
    } catch (error) {
      if (stream !== undefined) this.#end(stream, "worker_refused");
      place.release();
      throw error;
    }
  }

  #open(id: string, job: SignedJob, place: Place): Stream {
    const { trickle, serviceUri } = this.#deps;
    const wanted = jsonPart(job.parameters);
    const plan: readonly (readonly [string, string, string, boolean])[] = [
      [names.controlUrl, `${id}-control`, "application/json", true],
      [names.eventsUrl, `${id}-events`, "application/json", true],
      [names.publishUrl, id, "video/MP2T", wanted["enable_video_ingress"] === true],
      [names.subscribeUrl, `${id}-out`, "video/MP2T", wanted["enable_video_egress"] === true],
      [names.dataUrl, `${id}-data`, "application/jsonl", wanted["enable_data_output"] === true],
    ];
    const chosen = plan.filter(([, , , isWanted]) => isWanted);
    if (chosen.some(([, name]) => trickle.get(name) !== undefined))
      throw new ByocRefusal(409, "byoc_id_in_use", "a channel of that id exists: choose another id");
    const channels: TrickleChannel[] = [];
    try {
      const onClose = () => this.#channelClosed(id);
      for (const [, name, mimeType] of chosen) channels.push(trickle.create({ name, mimeType, onClose }));
    } catch (error) {
      for (const channel of channels) channel.close();
      if (!(error instanceof LpError)) throw error;
      throw new ByocRefusal(503, "byoc_no_channels", errorText(error), error);
    }
    const { basePath } = trickle.options;
    const urls = Object.fromEntries(chosen.map(([header, name]) => [header, `${serviceUri}${basePath}${name}`]));
    return { id, job, place, channels, urls, stopCharging: () => {}, isShort: false };
  }

  /** Who runs out of money is warned for one round; then the stream ends. */
  #beginCharging(stream: Stream): void {
    const { clock, recipient, tasks, logger } = this.#deps;
    const { job, place, id } = stream;
    const round = async () => {
      if (recipient.recipient === undefined) return;
      charge(job, place.capability, chargeSec, recipient);
      const isShort = recipient.balanceOf(job.from, job.capability).num < 0n;
      if (isShort && stream.isShort) {
        logger.info("a stream has run out of money", { stream: id, capability: job.capability, sender: job.from });
        this.#end(stream, "insufficient_balance");
        await this.#tellStop(stream, tasks.signal);
        return;
      }
      stream.isShort = isShort;
    };
    stream.stopCharging = clock.every(chargeSec * 1000, round, tasks);
  }

  async #tellStop({ place, job, id }: Stream, signal: AbortSignal): Promise<void> {
    const header = { [names.streamId]: id, "content-type": "application/json" };
    await this.#ask(place.capability, job, "/stream/stop", header, utf8("{}"), signal).catch((error: unknown) =>
      this.#deps.logger.info("a worker could not be told to stop", { stream: id, error: errorText(error) }),
    );
  }

  /** Channels end when nobody writes to them: with the last one nobody is left of the stream. */
  #channelClosed(id: string): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.channels.some((channel) => !channel.isClosed)) return;
    this.#deps.logger.info("a stream was abandoned", { stream: id, capability: stream.job.capability });
    this.#end(stream, "abandoned");
    this.#deps.tasks.spawn("tell worker", (signal) => this.#tellStop(stream, signal));
  }

  #end(stream: Stream, reason: EndReason): void {
    if (this.#streams.get(stream.id) !== stream) return;
    this.#streams.delete(stream.id);
    this.#reasons.delete(stream.id);
    this.#reasons.set(stream.id, reason);
    const [oldest] = this.#reasons.keys();
    if (this.#reasons.size > maxRemembered && oldest !== undefined) this.#reasons.delete(oldest);
    stream.stopCharging();
    for (const channel of stream.channels) channel.close();
    stream.place.release();
  }

  async #ask(
    capability: ExternalCapability,
    job: SignedJob,
    path: string,
    header: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly body: Uint8Array }> {
    const timeoutMs = job.timeoutSec * 1000;
    try {
      const { answer, done } = await callWorker(capability, { path, header, body }, timeoutMs, this.#deps, signal);
      try {
        return { status: answer.status, body: await readAnswer(answer, maxAnswerBytes) };
      } finally {
        done();
      }
    } catch (error) {
      signal.throwIfAborted();
      const isLate = hasErrorCode(error, "worker_timeout");
      throw new ByocRefusal(isLate ? 504 : 502, "byoc_worker_failed", text.workerFailed(errorText(error)), error);
    }
  }

  /** Why the stream that a payment names is over; nothing while it runs. */
  #reason(job: SignedJob): Readonly<Record<string, string>> {
    const id = streamIdOf(job);
    const reason = this.#streams.has(id) ? undefined : this.#reasons.get(id);
    return reason === undefined ? {} : { [liveRunnerWire.header.reason]: reason };
  }

  #balance(job: SignedJob): Readonly<Record<string, string>> {
    return { [names.balance]: balanceText(job, this.#deps.recipient) };
  }
}

/** What the worker reads of the channels: it takes what the client publishes, and the other way round. */
function workerView(urls: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const pairs = [
    ["control_url", urls[names.controlUrl]],
    ["events_url", urls[names.eventsUrl]],
    ["subscribe_url", urls[names.publishUrl]],
    ["publish_url", urls[names.subscribeUrl]],
    ["data_url", urls[names.dataUrl]],
  ] as const;
  return Object.fromEntries(pairs.filter((pair): pair is readonly [(typeof pair)[0], string] => pair[1] !== undefined));
}

function streamIdOf(job: SignedJob): string {
  const named = jsonPart(job.request)["stream_id"];
  return typeof named === "string" && named !== "" ? named : job.id;
}

async function bodyBytes(request: HttpRequest): Promise<Uint8Array> {
  try {
    return await readBody(request.body, maxBodyBytes);
  } catch (error) {
    if (!hasErrorCode(error, "body_too_large")) throw error;
    throw new ByocRefusal(413, "byoc_body", errorText(error), error);
  }
}
