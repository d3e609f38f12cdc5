import type { Clock } from "../ports/clock.ts";

/** True when `work` has neither resolved nor rejected after `ms`; false as soon as it has, or when `signal` aborts. */
export async function outlasts(
  work: Promise<unknown>,
  ms: number,
  clock: Pick<Clock, "deadline">,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = clock.deadline(ms, signal);
  const passed = new Promise<boolean>((resolve) => {
    deadline.signal.addEventListener("abort", () => resolve(!signal.aborted), { once: true });
  });
  const settled = work.then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([passed, settled]);
  } finally {
    deadline.clear();
  }
}
