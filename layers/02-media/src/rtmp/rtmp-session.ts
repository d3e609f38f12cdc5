import { rtmpMessage, rtmpStatus, rtmpUserControl } from "../wire/rtmp.ts";
import { type AmfObject, type AmfValue, decodeAmf0, encodeAmf0 } from "./amf0.ts";
import { ChunkReader, type RtmpMessage } from "./chunk-reader.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { ServerHandshake } from "./handshake.ts";
import { type PublishTarget, publishTarget } from "./publish-url.ts";
import { rtmpError } from "./rtmp-error.ts";
import { defaultRtmpLimits, type RtmpLimits } from "./rtmp-limits.ts";

/** What a connection asks of its owner. */
export type RtmpEvent =
  | { readonly type: "publish" | "play"; readonly target: PublishTarget }
  | { readonly type: "metadata"; readonly values: AmfObject }
  | { readonly type: "audio" | "video"; readonly timestamp: number; readonly payload: Uint8Array }
  | { readonly type: "unpublish" }
  | { readonly type: "refused-command"; readonly command: string };

type State = "idle" | "asking" | "publishing" | "playing" | "ended";

// As large as publishers understand. They close their socket while their last seconds are still on the way, and an
// acknowledgement that meets a closed socket resets the connection: what we had not read yet would be lost. A publisher
// that wants to be acknowledged names its own window.
const ackWindowBytes = 2 ** 31 - 1;
const outChunkBytes = 4096;
const controlChunkStream = 2;
const commandChunkStream = 3;
const mediaChunkStream = 4;
const publishStreamId = 1;

function u32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value);
  return bytes;
}

function textOf(value: AmfValue): string {
  return typeof value === "string" ? value : "";
}

function objectOf(value: AmfValue): AmfObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as AmfObject) : {};
}

/**
 * The server's side of one RTMP connection as a state machine: bytes in, events and bytes out, no clock and no socket.
 * `push` throws an `LpError` when the peer breaks the protocol; send what `takeOutput` still holds and close then.
 */
export class RtmpSession {
  readonly #limits: RtmpLimits;
  readonly #handshake: ServerHandshake;
  readonly #reader: ChunkReader;
  readonly #writer = new ChunkWriter();
  #output: Uint8Array[] = [];
  #state: State = "idle";
  #connected = false;
  #tcUrl = "";
  #app = "";
  #commands = 0;
  #receivedBytes = 0;
  #ackedBytes = 0;
  #peerWindow = ackWindowBytes;

  /** `random`: 1528 random bytes for the handshake. */
  constructor(random: Uint8Array, limits: RtmpLimits = defaultRtmpLimits) {
    this.#limits = limits;
    this.#handshake = new ServerHandshake(random);
    this.#reader = new ChunkReader(limits);
  }

  /** True after the handshake. */
  get established(): boolean {
    return this.#handshake.done;
  }

  /** True between an accepted publish and its end. */
  get publishing(): boolean {
    return this.#state === "publishing";
  }

  /** Bytes to send, in order; they are handed out once. */
  takeOutput(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  /** Takes bytes of the peer. */
  push(bytes: Uint8Array): RtmpEvent[] {
    let input = bytes;
    if (!this.#handshake.done) {
      const { reply, rest } = this.#handshake.push(bytes);
      if (reply !== undefined) this.#output.push(reply);
      if (!this.#handshake.done) return [];
      input = rest;
    }
    this.#acknowledge(bytes.length);
    const events: RtmpEvent[] = [];
    for (const message of this.#reader.push(input)) this.#message(message, events);
    return events;
  }

  /** Answers the open publish request: the stream may flow. */
  acceptPublish(): void {
    this.#state = "publishing";
    this.#send(
      controlChunkStream,
      rtmpMessage.userControl,
      0,
      this.#control(rtmpUserControl.streamBegin, publishStreamId),
    );
    this.#status("status", rtmpStatus.publishStart, "publishing");
  }

  /** Answers the open publish request: no, and why. Close after sending. */
  refusePublish(description: string): void {
    this.#state = "ended";
    this.#status("error", rtmpStatus.publishBadName, description);
  }

  /** Answers the open play request: media follows. */
  acceptPlay(): void {
    this.#state = "playing";
    const begin = this.#control(rtmpUserControl.streamBegin, publishStreamId);
    this.#send(controlChunkStream, rtmpMessage.userControl, 0, begin);
    this.#status("status", rtmpStatus.playReset, "from now on");
    this.#status("status", rtmpStatus.playStart, "playing");
  }

  /** Answers the open play request: no, and why. Close after sending. */
  refusePlay(description: string): void {
    this.#state = "ended";
    this.#status("error", rtmpStatus.playFailed, description);
  }

  /** Sends a player a message of its stream. */
  sendMedia(type: "audio" | "video" | "metadata", timestamp: number, payload: Uint8Array): void {
    const messageType = type === "metadata" ? rtmpMessage.data : rtmpMessage[type];
    const message = { type: messageType, streamId: publishStreamId, timestamp, payload };
    this.#output.push(this.#writer.write(mediaChunkStream, message));
  }

  /** Tells a player that its stream is over. Close after sending. */
  endPlay(description: string): void {
    this.#state = "ended";
    this.#status("status", rtmpStatus.playStop, description);
  }

  /** Tells a running publisher why it is being disconnected. Close after sending. */
  endPublish(description: string): void {
    this.#state = "ended";
    this.#status("error", rtmpStatus.unpublishSuccess, description);
  }

  #acknowledge(size: number): void {
    this.#receivedBytes += size;
    if (this.#receivedBytes - this.#ackedBytes < this.#peerWindow / 2) return;
    this.#ackedBytes = this.#receivedBytes;
    this.#send(controlChunkStream, rtmpMessage.acknowledgement, 0, u32(this.#receivedBytes % 2 ** 32));
  }

  #message(message: RtmpMessage, events: RtmpEvent[]): void {
    switch (message.type) {
      case rtmpMessage.windowAckSize:
        if (message.payload.length >= 4) {
          const window = new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(0);
          this.#peerWindow = Math.max(window, 4096);
        }
        return;
      case rtmpMessage.userControl:
        this.#userControl(message.payload);
        return;
      case rtmpMessage.audio:
      case rtmpMessage.video:
        if (this.#state !== "publishing" && this.#state !== "asking") return;
        events.push({
          type: message.type === rtmpMessage.audio ? "audio" : "video",
          timestamp: message.timestamp,
          payload: message.payload,
        });
        return;
      case rtmpMessage.aggregate:
        this.#aggregate(message, events);
        return;
      case rtmpMessage.data:
      case rtmpMessage.dataAmf3:
        this.#data(
          decodeAmf0(message.type === rtmpMessage.data ? message.payload : message.payload.subarray(1)),
          events,
        );
        return;
      case rtmpMessage.command:
        this.#command(decodeAmf0(message.payload), events);
        return;
      case rtmpMessage.commandAmf3:
        this.#command(decodeAmf0(message.payload.subarray(1)), events);
        return;
      default:
        // Chunk size and abort are obeyed by the reader; acknowledgements and bandwidth ask for nothing.
        return;
    }
  }

  #userControl(payload: Uint8Array): void {
    if (payload.length < 6) return;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (view.getUint16(0) === rtmpUserControl.pingRequest) {
      const answer = this.#control(rtmpUserControl.pingResponse, view.getUint32(2));
      this.#send(controlChunkStream, rtmpMessage.userControl, 0, answer);
    }
  }

  #aggregate(message: RtmpMessage, events: RtmpEvent[]): void {
    const { payload } = message;
    let base: number | undefined;
    for (let at = 0; at + 11 <= payload.length; ) {
      const type = payload[at] as number;
      const size =
        ((payload[at + 1] as number) << 16) | ((payload[at + 2] as number) << 8) | (payload[at + 3] as number);
      const low =
        ((payload[at + 4] as number) << 16) | ((payload[at + 5] as number) << 8) | (payload[at + 6] as number);
      const stamp = low + (payload[at + 7] as number) * 2 ** 24;
      base ??= stamp;
      if (at + 11 + size > payload.length) throw rtmpError("rtmp_bad_chunk", "an aggregate message ends in the middle");
      const inner = payload.subarray(at + 11, at + 11 + size);
      const timestamp = (message.timestamp + stamp - base) >>> 0;
      if (type !== rtmpMessage.aggregate)
        this.#message({ type, streamId: message.streamId, timestamp, payload: inner }, events);
      at += 11 + size + 4;
    }
  }

  #data(values: readonly AmfValue[], events: RtmpEvent[]): void {
    const name = values[0] === "@setDataFrame" ? values[1] : values[0];
    const payload = values[0] === "@setDataFrame" ? values[2] : values[1];
    if (name === "onMetaData") events.push({ type: "metadata", values: objectOf(payload) });
  }

  #command(values: readonly AmfValue[], events: RtmpEvent[]): void {
    const name = textOf(values[0]);
    const transaction = typeof values[1] === "number" ? values[1] : 0;
    if (this.#state !== "publishing" && ++this.#commands > this.#limits.maxCommandsBeforePublish) {
      throw rtmpError("rtmp_bad_command", "too many commands without publishing anything");
    }
    if (!this.#connected && name !== "connect") {
      throw rtmpError("rtmp_bad_command", `the command "${name.slice(0, 40)}" came before "connect"`);
    }
    switch (name) {
      case "connect":
        this.#connect(transaction, objectOf(values[2]));
        return;
      case "createStream":
        this.#reply("_result", transaction, null, publishStreamId);
        return;
      case "releaseStream":
      case "FCPublish":
        if (transaction > 0) this.#reply("_result", transaction, null, undefined);
        if (name === "FCPublish") this.#reply("onFCPublish", 0, null, undefined);
        return;
      case "publish":
        this.#publish(values, events);
        return;
      case "FCUnpublish":
      case "deleteStream":
      case "closeStream":
        if (name === "FCUnpublish" && transaction > 0) this.#reply("onFCUnpublish", 0, null, undefined);
        if (this.#state === "publishing" || this.#state === "playing") {
          this.#state = "ended";
          events.push({ type: "unpublish" });
        }
        return;
      case "_checkbw":
      case "getStreamLength":
      case "_result":
      case "_error":
      case "onStatus":
        return;
      case "play":
        if (this.#state !== "idle") throw rtmpError("rtmp_bad_command", "one connection plays one stream");
        this.#ask("play", textOf(values[3]), events);
        return;
      default:
        events.push({ type: "refused-command", command: name.slice(0, 40) });
        this.#reply("_error", transaction, null, {
          level: "error",
          code: rtmpStatus.callFailed,
          description: "this command is not known here",
        });
    }
  }

  #connect(transaction: number, command: AmfObject): void {
    if (this.#connected) throw rtmpError("rtmp_bad_command", `"connect" came twice`);
    this.#connected = true;
    this.#app = textOf(command["app"]);
    this.#tcUrl = textOf(command["tcUrl"]);
    this.#send(controlChunkStream, rtmpMessage.windowAckSize, 0, u32(ackWindowBytes));
    this.#send(controlChunkStream, rtmpMessage.setPeerBandwidth, 0, new Uint8Array([...u32(ackWindowBytes), 2]));
    this.#send(controlChunkStream, rtmpMessage.setChunkSize, 0, u32(outChunkBytes));
    this.#writer.setChunkSize(outChunkBytes);
    this.#reply(
      "_result",
      transaction,
      { fmsVer: "FMS/3,5,7,7009", capabilities: 31, mode: 1 },
      {
        level: "status",
        code: rtmpStatus.connectSuccess,
        description: "connected",
        objectEncoding: typeof command["objectEncoding"] === "number" ? command["objectEncoding"] : 0,
      },
    );
  }

  #publish(values: readonly AmfValue[], events: RtmpEvent[]): void {
    if (this.#state !== "idle") throw rtmpError("rtmp_bad_command", "one connection publishes one stream");
    this.#ask("publish", textOf(values[3]), events);
  }

  #ask(type: "publish" | "play", name: string, events: RtmpEvent[]): void {
    const target = publishTarget(this.#tcUrl, this.#app, name);
    if (target === undefined) throw rtmpError("rtmp_bad_command", `the ${type} URL is longer than 4096 characters`);
    this.#state = "asking";
    events.push({ type, target });
  }

  #status(level: "status" | "error", code: string, description: string): void {
    const info = { level, code, description };
    this.#send(commandChunkStream, rtmpMessage.command, publishStreamId, encodeAmf0("onStatus", 0, null, info));
  }

  #reply(name: string, transaction: number, ...values: readonly AmfValue[]): void {
    this.#send(commandChunkStream, rtmpMessage.command, 0, encodeAmf0(name, transaction, ...values));
  }

  #control(event: number, value: number): Uint8Array {
    const bytes = new Uint8Array(6);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, event);
    view.setUint32(2, value);
    return bytes;
  }

  #send(chunkStreamId: number, type: number, streamId: number, payload: Uint8Array): void {
    this.#output.push(this.#writer.write(chunkStreamId, { type, streamId, timestamp: 0, payload }));
  }
}
