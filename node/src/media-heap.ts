import { Session } from "node:inspector/promises";
import { setFlagsFromString } from "node:v8";

/** Memory may grow by this many percent of what is held between two full collections. */
const growingPercent = 50;

/**
 * Media passes through as buffers, which V8 hardly counts as memory: it would start a full collection for every 8 MB of them,
 * one or two segments, and spend more on that than on the segments. From here on buffers count like objects.
 */
export function countBuffersAsMemory(): void {
  setFlagsFromString("--external-memory-accounted-in-global-limit");
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
}

/** Collects what starting left behind and gives its memory back, which V8 does by itself only after hours. Takes about 0.1 s. */
export async function compactHeap(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.collectGarbage");
  session.disconnect();
}
