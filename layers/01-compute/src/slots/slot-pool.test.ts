import { describe, expect, it } from "vitest";
import { SlotPool } from "./slot-pool.ts";

const never = new AbortController().signal;

describe("SlotPool", () => {
  it("runs at most as many jobs as it has slots and hands slots on in order", async () => {
    const pool = new SlotPool({ slots: 1 });
    const order: string[] = [];
    const first = await pool.acquire(never);
    const second = pool.acquire(never).then((release) => {
      order.push("second");
      return release;
    });
    const third = pool.acquire(never).then((release) => {
      order.push("third");
      return release;
    });
    expect(pool.inUse).toBe(1);
    expect(pool.waiting).toBe(2);
    first();
    first();
    (await second)();
    (await third)();
    expect(order).toEqual(["second", "third"]);
    expect(pool.inUse).toBe(0);
  });

  it("refuses more waiting jobs than its limit with a retryable error", async () => {
    const pool = new SlotPool({ slots: 1, maxWaiting: 0 });
    await pool.acquire(never);
    await expect(pool.acquire(never)).rejects.toMatchObject({ code: "slots_full", retryable: true });
  });

  it("changes its size: waiting jobs begin when it grows, and running ones are let end when it shrinks", async () => {
    const pool = new SlotPool({ slots: 1 });
    const first = await pool.acquire(never);
    const second = pool.acquire(never);
    const third = pool.acquire(never);
    pool.resize(2);
    const release = await second;
    expect([pool.inUse, pool.waiting]).toEqual([2, 1]);
    pool.resize(1);
    first();
    expect([pool.inUse, pool.waiting]).toEqual([1, 1]);
    release();
    await third;
    expect([pool.inUse, pool.waiting]).toEqual([1, 0]);
    expect(() => pool.resize(0)).toThrow("0 is no number of slots");
    expect(pool.slots).toBe(1);
  });

  it("forgets a waiting job that was called off", async () => {
    const pool = new SlotPool({ slots: 1 });
    const release = await pool.acquire(never);
    const aborter = new AbortController();
    const waiting = pool.acquire(aborter.signal);
    aborter.abort(new Error("called off"));
    await expect(waiting).rejects.toThrow("called off");
    release();
    expect(pool.inUse).toBe(0);
  });
});
