import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../adapters/system-clock.ts";
import type { LpError } from "../errors/lp-error.ts";
import type { Tasks } from "../ports/tasks.ts";
import { utf8 } from "../units/bytes.ts";
import { LatestWrites, type LatestWritesOptions } from "./latest-writes.ts";
import { createTaskGroup } from "./task-group.ts";

let tasks: Tasks;
let failures: unknown[];
let lost: [key: string, error: LpError][];
let written: [key: string, text: string][];
let tryMs: number[];
beforeEach(() => {
  [failures, lost, written, tryMs] = [[], [], [], []];
  tasks = createTaskGroup("test", { onFailure: (_task, error) => failures.push(error) });
});
afterEach(async () => {
  await tasks.stop();
  expect(failures).toEqual([]);
});

function writes(write: (key: string) => Promise<void>, options: Partial<LatestWritesOptions> = {}): LatestWrites {
  const real = systemClock();
  const clock = {
    ...real,
    deadline(ms: number, parent?: AbortSignal) {
      tryMs.push(ms);
      return real.deadline(ms, parent);
    },
  };
  return new LatestWrites(
    { pauseMs: 1, ...options },
    {
      clock,
      tasks,
      onLost: (key, error) => lost.push([key, error]),
      write: async (key, bytes) => {
        await write(key);
        written.push([key, new TextDecoder().decode(bytes)]);
      },
    },
  );
}
const text = (value: string) => () => utf8(value);

/** A write that waits until it is let through, and says when it has begun. */
function gate() {
  let open = () => {};
  let begin = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const pass = () => {
    begin();
    return opened;
  };
  return { open: () => open(), begun, pass };
}

it("writes what was put last, once for all that was put meanwhile", async () => {
  const first = gate();
  let count = 0;
  const list = writes(() => (count++ === 0 ? first.pass() : Promise.resolve()));
  list.put("a", text("a1"));
  await first.begun;
  for (const value of ["a2", "a3", "a4"]) list.put("a", text(value));
  list.put("b", text("b1"));
  expect(list.waiting).toBe(3);
  first.open();
  await list.flushed();
  expect(written).toEqual([
    ["a", "a1"],
    ["a", "a4"],
    ["b", "b1"],
  ]);
  expect(list.waiting).toBe(0);
});

it("takes the newest form for its next try, with more time each", async () => {
  let count = 0;
  const list = writes(
    async () => {
      if (++count === 2) list.put("a", text("a2"));
      if (count <= 4) throw new Error("busy");
    },
    { firstTryMs: 1000, longestTryMs: 3000 },
  );
  list.put("a", text("a1"));
  await list.flushed();
  expect(written).toEqual([["a", "a2"]]);
  expect(tryMs).toEqual([1000, 1500, 2250, 3000, 3000]);
});

it("gives a try up when its time is over", async () => {
  let count = 0;
  const real = systemClock();
  const list = new LatestWrites(
    { pauseMs: 1, firstTryMs: 20, maxTries: 2 },
    {
      clock: real,
      tasks,
      onLost: (key, error) => lost.push([key, error]),
      write: (_key, _bytes, signal) => {
        count++;
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      },
    },
  );
  list.put("a", text("a1"));
  await list.flushed();
  expect(count).toBe(2);
  expect(lost.map(([key, { code }]) => [key, code])).toEqual([["a", "object_lost"]]);
});

it("lets the oldest go when too many wait, and says so", async () => {
  const first = gate();
  const list = writes(() => first.pass(), { maxWaiting: 2 });
  list.put("a", text("a"));
  await first.begun;
  for (const key of ["b", "c", "d"]) list.put(key, text(key));
  expect(lost.map(([key, { message }]) => [key, message])).toEqual([
    ["b", "b was not stored: 2 newer ones wait; look at the object store"],
  ]);
  first.open();
  await list.flushed();
  expect(written.map(([key]) => key)).toEqual(["a", "c", "d"]);
});

it("ends with its owner, and says what was not written", async () => {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const list = new LatestWrites(
    {},
    {
      clock: systemClock(),
      tasks,
      onLost: (key, error) => lost.push([key, error]),
      write: (_key, _bytes, signal) => {
        begin();
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      },
    },
  );
  list.put("a", text("a"));
  await begun;
  list.put("b", text("b"));
  await tasks.stop();
  await list.flushed();
  list.put("c", text("c"));
  await list.flushed();
  expect(lost.map(([key]) => key)).toEqual(["a", "b", "c"]);
  expect(lost[2]?.[1].message).toContain("the node stopped");
});
