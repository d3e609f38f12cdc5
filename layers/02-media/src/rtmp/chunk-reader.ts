import { newBytes } from "@livepeer-ts/kernel";
import { rtmpMessage } from "../wire/rtmp.ts";
import { rtmpError } from "./rtmp-error.ts";
import type { RtmpLimits } from "./rtmp-limits.ts";

/** One whole RTMP message. */
export type RtmpMessage = {
  readonly type: number;
  readonly streamId: number;
  /** Milliseconds, 32 bits as on the wire. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
};

type ChunkStream = {
  type: number;
  streamId: number;
  length: number;
  timestamp: number;
  delta: number;
  extended: boolean;
  payload: Uint8Array | undefined;
  received: number;
};

const extendedMark = 0xffffff;
const headerSizes = [11, 7, 3, 0] as const;

/** Smaller messages are copied out of what was read: some of them stay, and would keep all of it. */
const minViewBytes = 4096;

/**
 * Puts messages together from chunks. `push` takes any piece of the byte stream, which must not change afterwards: payloads may be
 * views of it. Incomplete headers and messages wait inside.
 * Throws `rtmp_bad_chunk` or `rtmp_too_large`; the connection is unusable then.
 */
export class ChunkReader {
  readonly #limits: RtmpLimits;
  readonly #streams = new Map<number, ChunkStream>();
  #chunkSize = 128;
  #buffer = new Uint8Array(0);
  #at = 0;
  #pendingBytes = 0;
  /** The message whose chunk has not ended, and what is missing of the chunk. */
  #open: ChunkStream | undefined;
  #openBytes = 0;

  constructor(limits: RtmpLimits) {
    this.#limits = limits;
  }

  push(bytes: Uint8Array): RtmpMessage[] {
    const left = this.#buffer.length - this.#at;
    if (left === 0) this.#buffer = bytes as Uint8Array<ArrayBuffer>;
    else {
      const joined = new Uint8Array(left + bytes.length);
      joined.set(this.#buffer.subarray(this.#at));
      joined.set(bytes, left);
      this.#buffer = joined;
    }
    this.#at = 0;
    const messages: RtmpMessage[] = [];
    while (this.#payload(messages) && this.#chunk(messages)) {
      // One chunk per turn until the bytes run out.
    }
    return messages;
  }

  /** Takes what has come of the open chunk. False when it goes on. */
  #payload(messages: RtmpMessage[]): boolean {
    const stream = this.#open;
    if (stream === undefined) return true;
    const size = Math.min(this.#openBytes, this.#buffer.length - this.#at);
    stream.payload?.set(this.#buffer.subarray(this.#at, this.#at + size), stream.received);
    stream.received += size;
    this.#at += size;
    this.#openBytes -= size;
    if (this.#openBytes > 0) return false;
    this.#open = undefined;
    if (stream.received >= stream.length) this.#complete(stream, stream.payload ?? new Uint8Array(0), messages);
    return true;
  }

  #complete(stream: ChunkStream, payload: Uint8Array, messages: RtmpMessage[]): void {
    stream.payload = undefined;
    this.#pendingBytes -= stream.length;
    this.#deliver({ type: stream.type, streamId: stream.streamId, timestamp: stream.timestamp, payload }, messages);
  }

  #chunk(messages: RtmpMessage[]): boolean {
    const b = this.#buffer;
    let at = this.#at;
    const available = b.length;
    if (at >= available) return false;
    const first = b[at++] as number;
    const format = (first >> 6) as 0 | 1 | 2 | 3;
    let id = first & 63;
    if (id < 2) {
      const extra = id + 1;
      if (at + extra > available) return false;
      id = 64 + (b[at] as number) + (extra === 2 ? (b[at + 1] as number) * 256 : 0);
      at += extra;
    }
    const headerSize = headerSizes[format];
    if (at + headerSize > available) return false;
    const known = this.#streams.get(id);
    if (known === undefined && format !== 0) {
      // Format 1 on a fresh chunk stream is seen in the wild; 2 and 3 have nothing to lean on.
      if (format !== 1) throw rtmpError("rtmp_bad_chunk", `chunk stream ${id} starts with a header of type ${format}`);
    }
    if (known?.payload !== undefined && format !== 3) {
      throw rtmpError("rtmp_bad_chunk", `chunk stream ${id} starts a message before the last one ended`);
    }
    let stamp = 0;
    if (format < 3) stamp = ((b[at] as number) << 16) | ((b[at + 1] as number) << 8) | (b[at + 2] as number);
    let length = known?.length ?? 0;
    let type = known?.type ?? 0;
    let streamId = known?.streamId ?? 0;
    if (format < 2) {
      length = ((b[at + 3] as number) << 16) | ((b[at + 4] as number) << 8) | (b[at + 5] as number);
      type = b[at + 6] as number;
    }
    if (format === 0) {
      streamId =
        (b[at + 7] as number) +
        (b[at + 8] as number) * 256 +
        (b[at + 9] as number) * 65536 +
        (b[at + 10] as number) * 2 ** 24;
    }
    at += headerSize;
    const extended = format < 3 ? stamp === extendedMark : (known?.extended ?? false);
    if (extended) {
      if (at + 4 > available) return false;
      const value =
        (b[at] as number) * 2 ** 24 +
        ((b[at + 1] as number) << 16) +
        ((b[at + 2] as number) << 8) +
        (b[at + 3] as number);
      if (format < 3) stamp = value;
      at += 4;
    }
    const continues = known?.payload !== undefined;
    const limit = this.#lengthLimit(type);
    if (length > limit) {
      throw rtmpError(
        "rtmp_too_large",
        `a message of type ${type} and ${length} bytes is over the limit of ${limit} bytes`,
      );
    }
    const received = continues ? (known?.received ?? 0) : 0;
    const size = Math.min(this.#chunkSize, length - received);
    const stream = known ?? this.#add(id);
    if (!continues) {
      if (format === 0) {
        stream.timestamp = stamp;
        // A type-3 chunk that opens the next message takes the absolute value as its step: the standard, and ffmpeg.
        stream.delta = stamp;
      } else {
        if (format !== 3) stream.delta = stamp;
        stream.timestamp = (stream.timestamp + stream.delta) >>> 0;
      }
      stream.extended = extended;
      stream.length = length;
      stream.type = type;
      stream.streamId = streamId;
      this.#pendingBytes += length;
      if (this.#pendingBytes > this.#limits.maxPendingBytes) {
        throw rtmpError("rtmp_too_large", "too many bytes are in messages that have not ended");
      }
      stream.received = 0;
      if (size === length && length >= minViewBytes && at + size <= available) {
        this.#at = at + size;
        this.#complete(stream, b.subarray(at, at + size), messages);
        return true;
      }
      stream.payload = newBytes(length);
    }
    this.#at = at;
    this.#open = stream;
    this.#openBytes = size;
    return true;
  }

  #lengthLimit(type: number): number {
    return type === rtmpMessage.audio || type === rtmpMessage.video || type === rtmpMessage.aggregate
      ? this.#limits.maxMessageBytes
      : this.#limits.maxCommandBytes;
  }

  #add(id: number): ChunkStream {
    if (this.#streams.size >= this.#limits.maxChunkStreams) {
      throw rtmpError("rtmp_bad_chunk", `more than ${this.#limits.maxChunkStreams} chunk streams on one connection`);
    }
    const stream: ChunkStream = {
      type: 0,
      streamId: 0,
      length: 0,
      timestamp: 0,
      delta: 0,
      extended: false,
      payload: undefined,
      received: 0,
    };
    this.#streams.set(id, stream);
    return stream;
  }

  #deliver(message: RtmpMessage, messages: RtmpMessage[]): void {
    const { payload } = message;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    // These two change how the next chunk is read, so they are obeyed at once.
    if (message.type === rtmpMessage.setChunkSize && payload.length >= 4) {
      const size = view.getUint32(0) & 0x7fffffff;
      if (size < 1 || size > this.#limits.maxChunkBytes) {
        throw rtmpError(
          "rtmp_too_large",
          `chunk size ${size} is not between 1 and ${this.#limits.maxChunkBytes} bytes`,
        );
      }
      this.#chunkSize = size;
    } else if (message.type === rtmpMessage.abort && payload.length >= 4) {
      const stream = this.#streams.get(view.getUint32(0));
      if (stream?.payload !== undefined) {
        this.#pendingBytes -= stream.length;
        stream.payload = undefined;
      }
    }
    messages.push(message);
  }
}
