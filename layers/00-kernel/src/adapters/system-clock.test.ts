import { describe, expect, it } from "vitest";
import { LpError } from "../errors/lp-error.ts";
import { createTaskGroup } from "../tasks/task-group.ts";
import { systemClock } from "./system-clock.ts";

const clock = systemClock();
const long = 60_000;

function owner() {
  const failures: unknown[] = [];
  const tasks = createTaskGroup("clock", {
    onFailure: (_task, error) => failures.push(error),
  });
  return { tasks, failures };
}

describe("real time", () => {
  it("goes on during a sleep, on both clocks", async () => {
    const [wall, mono] = [clock.now(), clock.mono()];
    await clock.sleep(20);
    expect(clock.mono() - mono).toBeGreaterThanOrEqual(19);
    expect(clock.now()).toBeGreaterThan(wall);
  });

  it("ends a sleep early with the reason of its signal, also when that was aborted before", async () => {
    const reason = new LpError({ code: "stopped", message: "enough" });
    const stop = new AbortController();
    const sleeping = clock.sleep(long, stop.signal);
    stop.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(clock.sleep(long, stop.signal)).rejects.toBe(reason);
  });

  it("repeats a call only after the one before has ended, until it is told to stop", async () => {
    const { tasks, failures } = owner();
    let [running, most, calls] = [0, 0, 0];
    let stopRepeating = () => {};
    await new Promise<void>((resolve) => {
      stopRepeating = clock.every(
        1,
        async () => {
          most = Math.max(most, ++running);
          await clock.sleep(5);
          running--;
          if (++calls === 3) resolve();
        },
        tasks,
      );
    });
    stopRepeating();
    await tasks.stop();
    expect(most).toBe(1);
    expect(failures).toEqual([]);
  });

  it("stops repeating with its owner, and reports a call that fails", async () => {
    const idle = owner();
    clock.every(long, async () => {}, idle.tasks);
    await idle.tasks.stop();
    expect(idle.failures).toEqual([]);

    const failing = owner();
    const error = new Error("the sweep broke");
    clock.every(1, () => Promise.reject(error), failing.tasks);
    await failing.tasks.stop();
    expect(failing.failures).toEqual([]); // stopped before it ran: nothing to report
    const watched = owner();
    clock.every(1, () => Promise.reject(error), watched.tasks);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(watched.failures).toEqual([error]);
  });

  it("aborts at a deadline with a reason that may be retried", async () => {
    const { signal } = clock.deadline(5);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    expect(signal.reason).toMatchObject({ code: "deadline", message: "no answer within 5 ms", retryable: true });
  });

  it("aborts with the parent of a deadline, but no more once the work is done", () => {
    const reason = new Error("the caller left");
    const parent = new AbortController();
    const open = clock.deadline(long, parent.signal);
    const done = clock.deadline(long, parent.signal);
    done.clear();
    parent.abort(reason);
    expect(open.signal.reason).toBe(reason);
    expect(done.signal.aborted).toBe(false);
    expect(clock.deadline(long, parent.signal).signal.reason).toBe(reason);
  });
});
