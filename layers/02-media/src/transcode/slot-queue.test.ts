import { expect, it } from "vitest";
import { SlotQueue } from "./slot-queue.ts";

const never = new AbortController().signal;

function makeQueue(maxConcurrent: number, maxQueued = 8) {
  const queue = new SlotQueue({ maxConcurrent, maxQueuedPerKey: maxQueued, maxQueued });
  const started: string[] = [];
  /** Starts a job that runs until `end` is called. */
  const job = (name: string, weight: number, signal = never) => {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const done = queue.run(
      name,
      signal,
      () => {
        started.push(name);
        return over;
      },
      weight,
    );
    return { done, end };
  };
  return { queue, started, job };
}

it("runs jobs together as long as their weights fit, in order of arrival", async () => {
  const { queue, started, job } = makeQueue(4);
  const a = job("a", 2);
  const b = job("b", 1);
  const heavy = job("heavy", 4);
  const light = job("light", 1);
  expect([queue.running, queue.waiting]).toEqual([3, 2]);
  a.end();
  await a.done;
  // The light one would fit, and does not overtake.
  expect(started).toEqual(["a", "b"]);
  b.end();
  await b.done;
  heavy.end();
  await heavy.done;
  light.end();
  await light.done;
  expect(started).toEqual(["a", "b", "heavy", "light"]);
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
});

it("lets those behind a heavy job go when it is called off", async () => {
  const { queue, started, job } = makeQueue(2);
  const a = job("a", 1);
  const caller = new AbortController();
  const heavy = job("heavy", 2, caller.signal);
  const light = job("light", 1);
  const refused = expect(heavy.done).rejects.toThrow("called off");
  caller.abort(new Error("called off"));
  await refused;
  light.end();
  await light.done;
  a.end();
  await a.done;
  expect(started).toEqual(["a", "light"]);
  expect(queue.running).toBe(0);
});

it("gives the place back when a job fails, and refuses more than may wait", async () => {
  const { queue, job } = makeQueue(1, 1);
  const failing = queue.run("x", never, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  const a = job("a", 1);
  const b = job("b", 1);
  await expect(job("c", 1).done).rejects.toMatchObject({ code: "transcoder_busy", retryable: true });
  a.end();
  b.end();
  await Promise.all([a.done, b.done]);
  expect(queue.running).toBe(0);
});
