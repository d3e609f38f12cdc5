import { connect, type Socket } from "node:net";
import { paddedBigEndian } from "@livepeer-ts/kernel";
import { type AmfObject, type AmfValue, decodeAmf0, encodeAmf0 } from "../rtmp/amf0.ts";
import { ChunkReader } from "../rtmp/chunk-reader.ts";
import { ChunkWriter } from "../rtmp/chunk-writer.ts";
import { defaultRtmpLimits } from "../rtmp/rtmp-limits.ts";
import { rtmpMessage } from "../wire/rtmp.ts";

/** A command as a server sent it. */
export type ReceivedCommand = { readonly name: string; readonly values: readonly AmfValue[] };

/** A publisher made of single steps, for tests that leave the path: every step can be left out, repeated or spoiled. */
export class RtmpTestClient {
  readonly socket: Socket;
  readonly commands: ReceivedCommand[] = [];
  /** Resolves when the server closed the connection. */
  readonly closed: Promise<void>;
  readonly #reader = new ChunkReader(defaultRtmpLimits);
  readonly #writer = new ChunkWriter();
  #skip = 1 + 2 * 1536;
  #wake: () => void = () => undefined;
  #over = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      const over = () => {
        this.#over = true;
        this.#wake();
        resolve();
      };
      socket.once("end", () => {
        socket.end();
        over();
      });
      socket.once("close", over);
    });
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => this.#receive(chunk));
  }

  static async connect(port: number): Promise<RtmpTestClient> {
    const socket = connect({ host: "127.0.0.1", port });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    return new RtmpTestClient(socket);
  }

  raw(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  handshake(): void {
    this.raw(new Uint8Array([3]));
    this.raw(new Uint8Array(2 * 1536));
  }

  message(type: number, payload: Uint8Array, timestamp = 0, streamId = 1, chunkStreamId = 4): void {
    this.raw(this.#writer.write(chunkStreamId, { type, streamId, timestamp, payload }));
  }

  /** Announces larger chunks and uses them from then on. */
  setChunkSize(size: number): void {
    this.message(rtmpMessage.setChunkSize, paddedBigEndian(BigInt(size), 4), 0, 0, 2);
    this.#writer.setChunkSize(size);
  }

  command(...values: readonly AmfValue[]): void {
    this.message(rtmpMessage.command, encodeAmf0(...values), 0, 0, 3);
  }

  /** Handshake, connect, createStream, publish. */
  publish(app: string, name: string): void {
    this.handshake();
    this.command("connect", 1, { app, tcUrl: `rtmp://127.0.0.1/${app}` });
    this.command("createStream", 2, null);
    this.command("publish", 3, null, name, "live");
  }

  /** Resolves with the next status or error the server sends, or undefined when it closes first. */
  async status(): Promise<AmfObject | undefined> {
    const found = await this.waitFor((command) => command.name === "onStatus");
    return found?.values[3] as AmfObject | undefined;
  }

  /** Resolves with the first command that fits, or undefined when the server closes first. */
  async waitFor(fits: (command: ReceivedCommand) => boolean): Promise<ReceivedCommand | undefined> {
    while (true) {
      const found = this.commands.find(fits);
      if (found !== undefined || this.#over) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(chunk: Uint8Array): void {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    for (const message of this.#reader.push(chunk.slice(skipped))) {
      if (message.type !== rtmpMessage.command) continue;
      const values = decodeAmf0(message.payload);
      this.commands.push({ name: String(values[0]), values });
    }
    this.#wake();
  }
}

const startCodeFree = (size: number) => new Uint8Array(size).fill(0x55);

/** Video message with the sequence header of a synthetic H.264 stream. */
export function avcHeaderMessage(sps: Uint8Array): Uint8Array {
  const pps = [0x68, 0xce, 0x3c, 0x80];
  const record = [1, sps[1] ?? 0, sps[2] ?? 0, sps[3] ?? 0, 0xff, 0xe1, sps.length >> 8, sps.length & 0xff, ...sps];
  return Uint8Array.from([0x17, 0, 0, 0, 0, ...record, 1, 0, pps.length, ...pps]);
}

/** Video message with one synthetic frame. */
export function avcFrameMessage(keyframe: boolean, size = 200, compositionMs = 0): Uint8Array {
  const nal = startCodeFree(size);
  nal[0] = keyframe ? 0x65 : 0x41;
  nal[1] = 0x88;
  const head = [
    keyframe ? 0x17 : 0x27,
    1,
    (compositionMs >> 16) & 0xff,
    (compositionMs >> 8) & 0xff,
    compositionMs & 0xff,
  ];
  return Uint8Array.from([...head, 0, 0, size >> 8, size & 0xff, ...nal]);
}

/** Audio message with the sequence header of AAC-LC, 48 kHz stereo. */
export const aacHeaderMessage: Uint8Array = Uint8Array.of(0xaf, 0, 0x11, 0x90);
/** One AAC frame; see `aacHeaderMessage`. */
export const aacFrameMessage: Uint8Array = Uint8Array.of(0xaf, 1, ...startCodeFree(100));
