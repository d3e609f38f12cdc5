import type { Logger } from "../ports/logger.ts";
import type { Tasks } from "../ports/tasks.ts";
import { createTaskGroup } from "../tasks/task-group.ts";

/** Root of a process's background work; failures go to the log. */
export function createTasks(name: string, logger: Logger): Tasks {
  return createTaskGroup(name, {
    onFailure: (task, error) =>
      logger.error("background task failed", {
        task,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  });
}
