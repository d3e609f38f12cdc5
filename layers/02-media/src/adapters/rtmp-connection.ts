import type { Socket } from "node:net";
import { type Clock, errorText, type Logger, LpError, type Random } from "@livepeer-ts/kernel";
import type { IngestSink, IngestStream } from "../ports/ingest-sink.ts";
import { encodeAmf0 } from "../rtmp/amf0.ts";
import { readFlvAudio, readFlvVideo } from "../rtmp/flv-media.ts";
import type { RtmpLimits } from "../rtmp/rtmp-limits.ts";
import { RtmpRelay } from "../rtmp/rtmp-relay.ts";
import { type RtmpEvent, RtmpSession } from "../rtmp/rtmp-session.ts";
import { type CutSegment, Segmenter, type SegmenterOptions } from "../segmenter/segmenter.ts";

/** Times and bounds of one publisher's connection. */
export type RtmpConnectionOptions = {
  readonly limits: RtmpLimits;
  readonly segmenter: SegmenterOptions;
  /** Handshake must be done after this, ms. */
  readonly handshakeTimeoutMs: number;
  /** A publish command must have come after this, ms. */
  readonly publishTimeoutMs: number;
  /** A publisher that sends nothing for this long is gone, ms. */
  readonly idleTimeoutMs: number;
  /** Segments handed over and not yet taken; beyond that the publisher is not read. */
  readonly maxPendingSegments: number;
};

/** What a connection needs from outside. */
export type RtmpConnectionDeps = {
  readonly sink: IngestSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Running streams by manifest id, for players. */
  readonly relays: Map<string, RtmpRelay>;
};

const handshakeRandomBytes = 1528;
const maxUnsentBytes = 1 << 20;
/** Media that waits for one player; beyond that it is let go. */
const maxPlayerUnsentBytes = 4 << 20;
const farewellMs = 2000;

/** One publisher: reads its socket, drives the protocol, brings segments to the sink. */
export class RtmpConnection {
  readonly #socket: Socket;
  readonly #options: RtmpConnectionOptions;
  readonly #deps: RtmpConnectionDeps;
  readonly #session: RtmpSession;
  readonly #segmenter: Segmenter;
  readonly #gone = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly #startedAt: number;
  #logger: Logger;
  #stream: IngestStream | undefined;
  #asking = false;
  #lastBytesAt: number;
  #lastSegmentAt: number;
  #failure: unknown;
  #over = false;
  #audioWarned = false;
  #relay: RtmpRelay | undefined;
  /** Set on a player's connection. */
  #leaveRelay: (() => void) | undefined;

  constructor(socket: Socket, options: RtmpConnectionOptions, deps: RtmpConnectionDeps) {
    this.#socket = socket;
    this.#options = options;
    this.#deps = deps;
    this.#logger = deps.logger.child({ clientAddress: socket.remoteAddress });
    this.#session = new RtmpSession(deps.random.bytes(handshakeRandomBytes), options.limits);
    this.#segmenter = new Segmenter(options.segmenter);
    this.#startedAt = deps.clock.mono();
    this.#lastBytesAt = this.#startedAt;
    this.#lastSegmentAt = this.#startedAt;
  }

  /** Serves the connection to its end; never rejects. `signal` disconnects it. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () =>
      this.#fail(signal.reason ?? new LpError({ code: "rtmp_stopped", message: "the server is stopping" }));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    this.#socket.setNoDelay(true);
    const watch = this.#watch();
    await this.#read();
    signal.removeEventListener("abort", stop);
    await this.#finish();
    this.#gone.abort();
    await watch;
  }

  /** Feeds the socket's bytes one piece at a time until the stream, the peer or we end it. */
  #read(): Promise<void> {
    const socket = this.#socket;
    let current: Promise<void> = Promise.resolve();
    return new Promise<void>((resolve) => {
      const over = () => void current.then(resolve);
      this.#gone.signal.addEventListener("abort", over, { once: true });
      if (this.#gone.signal.aborted) over();
      socket.on("error", (cause) => {
        const message = `the publisher's connection broke: ${cause.message}`;
        this.#fail(new LpError({ code: "rtmp_connection_lost", message, cause }));
      });
      socket.once("end", over);
      socket.once("close", over);
      socket.on("data", (chunk: Uint8Array) => {
        // After the end bytes are read and thrown away, so that the peer can still read our last words.
        if (this.#over) return;
        socket.pause();
        current = this.#bytes(chunk).then(
          (goesOn) => {
            if (!goesOn) {
              this.#over = true;
              over();
            }
            socket.resume();
          },
          (error: unknown) => {
            this.#fail(error);
            socket.resume();
          },
        );
      });
    });
  }

  async #bytes(chunk: Uint8Array): Promise<boolean> {
    this.#lastBytesAt = this.#deps.clock.mono();
    const events = this.#session.push(chunk);
    this.#flush();
    for (const event of events) {
      if (this.#over || !(await this.#event(event))) return false;
    }
    return true;
  }

  async #event(event: RtmpEvent): Promise<boolean> {
    switch (event.type) {
      case "publish":
        return this.#publish(event.target.url);
      case "play":
        return this.#play(event.target.url);
      case "metadata": {
        this.#relay?.metadata(encodeAmf0("onMetaData", event.values));
        const rate = event.values["framerate"] ?? event.values["videoframerate"];
        if (typeof rate === "number") this.#segmenter.setFrameRate(rate);
        return true;
      }
      case "video": {
        const video = readFlvVideo(event.payload);
        const cut = this.#segmenter.video(event.timestamp, video);
        this.#relay?.video(event.timestamp, event.payload, video);
        this.#handOutParts();
        if (cut !== undefined) await this.#segment(cut);
        return true;
      }
      case "audio": {
        const audio = readFlvAudio(event.payload);
        if (audio.kind === "other" && !this.#audioWarned) {
          this.#audioWarned = true;
          this.#logger.warn("the publisher's audio is left out: set its encoder to AAC", { codec: audio.codec });
        }
        this.#segmenter.audio(event.timestamp, audio);
        this.#relay?.audio(event.timestamp, event.payload, audio);
        return true;
      }
      case "refused-command":
        this.#logger.info("RTMP command refused", { command: event.command });
        return true;
      case "unpublish":
        return false;
    }
  }

  async #publish(url: string): Promise<boolean> {
    this.#asking = true;
    try {
      const clientAddress = this.#socket.remoteAddress ?? "";
      this.#stream = await this.#deps.sink.publish({ protocol: "rtmp", url, clientAddress });
    } catch (error) {
      this.#logger.info("RTMP publisher refused", { error: errorText(error) });
      this.#session.refusePublish(errorText(error));
      this.#flush();
      return false;
    } finally {
      this.#asking = false;
      this.#lastBytesAt = this.#deps.clock.mono();
      this.#lastSegmentAt = this.#lastBytesAt;
    }
    const { closed, manifestId } = this.#stream;
    this.#logger = this.#logger.child({ manifestId });
    this.#logger.info("RTMP publisher accepted");
    const kick = () => this.#fail(closed.reason);
    closed.addEventListener("abort", kick, { once: true });
    this.#gone.signal.addEventListener("abort", () => closed.removeEventListener("abort", kick), { once: true });
    if (closed.aborted) kick();
    this.#relay = new RtmpRelay();
    this.#deps.relays.set(manifestId, this.#relay);
    this.#session.acceptPublish();
    this.#flush();
    return true;
  }

  async #play(url: string): Promise<boolean> {
    const { sink, relays } = this.#deps;
    this.#asking = true;
    try {
      const refused = new LpError({
        code: "rtmp_no_play",
        message: "this server takes streams in; play them over HLS",
      });
      if (sink.pull === undefined) throw refused;
      const manifestId = await sink.pull({ url, clientAddress: this.#socket.remoteAddress ?? "" });
      const relay = relays.get(manifestId);
      if (relay === undefined)
        throw new LpError({ code: "no_such_stream", message: "this stream is not published over RTMP" });
      this.#session.acceptPlay();
      this.#leaveRelay = relay.add({
        message: ({ type, timestamp, payload }) => {
          this.#session.sendMedia(type, timestamp, payload);
          this.#flush();
        },
        ended: () => {
          this.#session.endPlay("the stream has ended");
          this.#fail(new LpError({ code: "stream_ended", message: "the stream has ended" }));
        },
      });
      this.#logger.info("RTMP player accepted", { manifestId });
    } catch (error) {
      this.#logger.info("RTMP player refused", { error: errorText(error) });
      this.#session.refusePlay(errorText(error));
    } finally {
      this.#asking = false;
    }
    this.#flush();
    return this.#leaveRelay !== undefined;
  }

  #handOutParts(): void {
    for (const part of this.#segmenter.takeParts()) this.#stream?.part?.(part);
  }

  async #segment(cut: CutSegment): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#lastSegmentAt = this.#deps.clock.mono();
    const taken = stream.segment(cut.segment, cut.info).then(
      () => undefined,
      (error: unknown) => this.#fail(error),
    );
    this.#pending.add(taken);
    taken.finally(() => this.#pending.delete(taken));
    // The publisher is not read while too much waits: its own buffers fill, ours do not.
    while (this.#pending.size >= this.#options.maxPendingSegments) await Promise.race(this.#pending);
  }

  #fail(error: unknown): void {
    if (this.#gone.signal.aborted) return;
    this.#over = true;
    this.#failure = error;
    this.#gone.abort(error);
    if (this.#session.publishing) this.#session.endPublish(errorText(error));
    this.#flush();
  }

  #flush(): void {
    for (const bytes of this.#session.takeOutput()) if (this.#socket.writable) this.#socket.write(bytes);
    const isPlayer = this.#leaveRelay !== undefined;
    if (this.#socket.writableLength > (isPlayer ? maxPlayerUnsentBytes : maxUnsentBytes)) {
      const who = isPlayer ? "player" : "publisher";
      this.#fail(new LpError({ code: "rtmp_not_reading", message: `the ${who} does not read what it is sent` }));
    }
  }

  async #finish(): Promise<void> {
    this.#leaveRelay?.();
    if (this.#stream !== undefined && this.#relay !== undefined) {
      const { relays } = this.#deps;
      if (relays.get(this.#stream.manifestId) === this.#relay) relays.delete(this.#stream.manifestId);
      this.#relay.end();
    }
    const reason = this.#failure === undefined ? "the publisher ended the stream" : errorText(this.#failure);
    if (this.#stream !== undefined) {
      try {
        const last = this.#segmenter.end();
        if (!this.#stream.closed.aborted) this.#handOutParts();
        if (last !== undefined && !this.#stream.closed.aborted) await this.#segment(last);
      } catch (error) {
        this.#logger.warn("the last segment of a stream was lost", { error: errorText(error) });
      }
      await Promise.all([...this.#pending]);
      this.#logger.info("RTMP publisher gone", { reason });
      try {
        await this.#stream.end(reason);
      } catch (error) {
        this.#logger.error("ending a stream failed", { error: errorText(error) });
      }
    } else if (this.#failure !== undefined) this.#logger.info("RTMP connection closed", { reason });
    await this.#farewell();
  }

  /** Lets the peer read what we sent last; then the socket is gone for good. */
  async #farewell(): Promise<void> {
    const socket = this.#socket;
    if (socket.closed || socket.destroyed) return;
    const done = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const timer = this.#deps.clock.deadline(farewellMs);
    timer.signal.addEventListener("abort", () => socket.destroy(), { once: true });
    socket.end();
    socket.resume();
    await done;
    timer.clear();
  }

  async #watch(): Promise<void> {
    const { handshakeTimeoutMs, publishTimeoutMs, idleTimeoutMs, segmenter } = this.#options;
    const tickMs = Math.max(5, Math.min(1000, handshakeTimeoutMs / 4, publishTimeoutMs / 4, idleTimeoutMs / 4));
    const { clock } = this.#deps;
    while (!this.#gone.signal.aborted) {
      try {
        await clock.sleep(tickMs, this.#gone.signal);
      } catch {
        return;
      }
      if (this.#asking || this.#pending.size >= this.#options.maxPendingSegments) continue;
      const now = clock.mono();
      const age = now - this.#startedAt;
      if (!this.#session.established && age > handshakeTimeoutMs) {
        this.#fail(timeout("rtmp_handshake_timeout", `no complete handshake within ${handshakeTimeoutMs} ms`));
      } else if (this.#leaveRelay !== undefined) {
        // players say nothing: that they take what they are sent is what counts
      } else if (this.#stream === undefined && age > publishTimeoutMs) {
        this.#fail(timeout("rtmp_publish_timeout", `nothing was published within ${publishTimeoutMs} ms`));
      } else if (now - this.#lastBytesAt > idleTimeoutMs) {
        this.#fail(timeout("rtmp_idle", `nothing was received for ${idleTimeoutMs} ms: the publisher stalled`));
      } else if (
        this.#stream !== undefined &&
        now - this.#lastSegmentAt > segmenter.keyframeTimeoutMs + segmenter.segmentMs
      ) {
        const seconds = (segmenter.keyframeTimeoutMs + segmenter.segmentMs) / 1000;
        this.#fail(
          timeout(
            "rtmp_no_segment",
            `no segment for ${seconds} s: set the encoder's keyframe interval to 2 s and send video`,
          ),
        );
      }
    }
  }
}

function timeout(code: string, message: string): LpError {
  return new LpError({ code, message });
}
