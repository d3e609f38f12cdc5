import { setTimeout as wait } from "node:timers/promises";

/** Resolves after the time, or when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
