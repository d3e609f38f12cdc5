import { concatBytes } from "@livepeer-ts/kernel";
import type { RtmpMessage } from "./chunk-reader.ts";

/** Cuts messages into chunks, always with a full header first: simple, and we send only small control messages. */
export class ChunkWriter {
  #chunkSize = 128;

  /** Takes effect for the next message; the caller sends the peer the message that announces it. */
  setChunkSize(size: number): void {
    this.#chunkSize = size;
  }

  write(chunkStreamId: number, message: RtmpMessage): Uint8Array {
    const { payload } = message;
    const extended = message.timestamp >= 0xffffff;
    const head = new Uint8Array(12 + (extended ? 4 : 0));
    const view = new DataView(head.buffer);
    head[0] = chunkStreamId & 63;
    view.setUint32(0, ((chunkStreamId & 63) << 24) | (extended ? 0xffffff : message.timestamp));
    view.setUint32(4, (payload.length << 8) | message.type);
    view.setUint32(8, message.streamId, true);
    if (extended) view.setUint32(12, message.timestamp);
    const parts: Uint8Array[] = [head];
    for (let at = 0; at < payload.length; at += this.#chunkSize) {
      if (at > 0) {
        parts.push(Uint8Array.of(0xc0 | (chunkStreamId & 63)));
        if (extended) parts.push(head.subarray(12, 16));
      }
      parts.push(payload.subarray(at, at + this.#chunkSize));
    }
    return concatBytes(...parts);
  }
}
