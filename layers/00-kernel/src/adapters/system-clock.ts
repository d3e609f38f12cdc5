import { LpError } from "../errors/lp-error.ts";
import type { Clock, Deadline } from "../ports/clock.ts";
import type { TaskOwner } from "../ports/tasks.ts";

function abortReason(signal: AbortSignal): unknown {
  return signal.reason ?? new LpError({ code: "aborted", message: "the work was called off" });
}

/** Real time. */
export function systemClock(): Clock {
  const clock: Clock = {
    now: () => Date.now(),
    mono: () => performance.now(),
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) {
          reject(abortReason(signal));
          return;
        }
        const onAbort = () => {
          clearTimeout(timer);
          reject(abortReason(signal as AbortSignal));
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }, ms);
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    },
    turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
    every(ms: number, fn: () => Promise<void>, owner: TaskOwner): () => void {
      const stopper = new AbortController();
      owner.spawn("every", async (signal) => {
        const stop = () => stopper.abort();
        signal.addEventListener("abort", stop, { once: true });
        try {
          while (!stopper.signal.aborted) {
            await fn();
            await clock.sleep(ms, stopper.signal);
          }
        } catch (error) {
          if (!stopper.signal.aborted) throw error;
        } finally {
          signal.removeEventListener("abort", stop);
        }
      });
      return () => stopper.abort();
    },
    deadline(ms: number, parent?: AbortSignal): Deadline {
      const controller = new AbortController();
      const timer = setTimeout(
        () =>
          controller.abort(new LpError({ code: "deadline", message: `no answer within ${ms} ms`, retryable: true })),
        ms,
      );
      const onParent = () => {
        clearTimeout(timer);
        controller.abort(abortReason(parent as AbortSignal));
      };
      if (parent?.aborted) onParent();
      else parent?.addEventListener("abort", onParent, { once: true });
      return {
        signal: controller.signal,
        clear() {
          clearTimeout(timer);
          parent?.removeEventListener("abort", onParent);
        },
      };
    },
  };
  return clock;
}
