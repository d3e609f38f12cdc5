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
