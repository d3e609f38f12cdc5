import { addressFromBytes, checksumAddress, errorText, LpError, type Tasks } from "@livepeer-ts/kernel";
import type { IngestStream, MediaSegment } from "@livepeer-ts/media";
import type { StreamOutlet } from "../ports/stream-outlet.ts";
import type { StreamPuller } from "../ports/stream-puller.ts";
import type { ByocToken } from "./byoc-tokens.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import { FanOut } from "./fan-out.ts";
import type { StreamCallAnswer } from "./stream-call.ts";
import type { StreamEnd, StreamEndReason } from "./stream-end.ts";
import {
  type MediaChunk,
  type SeatDeps,
  type SeatHooks,
  type SeatJobs,
  StreamSeat,
  type StreamSeatOptions,
} from "./stream-seat.ts";

export type GatewayStreamOptions = {
  readonly seat: StreamSeatOptions;
  /** Swaps within a minute; one more ends the stream. Default 2. */
  readonly maxSwaps: number;
  /** Ms without video from the publisher; then the stream ends. Default 60000. */
  readonly inputIdleMs: number;
};

export type GatewayStreamPlan = {
  readonly id: string;
  /** What publishers must know beside the id. */
  readonly key: string;
  readonly capability: string;
  readonly jobs: SeatJobs;
  /** JSON that the worker begins with. */
  readonly body: Uint8Array;
  readonly takesVideo: boolean;
  readonly givesVideo: boolean;
  readonly givesData: boolean;
  /** RTMP servers that get the worker's video. */
  readonly outputs: readonly string[];
};

export type GatewayStreamDeps = Omit<SeatDeps, "sharers"> & {
  readonly sharers: (uri: string) => number;
  readonly outlet: StreamOutlet;
  readonly puller: StreamPuller;
  readonly onEnd: (stream: GatewayStream) => void;
};

const swapWindowMs = 60_000;
const stopMs = 5000;
const updateTries = 3;
const updatePauseMs = 100;
/** Ms between two tries to publish at a server, or to fetch from one. */
const restartMs = 5000;
const maxPullFailures = 3;
/** Who watches, or reads data, at once; and what waits for each of them. */
const mediaLimits = { maxListeners: 64, maxItems: 4096, maxSize: 16 * 1024 * 1024 };
const dataLimits = { maxListeners: 256, maxItems: 4096, maxSize: 4 * 1024 * 1024 };

type Update = { readonly body: Uint8Array; readonly contentType: string | undefined };

/** A stream of an external capability on a gateway: one orchestrator after the other works on it. */
export class GatewayStream {
  readonly plan: GatewayStreamPlan;
  readonly data = new FanOut<string>({ ...dataLimits, sizeOf: (line) => line.length });
  readonly media = new FanOut<MediaChunk>({
    ...mediaLimits,
    sizeOf: ({ bytes }) => bytes.length,
    isBeginning: ({ isFirst }) => isFirst,
  });
  readonly #options: GatewayStreamOptions;
  readonly #deps: GatewayStreamDeps;
  readonly #tasks: Tasks;
  readonly #kick = new AbortController();
  readonly #startedAt: number;
  #left: readonly ByocToken[];
  #seat: StreamSeat | undefined;
  #wish: StreamEnd | undefined;
  #isPublished = false;
  #inputAt: number;
  #inputCount = 0;
  #update: Update | undefined;
  #swaps: number[] = [];
  #swapCount = 0;
  #lastFault: { readonly end: StreamEnd; readonly at: number } | undefined;
  #event: Readonly<Record<string, unknown>> = {};
  /** Undefined while it runs. */
  end: (StreamEnd & { readonly at: number }) | undefined;

  constructor(
    plan: GatewayStreamPlan,
    tokens: readonly ByocToken[],
    options: GatewayStreamOptions,
    deps: GatewayStreamDeps,
  ) {
    this.plan = plan;
    this.#left = tokens;
    this.#options = options;
    this.#deps = deps;
    this.#tasks = deps.tasks.child("stream of a capability");
    this.#startedAt = deps.clock.now();
    this.#inputAt = deps.clock.mono();
  }

  /** Orchestrator that works on it now. */
  get uri(): string | undefined {
    return this.#seat?.uri;
  }

  /** Begins at the first orchestrator that takes it. Rejects with a refusal when none does. */
  async start(signal: AbortSignal): Promise<void> {
    const [seat, why] = await this.#nextSeat(true, signal);
    if (seat === undefined) {
      await this.#tasks.stop();
      throw new ByocRefusal(502, "byoc_all_failed", byocWire.text.allFailed(this.plan.capability, why));
    }
    this.#seat = seat;
    this.#deps.tasks.spawn("stream of a capability", () => this.#live(seat));
    for (const url of this.plan.outputs) this.#tasks.spawn("send video on", (s) => this.#sendOn(url, s));
    if (this.plan.takesVideo) this.#tasks.spawn("watch the publisher", (s) => this.#watchInput(s));
  }

  /** Lets a publisher in. Throws `stream_exists`, `no_ingest`, or why the stream has ended. */
  publish(): IngestStream {
    const { id } = this.plan;
    if (this.end !== undefined) throw new LpError({ code: this.end.reason, message: this.end.message });
    if (!this.plan.takesVideo)
      throw new LpError({ code: "no_ingest", message: `"${id}" takes no video: start it with enable_video_ingress` });
    if (this.#isPublished)
      throw new LpError({ code: "stream_exists", message: `"${id}" has a publisher already: end that one first` });
    this.#isPublished = true;
    return {
      manifestId: id,
      closed: this.#kick.signal,
      segment: async (segment) => this.take(segment),
      end: async () => {
        this.#isPublished = false;
      },
    };
  }

  /** Takes a segment of the publisher's. Throws why the stream has ended, or `bad_container`. */
  take({ bytes, container }: MediaSegment): void {
    if (this.end !== undefined) throw new LpError({ code: this.end.reason, message: this.end.message });
    if (container !== "mpegts")
      throw new LpError({ code: "bad_container", message: "workers get MPEG-TS: push .ts segments" });
    this.#inputAt = this.#deps.clock.mono();
    this.#inputCount++;
    this.#seat?.accept(bytes);
  }

  /** Fetches the video from a media server until that ends, or the stream does. Throws as `publish`. */
  pull(url: string): void {
    const ingest = this.publish();
    this.#tasks.spawn("fetch video", async (signal) => {
      try {
        await this.#fetch(url, ingest, signal);
      } finally {
        await ingest.end("the media server's stream has ended");
      }
    });
  }

  /** Passes new parameters to the worker; while no orchestrator works on the stream they are kept for the next. */
  async update(body: Uint8Array, contentType: string | undefined, signal: AbortSignal): Promise<StreamCallAnswer> {
    this.#update = { body, contentType };
    const seat = this.#seat;
    if (seat === undefined) return { status: 200, header: new Headers(), body: new Uint8Array(0) };
    return seat.call("update", body, contentType, signal);
  }

  /** Ends it; resolves with what the worker said, undefined when it could not be told. */
  async stop(reason: StreamEndReason, message: string, body?: Uint8Array): Promise<StreamCallAnswer | undefined> {
    if (this.end !== undefined) return undefined;
    this.#wish ??= { reason, message };
    const seat = this.#seat;
    const answer = seat === undefined ? undefined : await this.#tellStop(seat, body);
    seat?.end(reason, message);
    this.#finish(this.#wish);
    return answer;
  }

  /** What the worker said last of itself, and what this gateway knows. */
  status(): Readonly<Record<string, unknown>> {
    const seat = this.#seat;
    const fault = this.#lastFault;
    const { end } = this;
    return {
      ...this.#event,
      gateway_status: {
        state: end !== undefined ? "ended" : seat === undefined ? "swapping" : "running",
        stream_id: this.plan.id,
        capability: this.plan.capability,
        start_time: this.#startedAt,
        whep_url: "",
        swaps: this.#swapCount,
        ingest_metrics: { stats: { segments: this.#inputCount, dropped: seat?.droppedCount ?? 0 } },
        output_metrics: { stats: { segments: seat?.receivedCount ?? 0, viewers: this.media.size } },
        ...(seat === undefined ? {} : { orchestrator_info: orchestratorInfo(seat) }),
        ...(seat?.paymentError === undefined ? {} : { payment_error: seat.paymentError }),
        ...(fault === undefined
          ? {}
          : { error: { reason: fault.end.reason, error_message: fault.end.message, error_time: fault.at } }),
        ...(end === undefined ? {} : { stop: { reason: end.reason, message: end.message, time: end.at } }),
      },
    };
  }

  /** From orchestrator to orchestrator, until nobody is left or somebody wants it to end. */
  async #live(first: StreamSeat): Promise<void> {
    for (let seat = first; ; ) {
      const end = await seat.run();
      this.#seat = undefined;
      if (this.#wish !== undefined || end.reason === "gateway_stopping") {
        if (this.#wish === undefined) await this.#tellStop(seat);
        return this.#finish(this.#wish ?? end);
      }
      this.#deps.logger.warn("a stream leaves its orchestrator", {
        stream: this.plan.id,
        orchestrator: seat.uri,
        ...end,
      });
      this.#lastFault = { end, at: this.#deps.clock.now() };
      this.#tasks.spawn("leave orchestrator", async () => {
        await this.#tellStop(seat);
      });
      if (!this.#maySwap()) {
        const message = `more than ${this.#options.maxSwaps} swaps within a minute; the last one: ${end.message}`;
        return this.#finish({ reason: "too_many_swaps", message });
      }
      const [next, why] = await this.#nextSeat(false, this.#tasks.signal).catch(
        () => [undefined, end.message] as const,
      );
      if (next === undefined || this.#wish !== undefined) {
        if (next !== undefined) await this.#tellStop(next);
        const message = `${end.message}; no other orchestrator took the stream over (${why})`;
        return this.#finish(this.#wish ?? { reason: end.reason, message });
      }
      this.#swapCount++;
      this.#seat = next;
      seat = next;
      if (this.#update !== undefined) this.#tasks.spawn("update again", (signal) => this.#updateAgain(next, signal));
    }
  }

  /** Tries those that are left, each once. After a swap their tokens are old. */
  async #nextSeat(isFirst: boolean, signal: AbortSignal): Promise<readonly [StreamSeat | undefined, string]> {
    const { plan } = this;
    let why = "none is left";
    for (;;) {
      const [known, ...rest] = this.#left;
      if (known === undefined) return [undefined, why];
      this.#left = rest;
      try {
        const token = isFirst ? known : await this.#deps.freshToken(known.uri, signal);
        if (token === undefined || token.capacity === 0)
          throw new LpError({ code: "byoc_no_room", message: "it has no room" });
        const deps: SeatDeps = { ...this.#deps, tasks: this.#tasks, sharers: () => this.#deps.sharers(token.uri) };
        return [await StreamSeat.open(token, plan.jobs, plan.body, this.#options.seat, this.#hooks, deps, signal), ""];
      } catch (error) {
        signal.throwIfAborted();
        why = errorText(error);
        this.#deps.logger.info("an orchestrator did not take a stream", {
          stream: plan.id,
          orchestrator: known.uri,
          error: why,
        });
      }
    }
  }

  readonly #hooks: SeatHooks = {
    event: (event, queue) => {
      if (event["type"] === "status" || queue === "ai_stream_status") this.#event = { ...this.#event, ...event };
      else this.#event = { ...this.#event, last_event: event };
    },
    line: (text) => this.data.push(text),
    media: (chunk) => this.media.push(chunk),
  };

  #maySwap(): boolean {
    const now = this.#deps.clock.mono();
    this.#swaps = [...this.#swaps.filter((at) => now - at < swapWindowMs), now];
    return this.#swaps.length <= this.#options.maxSwaps;
  }

  async #updateAgain(seat: StreamSeat, signal: AbortSignal): Promise<void> {
    for (let tries = 1; tries <= updateTries; tries++) {
      const update = this.#update;
      if (update === undefined) return;
      const answer = await seat.call("update", update.body, update.contentType, signal).catch(() => undefined);
      if (answer?.status === 200) return;
      await this.#deps.clock.sleep(updatePauseMs, signal);
    }
    this.#deps.logger.warn("the parameters of a stream did not reach its new worker", { stream: this.plan.id });
  }

  async #tellStop(seat: StreamSeat, body: Uint8Array = new Uint8Array(0)): Promise<StreamCallAnswer | undefined> {
    const deadline = this.#deps.clock.deadline(stopMs);
    try {
      return await seat.call("stop", body, undefined, deadline.signal);
    } catch (error) {
      this.#deps.logger.info("an orchestrator could not be told to stop", {
        stream: this.plan.id,
        error: errorText(error),
      });
      return undefined;
    } finally {
      deadline.clear();
    }
  }

  #finish(end: StreamEnd): void {
    if (this.end !== undefined) return;
    this.end = { ...end, at: this.#deps.clock.now() };
    this.#deps.logger.info("stream of a capability ended", { stream: this.plan.id, ...end });
    this.#kick.abort(new LpError({ code: end.reason, message: end.message }));
    this.media.end();
    this.data.end();
    this.#deps.onEnd(this);
    this.#deps.tasks.spawn("end stream of a capability", () => this.#tasks.stop());
  }

  async #sendOn(url: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const listener = this.media.listen();
      try {
        await this.#deps.outlet.push(url, chunksOf(listener), signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#deps.logger.warn("video cannot be sent on", { stream: this.plan.id, error: errorText(error) });
      } finally {
        listener.leave();
      }
      await this.#deps.clock.sleep(restartMs, signal);
    }
  }

  async #fetch(url: string, ingest: IngestStream, signal: AbortSignal): Promise<void> {
    for (let failures = 0; failures < maxPullFailures; ) {
      try {
        const count = await this.#deps.puller.pull(url, (segment, info) => ingest.segment(segment, info), signal);
        if (count > 0) failures = 0;
      } catch (error) {
        signal.throwIfAborted();
        this.#deps.logger.info("video cannot be fetched", { stream: this.plan.id, error: errorText(error) });
      }
      failures++;
      await this.#deps.clock.sleep(restartMs, signal);
    }
  }

  async #watchInput(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const { inputIdleMs } = this.#options;
    for (;;) {
      const silentMs = clock.mono() - this.#inputAt;
      if (silentMs >= inputIdleMs) break;
      await clock.sleep(inputIdleMs - silentMs, signal);
    }
    // not from this task: the end waits for it
    const message = `no video came for ${inputIdleMs / 1000} s`;
    this.#deps.tasks.spawn("end stream without video", async () => {
      await this.stop("no_input", message);
    });
  }
}

/** Bytes only. */
async function* chunksOf(chunks: AsyncIterable<MediaChunk>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of chunks) yield bytes;
}

function orchestratorInfo({ uri, address }: StreamSeat): Readonly<Record<string, string>> {
  return { url: uri, address: address.length === 20 ? checksumAddress(addressFromBytes(address)) : "" };
}
