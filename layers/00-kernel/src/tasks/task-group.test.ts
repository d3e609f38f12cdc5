import { describe, expect, it } from "vitest";
import { createTaskGroup } from "./task-group.ts";

function group() {
  const failures: { task: string; error: unknown }[] = [];
  const tasks = createTaskGroup("node", {
    onFailure: (task, error) => failures.push({ task, error }),
  });
  return { tasks, failures };
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a task group", () => {
  it("reports a rejection under the name of the task and its owners, and goes on", async () => {
    const { tasks, failures } = group();
    const error = new Error("broken");
    tasks.child("gateway").spawn("refresh", () => Promise.reject(error));
    await settled();
    expect(failures).toEqual([{ task: "node/gateway/refresh", error }]);
    let ran = false;
    tasks.spawn("next", async () => {
      ran = true;
    });
    await settled();
    expect(ran).toBe(true);
  });

  it("reports also what a task throws before its first await", async () => {
    const { tasks, failures } = group();
    tasks.spawn("careless", () => {
      throw new Error("at once");
    });
    await settled();
    expect(failures.map(({ task }) => task)).toEqual(["node/careless"]);
  });

  it("stops by aborting its tasks and waits until each has cleaned up; that is no failure", async () => {
    const { tasks, failures } = group();
    const order: string[] = [];
    tasks.spawn("slow", async (signal) => {
      await aborted(signal);
      await settled();
      order.push("cleaned up");
      throw signal.reason;
    });
    await tasks.stop();
    order.push("stopped");
    expect(order).toEqual(["cleaned up", "stopped"]);
    expect(failures).toEqual([]);
    expect(tasks.signal.reason).toMatchObject({ code: "stopped" });
  });

  it("starts nothing after it was stopped", async () => {
    const { tasks } = group();
    await tasks.stop();
    let ran = false;
    tasks.spawn("late", async () => {
      ran = true;
    });
    await settled();
    expect(ran).toBe(false);
    expect(tasks.child("late").signal.aborted).toBe(true);
  });

  it("stops its children with it and waits for them, while a child stops alone", async () => {
    const { tasks } = group();
    const ended: string[] = [];
    const run = (owner: typeof tasks, name: string) =>
      owner.spawn(name, async (signal) => {
        await aborted(signal);
        await settled();
        ended.push(name);
      });
    const [one, two] = [tasks.child("one"), tasks.child("two")];
    run(one, "one");
    run(two, "two");
    await one.stop();
    expect(ended).toEqual(["one"]);
    expect([tasks.signal.aborted, two.signal.aborted]).toEqual([false, false]);
    await tasks.stop();
    expect(ended).toEqual(["one", "two"]);
  });
});
