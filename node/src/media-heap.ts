import { Session } from "node:inspector/promises";
import { constants, type NodeGCPerformanceDetail, PerformanceObserver } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";

/** By how many percent of what is held memory may grow between two full collections. */
const growth = { least: 10, most: 100 };
/** Ms between two of them: below the first memory may grow by twice as much as before, above the second by half. */
const collections = { oftenMs: 2000, rareMs: 8000 };

let growingPercent = growth.most;

function setGrowth(percent: number): void {
  growingPercent = Math.min(growth.most, Math.max(growth.least, Math.round(percent)));
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
}

/**
 * Media passes through as buffers, which V8 hardly counts as memory: it would start a full collection for every 8 MB of them,
 * one or two segments, and spend more on that than on the segments. From here on buffers count like objects, and memory may grow
 * by as much as keeps full collections a few seconds apart: little in an idle node, twofold in a busy one.
 */
export function countBuffersAsMemory(): void {
  setFlagsFromString("--external-memory-accounted-in-global-limit");
  setGrowth(growth.most);
  let last = performance.now();
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { startTime, detail } = entry as typeof entry & { readonly detail: NodeGCPerformanceDetail };
      if (detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue;
      const sinceMs = startTime - last;
      last = startTime;
      if (sinceMs < collections.oftenMs) setGrowth(growingPercent * 2);
      else if (sinceMs > collections.rareMs) setGrowth(growingPercent / 2);
    }
  }).observe({ entryTypes: ["gc"] });
}

/** Collects what starting left behind and gives its memory back, which V8 does by itself only after hours. Takes about 0.1 s. */
export async function compactHeap(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.collectGarbage");
  session.disconnect();
  setGrowth(growth.least);
}
