import { LpError } from "../errors/lp-error.ts";
import type { Tasks } from "../ports/tasks.ts";

export type TaskGroupDeps = {
  /** Told about every rejection that is not the group's own stop. */
  readonly onFailure: (task: string, error: unknown) => void;
};

/** A `Tasks` that knows what it runs and can be stopped. */
export function createTaskGroup(name: string, deps: TaskGroupDeps, parent?: AbortSignal): Tasks {
  const controller = new AbortController();
  const running = new Set<Promise<void>>();
  const children = new Set<Tasks>();
  const stopWithParent = () => controller.abort(parent?.reason);
  if (parent?.aborted) stopWithParent();
  else parent?.addEventListener("abort", stopWithParent, { once: true });

  return {
    signal: controller.signal,
    spawn(task, fn) {
      if (controller.signal.aborted) return;
      const promise = (async () => {
        try {
          await fn(controller.signal);
        } catch (error) {
          if (!controller.signal.aborted) deps.onFailure(`${name}/${task}`, error);
        }
      })();
      running.add(promise);
      void promise.finally(() => running.delete(promise));
    },
    child(childName) {
      const child = createTaskGroup(`${name}/${childName}`, deps, controller.signal);
      const wrapped: Tasks = {
        ...child,
        async stop() {
          await child.stop();
          children.delete(wrapped);
        },
      };
      children.add(wrapped);
      return wrapped;
    },
    async stop() {
      if (!controller.signal.aborted) {
        controller.abort(new LpError({ code: "stopped", message: `${name} was stopped` }));
      }
      parent?.removeEventListener("abort", stopWithParent);
      await Promise.all([...children].map((child) => child.stop()));
      await Promise.all([...running]);
    },
  };
}
