import { fromBinary } from "@bufbuild/protobuf";
import { LpError } from "@livepeer-ts/kernel";
import type { SegmentBooks, SettledWork } from "../ports/segment-books.ts";
import { OrchestratorInfoSchema } from "../wire/net_pb.gen.ts";
import { admitMessage, type FromBooks, receivedError, type ToBooks } from "./books-messages.ts";
import type { MessageLine } from "./message-line.ts";

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: unknown) => void };

/** The books of another process of this node. */
export class DistantBooks implements SegmentBooks {
  readonly #line: MessageLine;
  readonly #onSessionEnd: (sessionId: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;

  constructor(line: MessageLine, onSessionEnd: (sessionId: string) => void) {
    this.#line = line;
    this.#onSessionEnd = onSessionEnd;
    line.onMessage((message) => this.#take(message as FromBooks));
  }

  async admit(work: Parameters<SegmentBooks["admit"]>[0]) {
    return fromBinary(OrchestratorInfoSchema, await this.#ask<Uint8Array>((id) => admitMessage(id, work)));
  }

  async run<T>(sessionId: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    let turn = -1;
    const leave = () => {
      this.#send({ type: "leave", id: turn });
      this.#waiting.get(turn)?.reject(signal.reason);
      this.#waiting.delete(turn);
    };
    const entered = this.#ask<undefined>((id) => {
      turn = id;
      return { type: "enter", id, sessionId };
    });
    signal.addEventListener("abort", leave, { once: true });
    try {
      await entered;
    } finally {
      signal.removeEventListener("abort", leave);
    }
    // from here on the work itself follows the signal; the turn ends with it
    try {
      return await work();
    } finally {
      this.#send({ type: "leave", id: turn });
    }
  }

  settle(work: Parameters<SegmentBooks["settle"]>[0]): Promise<SettledWork> {
    return this.#ask<SettledWork>((id) => ({ type: "settle", id, work }));
  }

  /** Tells how quickly a body came in. */
  received(byteCount: number, ms: number): void {
    this.#send({ type: "received", byteCount, ms });
  }

  /** The other process is gone: who waits is refused. */
  close(): void {
    const error = new LpError({
      code: "books_gone",
      message: "the process that keeps the books is gone",
      retryable: true,
    });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #send(message: ToBooks): void {
    this.#line.send(message);
  }

  #ask<T>(message: (id: number) => ToBooks): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      this.#send(message(id));
    });
  }

  #take(message: FromBooks): void {
    if (message.type === "session-ended") {
      this.#onSessionEnd(message.sessionId);
      return;
    }
    if (message.type !== "answer" && message.type !== "failed") return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === "answer") waiting?.resolve(message.value as never);
    else waiting?.reject(receivedError(message.error));
  }
}
