import { toBinary } from "@bufbuild/protobuf";
import { LpError } from "@livepeer-ts/kernel";
import type { SegmentBooks } from "../ports/segment-books.ts";
import { OrchestratorInfoSchema } from "../wire/net_pb.gen.ts";
import { announcedWork, type FromBooks, sentError, type ToBooks } from "./books-messages.ts";
import type { MessageLine } from "./message-line.ts";

export type BooksDeskDeps = {
  readonly books: SegmentBooks;
  readonly line: MessageLine;
  /** Told how quickly bodies came in. */
  readonly onReceived: (byteCount: number, ms: number) => void;
};

/** The books as one working process sees them: answers what comes over its line, and frees what it held when it is gone. */
export class BooksDesk {
  readonly #deps: BooksDeskDeps;
  readonly #turns = new Map<number, () => void>();
  #admitted = 0;

  constructor(deps: BooksDeskDeps) {
    this.#deps = deps;
  }

  /** Segments that were let in over this line. */
  get admittedCount(): number {
    return this.#admitted;
  }

  /** Segments that wait for their turn or have it. */
  get turnCount(): number {
    return this.#turns.size;
  }

  /** True when the message was one for the books. */
  take(message: ToBooks | { readonly type: string }): boolean {
    const known = message as ToBooks;
    switch (known.type) {
      case "admit":
        this.#answer(known.id, async () => {
          const info = await this.#deps.books.admit(announcedWork(known));
          this.#admitted++;
          return toBinary(OrchestratorInfoSchema, info);
        });
        return true;
      case "settle":
        this.#answer(known.id, () => this.#deps.books.settle(known.work));
        return true;
      case "enter":
        this.#enter(known.id, known.sessionId);
        return true;
      case "leave":
        this.#turns.get(known.id)?.();
        return true;
      case "received":
        this.#deps.onReceived(known.byteCount, known.ms);
        return true;
      default:
        return false;
    }
  }

  sessionEnded(sessionId: string): void {
    this.#send({ type: "session-ended", sessionId });
  }

  /** The process is gone: its turns are over. */
  close(): void {
    for (const leave of [...this.#turns.values()]) leave();
  }

  #send(message: FromBooks): void {
    this.#deps.line.send(message);
  }

  #answer(id: number, work: () => Promise<Extract<FromBooks, { type: "answer" }>["value"]>): void {
    work().then(
      (value) => this.#send({ type: "answer", id, value }),
      (error: unknown) => this.#send({ type: "failed", id, error: sentError(error) }),
    );
  }

  #enter(id: number, sessionId: string): void {
    const over = Promise.withResolvers<void>();
    const aborter = new AbortController();
    let hasLeft = false;
    this.#turns.set(id, () => {
      hasLeft = true;
      aborter.abort(new LpError({ code: "turn_left", message: "the segment is not wanted any more" }));
      over.resolve();
    });
    const turn = async () => {
      if (hasLeft) return;
      this.#send({ type: "answer", id, value: undefined });
      await over.promise;
    };
    this.#deps.books
      .run(sessionId, aborter.signal, turn)
      .catch((error: unknown) => {
        if (!hasLeft) this.#send({ type: "failed", id, error: sentError(error) });
      })
      .finally(() => this.#turns.delete(id));
  }
}
