import { connect, type Socket } from "node:net";

export type RawHead = { readonly status: number; readonly header: ReadonlyMap<string, string> };

/** One HTTP/1.1 connection as bytes: what is sent is exactly what is written here, and every answer is read as it comes. */
export class RawHttpClient {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #isClosed = false;
  #wake = () => {};

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    const closed = () => {
      this.#isClosed = true;
      this.#wake();
    };
    this.#socket.on("close", closed);
    this.#socket.on("end", closed);
    this.#socket.on("error", closed);
  }

  send(data: string | Uint8Array): void {
    this.#socket.write(data);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Resolves when the other side has ended the connection. */
  async closed(): Promise<true> {
    while (!this.#isClosed) await this.#change();
    return true;
  }

  /** Head of the next answer, and the informational ones before it. */
  async head(): Promise<RawHead & { readonly informational: readonly number[] }> {
    const informational: number[] = [];
    for (;;) {
      const head = await this.#nextHead();
      if (head.status >= 200 || head.status === 101) return { ...head, informational };
      informational.push(head.status);
    }
  }

  /** Body of the answer whose head was read. */
  async body(head: RawHead, isHead = false): Promise<Buffer> {
    if (isHead || head.status === 204) return Buffer.alloc(0);
    const length = head.header.get("content-length");
    if (length !== undefined) return this.take(Number(length));
    const parts: Buffer[] = [];
    for (;;) {
      const size = Number.parseInt(await this.#line(), 16);
      parts.push(await this.take(size));
      await this.#line();
      if (size === 0) return Buffer.concat(parts);
    }
  }

  async take(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) await this.#more();
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  async #nextHead(): Promise<RawHead> {
    const [, status] = (await this.#line()).split(" ");
    const header = new Map<string, string>();
    for (let line = await this.#line(); line !== ""; line = await this.#line()) {
      const colon = line.indexOf(":");
      header.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    return { status: Number(status), header };
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf("\r\n");
      if (end >= 0) return (await this.take(end + 2)).subarray(0, end).toString("latin1");
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    if (this.#isClosed) throw new Error("the connection ended in the middle of an answer");
    await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
