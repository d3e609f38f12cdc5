import { setFlagsFromString } from "node:v8";

/**
 * Media passes through as buffers, which V8 hardly counts as memory: it would start a full collection for every 8 MB of them,
 * one or two segments, and spend more on that than on the segments. From here on buffers count like objects, and memory may
 * double between two collections, as in Go.
 */
export function countBuffersAsMemory(): void {
  setFlagsFromString("--external-memory-accounted-in-global-limit");
  setFlagsFromString("--heap-growing-percent=100");
}
