import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { BodyBudget } from "../units/body-budget.ts";
import { RequestBody } from "./request-body.ts";

const limits = { lease: { take: () => {} }, idleMs: 60_000 };
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

/** A connection that has more than anybody should take; counts what was taken from it. */
function endless(chunkBytes: number) {
  let takenBytes = 0;
  const stream = new Readable({
    read() {
      takenBytes += chunkBytes;
      this.push(takenBytes > 64 * 1024 * 1024 ? null : Buffer.alloc(chunkBytes));
    },
  });
  return { stream, taken: () => takenBytes };
}

describe("the body of a request", () => {
  it("is not taken from the connection before somebody reads it", async () => {
    const { stream, taken } = endless(65_536);
    new RequestBody(stream, limits);
    await turns(20);
    expect(taken()).toBe(0);
  });

  it("is taken little ahead of its reader, and further as it is read", async () => {
    const { stream, taken } = endless(65_536);
    const iterator = new RequestBody(stream, limits)[Symbol.asyncIterator]();
    await iterator.next();
    await turns(200);
    const ahead = taken();
    expect(ahead).toBeLessThanOrEqual(2 * 1024 * 1024);
    for (let i = 0; i < 100; i++) await iterator.next();
    expect(taken()).toBeGreaterThan(100 * 65_536);
    await turns(200);
    expect(taken() - 101 * 65_536).toBeLessThanOrEqual(2 * 1024 * 1024);
    stream.destroy();
  });

  it("hands the chunks on as they are", async () => {
    const chunks = [Buffer.from("a"), Buffer.from("bc")];
    const got: Uint8Array[] = [];
    for await (const chunk of new RequestBody(Readable.from(chunks), limits)) got.push(chunk);
    expect(got).toHaveLength(2);
    expect(got.every((chunk, i) => chunk === chunks[i])).toBe(true);
  });

  it("stays on the connection when its reader stops early", async () => {
    const { stream, taken } = endless(1000);
    const body = new RequestBody(stream, limits);
    for await (const _ of body) break;
    const before = taken();
    await turns(50);
    expect(taken()).toBe(before);
    expect([body.isAbandoned, stream.destroyed]).toEqual([true, false]);
    expect(await body[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  it("that breaks off or was cut is an error, not a shorter body", async () => {
    const broken = new Readable({ read() {} });
    const reading = new RequestBody(broken, limits)[Symbol.asyncIterator]();
    broken.push("part");
    expect((await reading.next()).done).toBe(false);
    broken.destroy();
    await expect(reading.next()).rejects.toMatchObject({ code: "net_aborted" });

    const cut = new RequestBody(Readable.from([Buffer.from("part")]), { ...limits, wasCut: () => true })[
      Symbol.asyncIterator
    ]();
    expect((await cut.next()).done).toBe(false);
    await expect(cut.next()).rejects.toMatchObject({ code: "net_aborted" });
  });

  it("ends with a reason when no byte comes while somebody waits", async () => {
    const stream = new Readable({ read() {} });
    stream.push(Buffer.from("first"));
    const body = new RequestBody(stream, { ...limits, idleMs: 20 });
    const reading = body[Symbol.asyncIterator]();
    await reading.next();
    await expect(reading.next()).rejects.toMatchObject({ code: "body_timeout" });
    expect(body.isAbandoned).toBe(true);
    stream.destroy();
  });

  it("ends with a reason when its bytes are refused, and takes no more", async () => {
    const { stream, taken } = endless(65_536);
    const budget = new BodyBudget({ totalBytes: 200_000 });
    const reading = new RequestBody(stream, { ...limits, lease: budget.lease("peer") })[Symbol.asyncIterator]();
    const readAll = async () => {
      while (!(await reading.next()).done);
    };
    await expect(readAll()).rejects.toMatchObject({ code: "body_budget" });
    const before = taken();
    await turns(50);
    expect(taken()).toBe(before);
    stream.destroy();
  });

  it("ends when its whole time is over, unless its reader has patience, before or while it is read", async () => {
    const silent = () => new Readable({ read() {} });
    const cut = new RequestBody(silent(), { ...limits, wholeMs: 5 });
    await expect(cut[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "body_timeout" });
    for (const when of ["before", "while"] as const) {
      const stream = silent();
      const body = new RequestBody(stream, { ...limits, wholeMs: 5 });
      if (when === "before") body.extend();
      const next = body[Symbol.asyncIterator]().next();
      if (when === "while") body.extend();
      await expect(cutAfterAnother(5)).rejects.toMatchObject({ code: "body_timeout" });
      stream.push(Buffer.from("late"));
      expect(String((await next).value)).toBe("late");
      stream.push(null);
    }
  });
});

/** A body that is cut after that time: what would have been cut before it, has been. */
async function cutAfterAnother(wholeMs: number): Promise<void> {
  const other = new RequestBody(new Readable({ read() {} }), { ...limits, wholeMs });
  await other[Symbol.asyncIterator]().next();
}
