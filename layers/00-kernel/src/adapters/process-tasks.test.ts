import { afterAll, describe, expect, it } from "vitest";
import { type LogFields, silentLogger } from "../ports/logger.ts";
import { createTasks } from "./process-tasks.ts";

const errors: { message: string; fields: LogFields | undefined }[] = [];
const tasks = createTasks("test", {
  ...silentLogger,
  error: (message, fields) => errors.push({ message, fields }),
});
afterAll(() => tasks.stop());

describe("the background work of a process", () => {
  it("writes failures to the log with the task's name", async () => {
    tasks.child("orchestrator").spawn("sweep", () => Promise.reject(new Error("no room")));
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(errors).toMatchObject([{ message: "background task failed", fields: { task: "test/orchestrator/sweep" } }]);
    expect(String(errors[0]?.fields?.["error"])).toContain("no room");
  });
});
