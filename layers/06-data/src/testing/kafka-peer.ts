import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** A record as it came over the wire. */
export type ReceivedRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: string;
};

export type KafkaPeerOptions = {
  readonly partitions: number;
  /** TLS with this certificate of `localhost`, and SASL/PLAIN. Default: clear text without a password. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Error code of the answer to the n-th produce request; 0: taken. Default: always taken. */
  readonly answer?: (produceCount: number) => number;
};

const apis = { produce: 0, metadata: 3, handshake: 17, versions: 18, authenticate: 36 } as const;

/**
 * The other end of Kafka's wire protocol, as far as a producer uses it: no broker, nothing is stored. It reads requests byte by
 * byte by the protocol's own description and keeps what was produced.
 */
export class KafkaPeer {
  readonly records: ReceivedRecord[] = [];
  /** Batches by the number of their records, the refused ones too. */
  readonly batches: number[] = [];
  /** What clients sent to log in: user and password behind NUL characters. */
  readonly logins: string[] = [];
  readonly #options: KafkaPeerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: KafkaPeerOptions) {
    this.#options = options;
    const serve = (socket: Socket) => this.#serve(socket);
    this.#server = options.tls === undefined ? createServer(serve) : createTlsServer({ ...options.tls }, serve);
  }

  static async start(options: KafkaPeerOptions): Promise<KafkaPeer> {
    const peer = new KafkaPeer(options);
    peer.#server.listen(0, "127.0.0.1");
    await once(peer.#server, "listening");
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    let waiting = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE(0)) {
        const size = waiting.readInt32BE(0);
        const answer = this.#answer(new Reader(waiting.subarray(4, 4 + size)));
        waiting = waiting.subarray(4 + size);
        socket.write(Buffer.concat([int32(answer.length), answer]));
      }
    });
  }

  #answer(request: Reader): Buffer {
    const [api, , correlation] = [request.int16(), request.int16(), request.int32()];
    request.string();
    const head = int32(correlation);
    switch (api) {
      case apis.versions:
        return Buffer.concat([head, versionsAnswer]);
      case apis.metadata:
        return Buffer.concat([head, this.#metadata(request)]);
      case apis.produce:
        return Buffer.concat([head, this.#produce(request)]);
      case apis.handshake:
        return Buffer.concat([head, int16(0), array([string("PLAIN")])]);
      case apis.authenticate:
        // version 2, in the compact form: a byte of tags, then lengths counted from one
        request.skip(1);
        this.logins.push(request.take(request.int8() - 1).toString());
        return Buffer.concat([head, Buffer.from([0]), int16(0), Buffer.from([0, 1]), int64(0), Buffer.from([0])]);
      default:
        throw new Error(`the producer asked for api ${api}`);
    }
  }

  /** Version 5. */
  #metadata(request: Reader): Buffer {
    const topics = request.array(() => request.string() ?? "");
    const ids = array([int32(1)]);
    const partitions = Array.from({ length: this.#options.partitions }, (_, i) =>
      Buffer.concat([int16(0), int32(i), int32(1), ids, ids, array([])]),
    );
    const host = this.#options.tls === undefined ? "127.0.0.1" : "localhost";
    const broker = Buffer.concat([int32(1), string(host), int32(this.port), string(null)]);
    const about = topics.map((topic) => Buffer.concat([int16(0), string(topic), Buffer.from([0]), array(partitions)]));
    return Buffer.concat([int32(0), array([broker]), string("peer"), int32(1), array(about)]);
  }

  /** Version 7. */
  #produce(request: Reader): Buffer {
    request.string();
    request.int16();
    request.int32();
    const got: ReceivedRecord[] = [];
    const answered = request.array(() => {
      const topic = request.string() ?? "";
      const partitions = request.array(() => {
        const partition = request.int32();
        for (const { key, value } of recordsOf(request.bytes())) got.push({ topic, partition, key, value });
        return partition;
      });
      return { topic, partitions };
    });
    this.batches.push(got.length);
    const error = this.#options.answer?.(this.batches.length) ?? 0;
    if (error === 0) this.records.push(...got);
    const topics = answered.map(({ topic, partitions }) =>
      Buffer.concat([
        string(topic),
        array(partitions.map((index) => Buffer.concat([int32(index), int16(error), int64(0), int64(-1), int64(0)]))),
      ]),
    );
    return Buffer.concat([array(topics), int32(0)]);
  }
}

/** Key and value of every record of a version 2 batch that is not compressed. */
function recordsOf(bytes: Buffer): { key: string; value: string }[] {
  const batch = new Reader(bytes);
  const found: { key: string; value: string }[] = [];
  batch.skip(8 + 4 + 4);
  if (batch.int8() !== 2) throw new Error("the batch is not of version 2");
  batch.skip(4);
  if ((batch.int16() & 7) !== 0) throw new Error("the batch is compressed");
  batch.skip(4 + 8 + 8 + 8 + 2 + 4);
  for (let left = batch.int32(); left > 0; left--) {
    batch.varint();
    batch.int8();
    batch.varint();
    batch.varint();
    const key = batch.take(batch.varint()).toString();
    const value = batch.take(batch.varint()).toString();
    if (batch.varint() !== 0) throw new Error("a record has headers");
    found.push({ key, value });
  }
  return found;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new Error("the request is cut off");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  skip(count: number): void {
    this.take(count);
  }

  int8(): number {
    return this.take(1).readInt8();
  }

  int16(): number {
    return this.take(2).readInt16BE();
  }

  int32(): number {
    return this.take(4).readInt32BE();
  }

  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.take(length).toString();
  }

  bytes(): Buffer {
    return this.take(Math.max(0, this.int32()));
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read);
  }

  /** Zigzag. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return Number((value >> 1n) ^ -(value & 1n));
  }
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function string(text: string | null): Buffer {
  if (text === null) return int16(-1);
  const bytes = Buffer.from(text);
  return Buffer.concat([int16(bytes.length), bytes]);
}

function array(items: readonly Buffer[]): Buffer {
  return Buffer.concat([int32(items.length), ...items]);
}

/** Version 3: each api in one version, the newest before the compact forms where the client leaves a choice. */
const versionsAnswer = Buffer.concat([
  int16(0),
  Buffer.from([6]), // five entries, counted from one
  ...[
    [apis.produce, 7],
    [apis.metadata, 5],
    [apis.handshake, 1],
    [apis.versions, 3],
    [apis.authenticate, 2],
  ].map(([api, version]) =>
    Buffer.concat([int16(api as number), int16(version as number), int16(version as number), Buffer.from([0])]),
  ),
  int32(0),
  Buffer.from([0]),
]);
