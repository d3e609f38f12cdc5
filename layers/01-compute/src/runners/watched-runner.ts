import { LpError, type TaskOwner } from "@livepeer-ts/kernel";
import type { RunningRunner } from "./runner-driver.ts";

export type WatchedRunnerInput = Pick<RunningRunner, "url" | "token"> & {
  /** What it is called in the log and in the reason of its end, such as `the container`. */
  readonly what: string;
  /** Resolves with the reason when it has ended; it is asked once and may look again and again. */
  readonly untilEnded: (signal: AbortSignal) => Promise<string>;
  /** Ends it and takes away what is left. */
  readonly remove: () => Promise<void>;
};

/** A runner that somebody else's engine runs: its end is watched until it is stopped. */
export function watchedRunner(input: WatchedRunnerInput, tasks: TaskOwner): RunningRunner {
  const { url, token, what, untilEnded, remove } = input;
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const watching = new AbortController();
  tasks.spawn(`watch ${what}`, async (signal) => {
    const onAbort = () => watching.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      resolve(await untilEnded(watching.signal));
    } catch (error) {
      if (!watching.signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  });
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    watching.abort(new LpError({ code: "stopped", message: `${what} is stopped` }));
    await remove();
    resolve("it was stopped");
  };
  return {
    url,
    token,
    ended,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
