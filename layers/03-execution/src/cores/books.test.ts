import { create } from "@bufbuild/protobuf";
import { LpError, toHash32 } from "@livepeer-ts/kernel";
import { expect, it } from "vitest";
import { SessionTable } from "../orchestrator/session-table.ts";
import { Refusal, refusal } from "../orchestrator/work-admission.ts";
import type { AnnouncedWork, BilledWork, SegmentBooks } from "../ports/segment-books.ts";
import { AuthTokenSchema, OrchestratorInfoSchema, PaymentSchema } from "../wire/net_pb.gen.ts";
import { BooksDesk } from "./books-desk.ts";
import { DistantBooks } from "./distant-books.ts";

const never = new AbortController().signal;

/** Books, and two processes that see them over lines of their own. */
function twoCores(books: Partial<SegmentBooks> = {}) {
  const sessions = new SessionTable({ maxSessions: 2 }, { mono: () => 0 }, () => {});
  const all: SegmentBooks = {
    admit: async () => create(OrchestratorInfoSchema),
    run: (sessionId, _signal, work) => sessions.run(sessionId, work),
    settle: async () => ({ signature: new Uint8Array(0), receipt: undefined }),
    ...books,
  };
  const cores = [1, 2].map(() => {
    const listeners: ((message: object) => void)[] = [];
    const ended: string[] = [];
    const carry = (to: (message: never) => unknown) => (message: object) => {
      const sent = structuredClone(message) as never;
      queueMicrotask(() => to(sent));
    };
    const desk: BooksDesk = new BooksDesk({
      books: all,
      line: { send: carry((message) => listeners.map((take) => take(message))), onMessage: () => {} },
      onReceived: () => {},
    });
    const distant = new DistantBooks(
      { send: carry((message) => desk.take(message)), onMessage: (listener) => listeners.push(listener) },
      (sessionId) => ended.push(sessionId),
    );
    return { desk, books: distant, ended };
  });
  return cores as [(typeof cores)[0], (typeof cores)[0]];
}

const announced: AnnouncedWork = {
  payment: create(PaymentSchema, { sender: new Uint8Array(20).fill(7), expectedPrice: { pricePerUnit: 3n } }),
  sender: "0x0707070707070707070707070707070707070707" as AnnouncedWork["sender"],
  credentials: {
    manifestId: "m",
    capabilities: undefined,
    authToken: create(AuthTokenSchema, { sessionId: "s", expiration: 9n }),
  },
};

it("carries what is asked and answered, refusals with their status", async () => {
  const asked: unknown[] = [];
  const work: BilledWork = {
    ...{
      sessionId: "s",
      manifestId: "m",
      gateway: announced.sender,
      profiles: [],
      pixelCount: 12n,
      wantsReceipt: true,
    },
    ...{ sourceHash: toHash32(`0x${"01".repeat(32)}`), resultsHash: toHash32(`0x${"02".repeat(32)}`) },
  };
  const [{ books }] = twoCores({
    async admit(given) {
      asked.push(given);
      if (given.credentials.manifestId === "poor") throw refusal("balance");
      return create(OrchestratorInfoSchema, { transcoder: "https://o.test" });
    },
    async settle(given) {
      asked.push(given);
      return { signature: Uint8Array.of(1, 2), receipt: undefined };
    },
  });
  expect((await books.admit(announced)).transcoder).toBe("https://o.test");
  expect(await books.settle(work)).toEqual({ signature: Uint8Array.of(1, 2), receipt: undefined });
  expect(asked).toEqual([announced, work]);
  const poor = { ...announced, credentials: { ...announced.credentials, manifestId: "poor" } };
  const refused = books.admit(poor);
  await expect(refused).rejects.toBeInstanceOf(Refusal);
  await expect(refused).rejects.toMatchObject({ status: 400, message: "Insufficient balance" });
});

it("keeps the order of a session's segments over processes, and lets a waiting one go", async () => {
  const [one, other] = twoCores();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const running = one.books.run("s", never, async () => {
    begun.resolve();
    await first.promise;
    order.push("first");
  });
  await begun.promise;
  const hurry = new AbortController();
  const left = other.books.run("s", hurry.signal, async () => order.push("left"));
  const third = other.books.run("s", never, async () => order.push("third"));
  hurry.abort(new Error("gone"));
  await expect(left).rejects.toThrow("gone");
  expect(order).toEqual([]);
  first.resolve();
  await Promise.all([running, third]);
  expect(order).toEqual(["first", "third"]);
  await expect.poll(() => [one.desk.turnCount, other.desk.turnCount]).toEqual([0, 0]);
});

it("refuses sessions beyond the limit of all, and frees the turns of a process that is gone", async () => {
  const [one, other] = twoCores();
  const begun = Promise.withResolvers<void>();
  void one.books.run("a", never, () => {
    begun.resolve();
    return new Promise(() => {});
  });
  await begun.promise;
  await other.books.run("b", never, async () => {});
  await expect(other.books.run("c", never, async () => {})).rejects.toMatchObject({ code: "capped", retryable: true });
  one.desk.close();
  await other.books.run("a", never, async () => {});
  one.desk.sessionEnded("a");
  await expect.poll(() => one.ended).toEqual(["a"]);
});

it("refuses who waits when the books are gone", async () => {
  const [one] = twoCores({ admit: () => new Promise(() => {}) });
  const waiting = one.books.admit(announced);
  one.books.close();
  await expect(waiting).rejects.toThrow(LpError);
  await expect(waiting).rejects.toMatchObject({ code: "books_gone", retryable: true });
});
