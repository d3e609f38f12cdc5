import type { Clock } from "@livepeer-ts/kernel";

type Timer = { readonly at: number; readonly fire: () => void };

/** A clock that stands still until it is moved on. */
export function manualClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = 0;
  const timers = new Set<Timer>();
  const after = (ms: number, fire: () => void) => {
    const timer = { at: now + ms, fire };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const clock: Clock = {
    now: () => now,
    mono: () => now,
    turn,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const clear = after(ms, resolve);
        signal?.addEventListener("abort", () => {
          clear();
          reject(signal.reason);
        });
      }),
    every(ms, fn, owner) {
      let clear: () => unknown = () => {};
      const next = () => {
        clear = after(ms, () => void fn().then(next));
      };
      next();
      const stop = () => void clear();
      owner.signal.addEventListener("abort", stop, { once: true });
      return stop;
    },
    deadline(ms, parent) {
      const controller = new AbortController();
      const clear = after(ms, () => controller.abort());
      const signal = parent === undefined ? controller.signal : AbortSignal.any([parent, controller.signal]);
      return { signal, clear: () => void clear() };
    },
  };
  return {
    ...clock,
    async advance(ms) {
      for (const end = now + ms; ; ) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) {
          now = end;
          return;
        }
        now = due.at;
        timers.delete(due);
        due.fire();
        for (let i = 0; i < 20; i++) await turn();
      }
    },
  };
}
