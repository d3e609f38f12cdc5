import { concatBytes } from "@livepeer-ts/kernel";
import { rtmpError } from "./rtmp-error.ts";

const partSize = 1536;
const version = 3;

/**
 * The server's side of the simple handshake. Feed bytes until `done`; `rest` are bytes of the chunk stream that came along.
 * Throws `rtmp_bad_handshake` on the first byte that cannot be RTMP.
 */
export class ServerHandshake {
  readonly #random: Uint8Array;
  #buffer = new Uint8Array(0);
  #answered = false;
  #done = false;

  /** `random`: 1528 bytes that fill our part. */
  constructor(random: Uint8Array) {
    this.#random = random;
  }

  get done(): boolean {
    return this.#done;
  }

  push(bytes: Uint8Array): { reply: Uint8Array | undefined; rest: Uint8Array } {
    this.#buffer = concatBytes(this.#buffer, bytes) as Uint8Array<ArrayBuffer>;
    const empty = new Uint8Array(0);
    if (this.#buffer.length > 0 && this.#buffer[0] !== version) {
      throw rtmpError("rtmp_bad_handshake", `the first byte is ${this.#buffer[0]}, not 3: this is not plain RTMP`);
    }
    let reply: Uint8Array | undefined;
    if (!this.#answered && this.#buffer.length >= 1 + partSize) {
      this.#answered = true;
      const own = concatBytes(new Uint8Array(8), this.#random.subarray(0, partSize - 8));
      reply = concatBytes(Uint8Array.of(version), own, this.#buffer.subarray(1, 1 + partSize));
    }
    if (this.#buffer.length >= 1 + 2 * partSize) {
      this.#done = true;
      const rest = this.#buffer.slice(1 + 2 * partSize);
      this.#buffer = new Uint8Array(0);
      return { reply, rest };
    }
    return { reply, rest: empty };
  }
}
