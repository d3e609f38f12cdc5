import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { keccak256 } from "../crypto/keccak.ts";
import { type LogFields, silentLogger } from "../ports/logger.ts";
import { createTasks } from "./worker-tasks.ts";

const errors: { message: string; fields: LogFields | undefined }[] = [];
const tasks = createTasks("test", {
  ...silentLogger,
  error: (message, fields) => errors.push({ message, fields }),
});
afterAll(() => tasks.stop());

const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

describe("work on another thread", () => {
  it("has the result of the same work here, many at a time, smaller after larger inputs", async () => {
    const inputs = [3_000_000, 0, 300_000, 1, 2_000_000, 1_500_000, 299_999].map((n, i) => filled(n, i + 1));
    for (let round = 0; round < 2; round++) {
      const outputs = await Promise.all(inputs.map((input) => tasks.offload("keccak256", [input])));
      expect(outputs).toEqual(inputs.map((input) => keccak256(input)));
    }
  });

  it("takes its input in parts", async () => {
    const parts = [filled(3, 1), filled(0, 2), filled(400_000, 3)];
    expect(await tasks.offload("keccak256", parts)).toEqual(keccak256(...parts));
  });

  it("works on what the input was when it was given, and leaves it usable", async () => {
    const input = filled(2_000_000, 5);
    const expected = keccak256(input);
    const output = tasks.offload("keccak256", [input]);
    input.fill(9);
    expect(await output).toEqual(expected);
    expect(input.length).toBe(2_000_000);
  });

  it("takes inputs that are too large for the shared memory, too", async () => {
    const input = filled(17 * 1024 * 1024, 7);
    expect(await tasks.offload("keccak256", [input])).toEqual(keccak256(input));
  });

  it("does not block this thread meanwhile", async () => {
    let isDone = false;
    const work = tasks.offload("keccak256", [filled(1_000_000, 1)]).then(() => {
      isDone = true;
    });
    // a thread's answer needs a turn of the event loop; work done here would be ready after the promises of this turn
    for (let i = 0; i < 50; i++) await null;
    expect(isDone).toBe(false);
    await work;
  });

  it("does not keep a process alive that has nothing else to do", async () => {
    const code = `
      const { createTasks } = await import(${JSON.stringify(join(import.meta.dirname, "worker-tasks.ts"))});
      const { silentLogger } = await import(${JSON.stringify(join(import.meta.dirname, "..", "index.ts"))});
      const hash = await createTasks("once", silentLogger).offload("keccak256", [new Uint8Array(1_000_000)]);
      console.log(hash.length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code]);
    expect(stdout.trim()).toBe("32");
  });
});

describe("the background work of a process", () => {
  it("writes failures to the log with the task's name", async () => {
    tasks.child("orchestrator").spawn("sweep", () => Promise.reject(new Error("no room")));
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(errors).toMatchObject([{ message: "background task failed", fields: { task: "test/orchestrator/sweep" } }]);
    expect(String(errors[0]?.fields?.["error"])).toContain("no room");
  });
});
