import {
  type Clock,
  errorText,
  hasErrorCode,
  type Logger,
  LpError,
  type Net,
  readBody,
  type Tasks,
  utf8,
} from "@livepeer-ts/kernel";
import { type ReceivedSegment, TricklePublisher, TrickleSubscriber } from "@livepeer-ts/media";
import type { PaymentSender } from "../../ports/payment-sender.ts";
import { liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import { advancePayment } from "./byoc-payment.ts";
import type { ByocToken } from "./byoc-tokens.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import { type ByocJob, jsonPart } from "./job-header.ts";
import { callStream, type StreamCallAnswer } from "./stream-call.ts";
import type { StreamEnd, StreamEndReason } from "./stream-end.ts";
import { workerLines } from "./worker-lines.ts";

export type StreamSeatOptions = {
  /** Ms between two payments. Default 50000. */
  readonly payEveryMs: number;
  /** Ms for one payment. Default 70000. */
  readonly payTimeoutMs: number;
  /** Ms between two signs of life on the control channel. Default 10000. */
  readonly keepAliveMs: number;
  /** Ms without video from the worker, while video goes to it; then another orchestrator is tried. Default 30000. */
  readonly outMs: number;
  /** Ms without an event of a worker that has sent a heartbeat. Default 30000. */
  readonly eventGapMs: number;
  /** Segments on their way when another one comes; then the orchestrator is too slow. Default 3. */
  readonly maxInFlight: number;
  /** Ms between two tries of one segment. Default 250. */
  readonly retryMs: number;
};

export const defaultStreamSeatOptions: StreamSeatOptions = {
  payEveryMs: 50_000,
  payTimeoutMs: 70_000,
  keepAliveMs: 10_000,
  outMs: 30_000,
  eventGapMs: 30_000,
  maxInFlight: 3,
  retryMs: 250,
};

/** A piece of the worker's video. */
export type MediaChunk = { readonly bytes: Uint8Array; readonly isFirst: boolean };

/** Who gets what the worker sends. */
export type SeatHooks = {
  /** The event itself, and the queue that it is for. */
  event(event: Readonly<Record<string, unknown>>, queue: unknown): void;
  line(text: string): void;
  media(chunk: MediaChunk): void;
};

export type SeatDeps = {
  readonly clock: Clock;
  readonly net: Net;
  readonly logger: Logger;
  readonly payments: PaymentSender;
  readonly tasks: Tasks;
  /** A fresh token of an orchestrator; undefined when it gives none. */
  readonly freshToken: (uri: string, signal: AbortSignal) => Promise<ByocToken | undefined>;
  /** Streams of this node that are paid from one balance there. */
  readonly sharers: () => number;
};

/** Signed jobs of one stream. */
export type SeatJobs = { readonly start: ByocJob; readonly manage: ByocJob };

/** Seconds that are paid in advance. */
const targetSec = 120;
/** Seconds beyond a job's own time. */
const graceSec = 5;
const aliveMs = 5000;
const maxAliveTries = 3;
const alivePauseMs = 500;
const checkMs = 1000;
const maxEventBytes = 64 * 1024;
const keepAlive = utf8('{"keep":"alive"}');

const { header: names, text } = byocWire;

/** A stream at one orchestrator: its channels, its payments, and a look whether it still works. */
export class StreamSeat {
  readonly uri: string;
  /** Account that is paid, 20 bytes; empty off chain. */
  readonly address: Uint8Array;
  readonly #isPaid: boolean;
  readonly #urls: ReadonlyMap<string, string>;
  readonly #jobs: SeatJobs;
  readonly #options: StreamSeatOptions;
  readonly #hooks: SeatHooks;
  readonly #deps: SeatDeps;
  readonly #control: TricklePublisher;
  readonly #input: TricklePublisher | undefined;
  readonly #over = Promise.withResolvers<StreamEnd>();
  #end: StreamEnd | undefined;
  #tasks: Tasks | undefined;
  #looking: Promise<void> | undefined;
  #accepted = 0;
  #inFlight = 0;
  #lastInputAt: number | undefined;
  #lastOutputAt: number;
  /** Of a worker that has sent heartbeats: others may have nothing to say. */
  #lastEventAt: number | undefined;
  /** Segments that did not get through. */
  droppedCount = 0;
  receivedCount = 0;
  paymentError: string | undefined;

  /** Has an orchestrator begin a stream. Rejects with a refusal that says why it did not, or the net's error. */
  static async open(
    token: ByocToken,
    jobs: SeatJobs,
    body: Uint8Array,
    options: StreamSeatOptions,
    hooks: SeatHooks,
    deps: SeatDeps,
    signal: AbortSignal,
  ): Promise<StreamSeat> {
    const payment = await advancePayment(token, targetSec * (deps.sharers() + 1), deps.payments);
    const timeoutMs = (jobs.start.timeoutSec + graceSec) * 1000;
    let answer: StreamCallAnswer;
    try {
      const call = { action: "start", job: jobs.start, body, payment: payment?.header, timeoutMs } as const;
      answer = await callStream(token.uri, call, deps, signal);
      payment?.settle(0n);
    } catch (error) {
      payment?.spent();
      throw error;
    }
    if (answer.status !== 200) {
      const said = new TextDecoder().decode(answer.body).trim().slice(0, 500);
      throw new ByocRefusal(answer.status, "byoc_start_refused", `${answer.status} ${said}`);
    }
    const wanted = [names.controlUrl, names.eventsUrl, names.publishUrl, names.subscribeUrl, names.dataUrl];
    const urls = new Map<string, string>();
    for (const name of wanted) {
      const url = answer.header.get(name) ?? "";
      if (url !== "" && URL.canParse(url, token.uri)) urls.set(name, new URL(url, token.uri).href);
    }
    if (!urls.has(names.controlUrl)) throw new ByocRefusal(502, "byoc_bad_start", text.noControl);
    return new StreamSeat(token, urls, jobs, options, hooks, deps);
  }

  private constructor(
    token: ByocToken,
    urls: ReadonlyMap<string, string>,
    jobs: SeatJobs,
    options: StreamSeatOptions,
    hooks: SeatHooks,
    deps: SeatDeps,
  ) {
    this.uri = token.uri;
    this.address = token.offer.address;
    this.#isPaid = token.weiPerSecond > 0n;
    this.#urls = urls;
    this.#jobs = jobs;
    this.#options = options;
    this.#hooks = hooks;
    this.#deps = deps;
    this.#lastOutputAt = deps.clock.mono();
    const publisher = (name: string, mimeType: string) => {
      const url = urls.get(name);
      return url === undefined ? undefined : new TricklePublisher({ url, mimeType }, deps.net);
    };
    this.#control = publisher(names.controlUrl, "application/json") as TricklePublisher;
    this.#input = publisher(names.publishUrl, "video/MP2T");
  }

  /** Works until something ends it; resolves with what that was. */
  async run(): Promise<StreamEnd> {
    const tasks = this.#deps.tasks.child("stream seat");
    this.#tasks = tasks;
    const stopped = () => this.end("gateway_stopping", "the gateway is stopping");
    tasks.signal.addEventListener("abort", stopped, { once: true });
    this.#every(this.#options.keepAliveMs, () => this.#look());
    if (this.#isPaid) this.#every(this.#options.payEveryMs, (signal) => this.#pay(signal));
    this.#every(Math.min(checkMs, this.#options.outMs / 4), async () => this.#watch());
    this.#read(names.eventsUrl, (segment) => this.#readEvent(segment));
    this.#read(names.dataUrl, (segment) => this.#readLines(segment));
    this.#read(names.subscribeUrl, (segment) => this.#readMedia(segment));
    try {
      return await this.#over.promise;
    } finally {
      await tasks.stop();
      this.#tasks = undefined;
    }
  }

  /** Ends its time at this orchestrator; the first reason counts. */
  end(reason: StreamEndReason, message: string): void {
    this.#end ??= { reason, message };
    this.#over.resolve(this.#end);
  }

  /** Sends a segment on. What does not get through before the next one comes is dropped. */
  accept(bytes: Uint8Array): void {
    const input = this.#input;
    if (input === undefined || this.#end !== undefined || this.#tasks === undefined) return;
    this.#lastInputAt = this.#deps.clock.mono();
    if (this.#inFlight >= this.#options.maxInFlight) {
      this.end("orchestrator_slow", `${this.#inFlight} segments were on their way to the orchestrator at once`);
      return;
    }
    const number = ++this.#accepted;
    this.#inFlight++;
    this.#tasks.spawn("publish segment", async (signal) => {
      try {
        await this.#publish(input, bytes, number, signal);
      } finally {
        this.#inFlight--;
      }
    });
  }

  /** A call about the stream. Rejects with the net's error. */
  call(
    action: "stop" | "update",
    body: Uint8Array,
    contentType: string | undefined,
    signal: AbortSignal,
  ): Promise<StreamCallAnswer> {
    const job = this.#jobs.manage;
    const timeoutMs = (job.timeoutSec + graceSec) * 1000;
    return callStream(this.uri, { action, job, body, contentType, timeoutMs }, this.#deps, signal);
  }

  #every(ms: number, fn: (signal: AbortSignal) => Promise<void>): void {
    this.#tasks?.spawn("stream seat", async (signal) => {
      for (;;) {
        await this.#deps.clock.sleep(ms, signal);
        await fn(signal);
      }
    });
  }

  /** Hands out the segments of a channel; when it is over, the orchestrator is looked at. */
  #read(name: string, take: (segment: ReceivedSegment) => Promise<void>): void {
    const url = this.#urls.get(name);
    if (url === undefined) return;
    this.#tasks?.spawn("read channel", async (signal) => {
      const subscriber = new TrickleSubscriber({ url, startIndex: 0, maxFailures: 6, pauseMs: 300 }, this.#deps);
      try {
        for await (const segment of subscriber.segments(signal)) {
          try {
            await take(segment);
          } catch (error) {
            signal.throwIfAborted();
            this.#deps.logger.debug("a segment broke off", { url, error: errorText(error) });
          }
        }
      } catch (error) {
        signal.throwIfAborted();
        this.#deps.logger.info("a channel cannot be read", { url, error: errorText(error) });
      }
      await this.#look();
      if (name === names.subscribeUrl)
        this.end("orchestrator_ended", "the orchestrator ended the channel of the video");
    });
  }

  async #readEvent({ body }: ReceivedSegment): Promise<void> {
    const message = jsonPart(new TextDecoder().decode(await readBody(body, maxEventBytes)));
    const { event } = message;
    const isWrapped = typeof event === "object" && event !== null && !Array.isArray(event);
    const own = (isWrapped ? event : message) as Readonly<Record<string, unknown>>;
    if (this.#lastEventAt !== undefined || own["type"] === "heartbeat") this.#lastEventAt = this.#deps.clock.mono();
    this.#hooks.event(own, message["queue_event_type"]);
  }

  async #readLines({ body }: ReceivedSegment): Promise<void> {
    for await (const line of workerLines(body)) if (line.trim() !== "") this.#hooks.line(line);
  }

  async #readMedia({ body }: ReceivedSegment): Promise<void> {
    let isFirst = true;
    for await (const bytes of body) {
      this.#lastOutputAt = this.#deps.clock.mono();
      this.#hooks.media({ bytes, isFirst });
      isFirst = false;
    }
    this.receivedCount++;
  }

  async #publish(input: TricklePublisher, bytes: Uint8Array, number: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const index = input.nextIndex;
      try {
        const result = await input.publish(bytes, signal);
        if (result === "closed") await this.#inputOver();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (hasErrorCode(error, "trickle_gone")) return this.#inputOver();
        this.#deps.logger.info("a segment did not get through", { orchestrator: this.uri, error: errorText(error) });
        // a reader that waits for this index goes on with the next one
        await input.drop(index, signal).catch(() => {});
        await this.#look();
        if (this.#end !== undefined) return;
        await this.#deps.clock.sleep(this.#options.retryMs, signal);
      }
      if (number !== this.#accepted) {
        this.droppedCount++;
        return;
      }
    }
  }

  async #inputOver(): Promise<void> {
    await this.#look();
    this.end("orchestrator_ended", "the orchestrator ended the channel for the video");
  }

  /** Is the stream still there? A sign of life on its control channel tells. */
  #look(): Promise<void> {
    const signal = this.#tasks?.signal;
    if (signal === undefined || this.#end !== undefined) return Promise.resolve();
    this.#looking ??= this.#askControl(signal).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #askControl(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    for (let tries = 1; ; tries++) {
      const deadline = clock.deadline(aliveMs, signal);
      try {
        if ((await this.#control.publish(keepAlive, deadline.signal)) === "taken") return;
        return await this.#endedThere(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (hasErrorCode(error, "trickle_gone")) return await this.#endedThere(signal);
        if (tries >= maxAliveTries) {
          this.end("orchestrator_unreachable", `the orchestrator does not answer: ${errorText(error)}`);
          return;
        }
      } finally {
        deadline.clear();
      }
      await clock.sleep(alivePauseMs, signal);
    }
  }

  /** The orchestrator has ended the stream: ours say why. */
  async #endedThere(signal: AbortSignal): Promise<void> {
    const job = this.#jobs.manage;
    const call = { action: "payment", job, body: new Uint8Array(0), timeoutMs: aliveMs } as const;
    const reason = await callStream(this.uri, call, this.#deps, signal).then(
      ({ header }) => header.get(liveRunnerWire.header.reason),
      () => null,
    );
    signal.throwIfAborted();
    if (reason === "insufficient_balance") {
      const why = this.paymentError === undefined ? "" : `: ${this.paymentError}`;
      this.end("insufficient_balance", `the payments did not keep up at the orchestrator${why}`);
    } else {
      const said = reason !== null && /^[a-z_]{1,40}$/.test(reason) ? ` (${reason})` : "";
      this.end("orchestrator_ended", `the orchestrator ended the stream${said}`);
    }
  }

  async #pay(signal: AbortSignal): Promise<void> {
    const { payments, logger } = this.#deps;
    try {
      const token = await this.#deps.freshToken(this.uri, signal);
      if (token === undefined) throw new LpError({ code: "byoc_no_token", message: "it gave no job token" });
      const payment = await advancePayment(token, targetSec * Math.max(1, this.#deps.sharers()), payments);
      if (payment === undefined) return;
      const job = this.#jobs.manage;
      const timeoutMs = this.#options.payTimeoutMs;
      const call = { action: "payment", job, body: new Uint8Array(0), payment: payment.header, timeoutMs } as const;
      try {
        const { status, body } = await callStream(this.uri, call, this.#deps, signal);
        if (status !== 200) {
          const said = new TextDecoder().decode(body).trim().slice(0, 200);
          throw new LpError({ code: "byoc_payment_refused", message: `it answered ${status}: ${said}` });
        }
        payment.settle(0n);
      } catch (error) {
        payment.spent();
        throw error;
      }
      this.paymentError = undefined;
    } catch (error) {
      signal.throwIfAborted();
      this.paymentError = errorText(error);
      logger.warn("a stream could not be paid for", { orchestrator: this.uri, error: this.paymentError });
    }
  }

  #watch(): void {
    const now = this.#deps.clock.mono();
    const { outMs, eventGapMs } = this.#options;
    const hasInput =
      this.#input === undefined || (this.#lastInputAt !== undefined && now - this.#lastInputAt < outMs / 2);
    if (!hasInput) this.#lastOutputAt = now;
    if (this.#urls.has(names.subscribeUrl) && hasInput && now - this.#lastOutputAt > outMs)
      this.end("no_output", `the worker has sent no video for ${outMs / 1000} s`);
    if (this.#lastEventAt !== undefined && now - this.#lastEventAt > eventGapMs)
      this.end("no_events", `the worker has sent no event for ${eventGapMs / 1000} s`);
  }
}
