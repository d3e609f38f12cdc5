import {
  bodyOf,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  hasErrorCode,
  LpError,
  readBody,
  sameSecret,
  type Tasks,
  toHex,
  uriDecoded,
  utf8,
} from "@livepeer-ts/kernel";
import {
  type IngestSink,
  type IngestStream,
  isPushPath,
  looksLikeMedia,
  maxSegmentBytes,
  parseHttpPush,
  parseStreamPath,
} from "@livepeer-ts/media";
import { jsonTextAnswer } from "../../http/json-answer.ts";
import { textAnswer } from "../../http/text-answer.ts";
import { liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import type { StreamOutlet } from "../ports/stream-outlet.ts";
import type { StreamPuller } from "../ports/stream-puller.ts";
import { aiWire } from "../wire/ai-wire.ts";
import { relayed } from "../wire/relayed.ts";
import { type ByocGatewayDeps, type ByocGatewayOptions, guarded } from "./byoc-gateway.ts";
import { askToken, type ByocToken, findTokens } from "./byoc-tokens.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import { clientJob, searchOf } from "./client-job.ts";
import type { Listener } from "./fan-out.ts";
import { GatewayStream, type GatewayStreamOptions, type GatewayStreamPlan } from "./gateway-stream.ts";
import { type ByocJob, jsonPart } from "./job-header.ts";
import { signedJob } from "./sign-job.ts";
import type { StreamAccess, StreamGrant } from "./stream-access.ts";
import { readStartRequest, type StartRequest, streamBody } from "./stream-request.ts";
import { defaultStreamSeatOptions } from "./stream-seat.ts";

export type ByocGatewayStreamsOptions = ByocGatewayOptions &
  GatewayStreamOptions & {
    /** Port of this node's RTMP server, for the addresses that clients are told. */
    readonly rtmpPort: () => number;
    /** Streams at once. Default 256. */
    readonly maxStreams: number;
    /** Ms for which an ended stream still says why it has ended. Default 60000. */
    readonly rememberMs: number;
  };

export const defaultByocGatewayStreamsOptions: Pick<
  ByocGatewayStreamsOptions,
  "seat" | "maxSwaps" | "inputIdleMs" | "maxStreams" | "rememberMs"
> = {
  seat: defaultStreamSeatOptions,
  maxSwaps: 2,
  inputIdleMs: 60_000,
  maxStreams: 256,
  rememberMs: 60_000,
};

export type ByocGatewayStreamsDeps = ByocGatewayDeps & {
  readonly tasks: Tasks;
  readonly access: StreamAccess;
  readonly outlet: StreamOutlet;
  readonly puller: StreamPuller;
};

/** Ended streams whose reason is known. */
const maxRemembered = 1000;
const maxFormBytes = 64 * 1024;
const keyBytes = 8;
const randomIdBytes = 16;
const sourceTypes: ReadonlySet<string> = new Set(["rtmpconn", "webrtcsession"]);

const { path: paths, header: names, text } = byocWire;

/** The streams of external capabilities of a gateway: mount `routes`, and let `ingest` see publishers first. */
export class ByocGatewayStreams {
  /** While true, no stream is started; those that run go on. */
  refusesNew = false;
  readonly #options: ByocGatewayStreamsOptions;
  readonly #deps: ByocGatewayStreamsDeps;
  readonly #streams = new Map<string, GatewayStream>();
  /** Ids that are being started. */
  readonly #opening = new Set<string>();
  readonly #ended = new Map<string, GatewayStream>();

  constructor(options: ByocGatewayStreamsOptions, deps: ByocGatewayStreamsDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get streams(): readonly GatewayStream[] {
    return [...this.#streams.values()];
  }

  get(id: string): GatewayStream | undefined {
    return this.#streams.get(id);
  }

  get routes(): readonly HttpRoute[] {
    return [
      {
        name: "stream of an external capability",
        match: (_request, path) => path.startsWith(paths.stream),
        handle: (request) => this.#serve(request),
      },
      {
        name: "segment of a stream of an external capability",
        match: (_request, path) => isPushPath(path) && this.#knows(parseStreamPath(path).manifestId),
        handle: (request) => guarded(this.#deps, () => this.#push(request)),
      },
    ];
  }

  /** Publishers of these streams; all others go to `others`. */
  ingest(others: IngestSink): IngestSink {
    return {
      publish: async (request): Promise<IngestStream> => {
        const { manifestId, rest } = parseStreamPath(new URL(request.url.replace(/^rtmps?:/, "http:")).pathname);
        const stream = this.#streams.get(manifestId);
        const end = this.#ended.get(manifestId)?.end;
        if (end !== undefined && stream === undefined) throw new LpError({ code: end.reason, message: end.message });
        if (stream === undefined) return others.publish(request);
        if (sameSecret(stream.plan.key, rest)) return stream.publish();
        const message =
          "the key of this stream is another one: publish to the rtmp_url that its start was answered with";
        throw new LpError({ code: "access_denied", message });
      },
      ...(others.pull === undefined
        ? {}
        : { pull: (request) => (others.pull as NonNullable<typeof others.pull>)(request) }),
    };
  }

  #knows(id: string): boolean {
    return this.#streams.has(id) || this.#ended.has(id);
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    const message = "the gateway is stopping";
    await Promise.all(this.streams.map((stream) => stream.stop("gateway_stopping", message)));
  }

  async #serve(request: HttpRequest): Promise<HttpResponse> {
    const cors: Readonly<Record<string, string>> = this.#options.allowCors
      ? { "access-control-allow-origin": "*", "access-control-allow-headers": "Content-Type" }
      : {};
    if (request.method === "OPTIONS") {
      const methods = this.#options.allowCors ? { "access-control-allow-methods": "OPTIONS, POST, GET" } : {};
      return { status: 204, header: new Headers({ ...cors, ...methods }), body: bodyOf(new Uint8Array(0)) };
    }
    const answer = await guarded(this.#deps, () => this.#route(request));
    for (const [name, value] of Object.entries(cors)) answer.header.set(name, value);
    return answer;
  }

  async #route(request: HttpRequest): Promise<HttpResponse> {
    const parts = new URL(request.url).pathname.slice(paths.stream.length).split("/");
    const [id = "", action] = parts.map(uriDecoded);
    const wants = (method: string) => request.method === method;
    if (parts.length === 1 && id === "start") return wants("POST") ? this.#start(request) : notAllowed();
    if (parts.length !== 2 || action === undefined) return textAnswer(404, text.noStream);
    if (action === "whip" || action === "whep") return noWebRtc(action);
    const handlers: Readonly<Record<string, readonly [string, (stream: GatewayStream) => Promise<HttpResponse>]>> = {
      stop: ["POST", (stream) => this.#stop(stream, request)],
      update: ["POST", (stream) => this.#update(stream, request)],
      rtmp: ["POST", (stream) => pullFrom(stream, request)],
      data: ["GET", async (stream) => dataOf(stream)],
      video: ["GET", async (stream) => videoOf(stream)],
      status: ["GET", async (stream) => jsonTextAnswer(200, JSON.stringify(stream.status()))],
    };
    const [method, handle] = (Object.hasOwn(handlers, action) ? handlers[action] : undefined) ?? [];
    if (method === undefined || handle === undefined) return textAnswer(404, text.noStream);
    if (!wants(method)) return notAllowed();
    const stream = this.#streams.get(id);
    if (stream !== undefined) return handle(stream);
    const ended = this.#ended.get(id);
    return this.#withReason(id, ended !== undefined && action === "status" ? await handle(ended) : undefined);
  }

  /** An answer about a stream that is not there, with the reason of its end. Default: 404. */
  #withReason(id: string, answer = textAnswer(404, text.noStream)): HttpResponse {
    const reason = this.#ended.get(id)?.end?.reason;
    if (reason !== undefined) answer.header.set(liveRunnerWire.header.reason, reason);
    return answer;
  }

  async #start(request: HttpRequest): Promise<HttpResponse> {
    if (this.refusesNew) throw new ByocRefusal(503, "draining", text.draining);
    const job = clientJob(request, this.#deps);
    const start = readStartRequest(await streamBody(request));
    const proposed = this.#idOf(start.name, start.streamId);
    const grant = await this.#admit(request, start, proposed);
    const id = grant.streamId === undefined ? proposed : this.#idOf("", grant.streamId);
    if (this.#streams.has(id) || this.#opening.has(id))
      throw new ByocRefusal(400, "byoc_stream_exists", text.streamRunning(id));
    if (this.#streams.size + this.#opening.size >= this.#options.maxStreams) {
      const message = `this gateway has ${this.#options.maxStreams} streams of capabilities: try again later`;
      throw new ByocRefusal(503, "byoc_too_many_streams", message);
    }
    this.#opening.add(id);
    try {
      const outputs = grant.outputs ?? start.outputs;
      for (const url of outputs) await this.#deps.outlet.check(url).catch(badOutput);
      const search = searchOf(request, job, this.#options);
      const tokens = await findTokens(search, this.#deps, request.signal);
      if (tokens.length === 0)
        throw new ByocRefusal(400, "byoc_no_orchestrators", text.noOrchestrators(job.capability));
      const plan = await this.#plan(id, job, start, { ...grant, outputs }, request.signal);
      const stream = this.#newStream(plan, tokens, search.answerMs);
      await stream.start(request.signal);
      this.#streams.set(id, stream);
      this.#ended.delete(id);
      this.#deps.logger.info("stream of a capability started", {
        stream: id,
        capability: job.capability,
        orchestrator: stream.uri,
      });
      return jsonTextAnswer(200, JSON.stringify(this.#urls(plan, request)));
    } finally {
      this.#opening.delete(id);
    }
  }

  async #plan(
    id: string,
    job: ByocJob,
    start: StartRequest,
    grant: StreamGrant,
    signal: AbortSignal,
  ): Promise<GatewayStreamPlan> {
    const wanted = jsonPart(job.parameters);
    const manage = { ...job, id, request: JSON.stringify({ ...jsonPart(job.request), stream_id: id }) };
    const body = { stream_name: start.name, stream_id: id, params: grant.parameters ?? start.parameters };
    return {
      id,
      key: toHex(this.#deps.random.bytes(keyBytes)).slice(2),
      capability: job.capability,
      jobs: {
        start: await signedJob({ ...job, id }, this.#deps, signal),
        manage: await signedJob(manage, this.#deps, signal),
      },
      body: utf8(JSON.stringify(body)),
      takesVideo: wanted["enable_video_ingress"] === true,
      givesVideo: wanted["enable_video_egress"] === true,
      givesData: wanted["enable_data_output"] === true,
      outputs: wanted["enable_video_egress"] === true ? (grant.outputs ?? []) : [],
    };
  }

  #newStream(plan: GatewayStreamPlan, tokens: readonly ByocToken[], answerMs: number): GatewayStream {
    const { capability } = plan;
    return new GatewayStream(plan, tokens, this.#options, {
      ...this.#deps,
      freshToken: (uri, signal) => askToken(uri, { capability, answerMs }, this.#deps, signal),
      sharers: (uri) =>
        this.streams.filter((stream) => stream.uri === uri && stream.plan.capability === capability).length,
      onEnd: (stream) => this.#onEnd(stream),
    });
  }

  async #admit(request: HttpRequest, start: StartRequest, id: string): Promise<StreamGrant> {
    const { origin, host, search } = new URL(request.url);
    const url = (action: string) => `${origin}${paths.stream}${id}/${action}`;
    const asked = {
      name: start.name,
      id,
      gatewayHost: host,
      statusUrl: url("status"),
      updateUrl: url("update"),
      query: search.slice(1),
    };
    try {
      return await this.#deps.access.check(asked, request.signal);
    } catch (error) {
      request.signal.throwIfAborted();
      if (hasErrorCode(error, "access_denied"))
        throw new ByocRefusal(403, "byoc_denied", `${text.denied}: ${errorText(error)}`, error);
      throw new ByocRefusal(503, "byoc_access_unknown", errorText(error), error);
    }
  }

  #idOf(name: string, streamId: string): string {
    const last = streamId === "" ? toHex(this.#deps.random.bytes(randomIdBytes)).slice(2) : streamId;
    const id = name === "" ? last : `${name}-${last}`;
    if (/^[A-Za-z0-9_.-]{1,100}$/.test(id) && id !== "start") return id;
    const message = "stream_name and stream_id are at most 100 letters, digits, dots, underscores and hyphens together";
    throw new ByocRefusal(400, "byoc_bad_id", message);
  }

  #urls({ id, key, takesVideo, givesVideo, givesData, outputs }: GatewayStreamPlan, request: HttpRequest) {
    const { origin, hostname } = new URL(request.url);
    const own = (action: string) => `${origin}${paths.stream}${id}/${action}`;
    return {
      stream_id: id,
      whip_url: "",
      whep_url: "",
      rtmp_url: takesVideo ? `rtmp://${hostname}:${this.#options.rtmpPort()}/${id}/${key}` : "",
      rtmp_output_url: outputs.join(","),
      update_url: own("update"),
      status_url: own("status"),
      data_url: givesData ? own("data") : "",
      stop_url: own("stop"),
      // ours: segments by HTTP, and the worker's video as one MPEG-TS
      push_url: takesVideo ? `${origin}/live/${id}/${key}/` : "",
      video_url: givesVideo ? own("video") : "",
    };
  }

  async #stop(stream: GatewayStream, request: HttpRequest): Promise<HttpResponse> {
    const body = await streamBody(request);
    const answer = await stream.stop("stopped_by_client", "its client stopped it", body);
    return workerAnswer(200, answer?.body ?? new Uint8Array(0));
  }

  async #update(stream: GatewayStream, request: HttpRequest): Promise<HttpResponse> {
    if (request.header.has(names.job)) clientJob(request, this.#deps);
    const body = await streamBody(request);
    const type = request.header.get("content-type") ?? undefined;
    try {
      const answer = await stream.update(body, type, request.signal);
      return workerAnswer(answer.status, answer.body);
    } catch (error) {
      request.signal.throwIfAborted();
      throw new ByocRefusal(502, "byoc_update_failed", text.workerFailed(errorText(error)), error);
    }
  }

  async #push(request: HttpRequest): Promise<HttpResponse> {
    const push = parseHttpPush(request);
    const path = parseStreamPath(new URL(request.url).pathname);
    const stream = this.#streams.get(path.manifestId);
    if (stream === undefined) return this.#withReason(path.manifestId);
    const [key = "", ...more] = path.rest.split("/");
    if (more.length !== 1 || !sameSecret(stream.plan.key, key))
      throw new ByocRefusal(403, "byoc_key", "the key of this stream is another one: push to its push_url");
    if (!stream.plan.takesVideo)
      throw new ByocRefusal(400, "byoc_no_ingest", "this stream takes no video: start it with enable_video_ingress");
    const bytes = await readBody(request.body, Math.min(maxSegmentBytes, maxPushBytes)).catch((error: unknown) => {
      throw new ByocRefusal(413, "byoc_body", errorText(error), error);
    });
    if (push.container !== "mpegts" || !looksLikeMedia(bytes))
      throw new ByocRefusal(422, "byoc_not_media", "this is no MPEG-TS segment");
    stream.take({ seqNo: push.seqNo, bytes, durationMs: push.durationMs, container: push.container });
    return { status: 200, header: new Headers({ "content-length": "0" }), body: bodyOf(new Uint8Array(0)) };
  }

  #onEnd(stream: GatewayStream): void {
    const { id } = stream.plan;
    if (this.#streams.get(id) !== stream) return;
    this.#streams.delete(id);
    this.#ended.set(id, stream);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > maxRemembered && oldest !== undefined) this.#ended.delete(oldest);
    this.#deps.tasks.spawn("forget stream", async (signal) => {
      await this.#deps.clock.sleep(this.#options.rememberMs, signal);
      if (this.#ended.get(id) === stream) this.#ended.delete(id);
    });
  }
}

/** Largest segment that a channel takes. */
const maxPushBytes = 64 * 1024 * 1024;

/** The media server's hook: `source_id`, `source_type`. The video is fetched from whoever calls. */
async function pullFrom(stream: GatewayStream, request: HttpRequest): Promise<HttpResponse> {
  const body = await readBody(request.body, maxFormBytes).catch((error: unknown) => {
    throw new ByocRefusal(413, "byoc_body", errorText(error), error);
  });
  const form = new URLSearchParams(new TextDecoder().decode(body));
  if ((form.get("source_id") ?? "") === "") throw new ByocRefusal(400, "byoc_source", text.missingSourceId);
  const type = form.get("source_type") ?? "";
  if (type === "") throw new ByocRefusal(400, "byoc_source", text.missingSourceType);
  if (!sourceTypes.has(type.toLowerCase())) throw new ByocRefusal(400, "byoc_source", text.unknownSource);
  const { address } = request.peer;
  try {
    stream.pull(`rtmp://${address.includes(":") ? `[${address}]` : address}/${stream.plan.id}`);
  } catch (error) {
    throw new ByocRefusal(hasErrorCode(error, "stream_exists") ? 409 : 400, "byoc_source", errorText(error), error);
  }
  return { status: 200, header: new Headers({ "content-length": "0" }), body: bodyOf(new Uint8Array(0)) };
}

/** Events of the data that the worker sends: one for each line. */
function dataOf(stream: GatewayStream): HttpResponse {
  if (!stream.plan.givesData) throw new ByocRefusal(503, "byoc_no_data", text.noData);
  const end = () => `event: end\ndata: ${JSON.stringify(stream.end ?? {})}\n\n`;
  const header = new Headers({ "content-type": aiWire.eventStreamType, "cache-control": "no-cache" });
  const listener = listen(() => stream.data.listen());
  const body = async function* (): AsyncGenerator<Uint8Array> {
    for await (const line of listener) yield utf8(`data: ${line}\n\n`);
    yield utf8(end());
  };
  return { status: 200, header, body: left(body(), listener) };
}

/** The worker's video, from its next segment on. */
function videoOf(stream: GatewayStream): HttpResponse {
  if (!stream.plan.givesVideo) throw new ByocRefusal(503, "byoc_no_video", text.noVideo);
  const listener = listen(() => stream.media.listen());
  const body = async function* (): AsyncGenerator<Uint8Array> {
    for await (const { bytes } of listener) yield bytes;
  };
  const header = new Headers({ "content-type": "video/mp2t", "cache-control": "no-cache" });
  return { status: 200, header, body: left(body(), listener) };
}

function listen<T>(begin: () => Listener<T>): Listener<T> {
  try {
    return begin();
  } catch (error) {
    throw new ByocRefusal(503, "byoc_listeners", errorText(error), error);
  }
}

/** A body whose listener leaves when nobody reads any more. */
function left(body: AsyncIterable<Uint8Array>, listener: { leave(): void }): AsyncIterable<Uint8Array> {
  return relayed(
    body,
    (chunk) => chunk,
    () => listener.leave(),
  );
}

function workerAnswer(status: number, body: Uint8Array): HttpResponse {
  const header = { "content-type": "text/plain; charset=utf-8", "content-length": String(body.length) };
  return { status, header: new Headers(header), body: bodyOf(body) };
}

/** WebRTC is not built: the answer says so, and what to use instead. */
function noWebRtc(action: "whip" | "whep"): HttpResponse {
  const instead =
    action === "whip"
      ? "publish to rtmp_url or push_url of the start's answer"
      : "play video_url of the start's answer";
  const message = `this gateway has no WebRTC, so no ${action.toUpperCase()}: ${instead}`;
  return jsonTextAnswer(501, JSON.stringify({ error: { code: "not_built", message } }));
}

function notAllowed(): HttpResponse {
  return textAnswer(405, text.notAllowed);
}

function badOutput(error: unknown): never {
  throw new ByocRefusal(400, "byoc_output", errorText(error), error);
}
