import { fileURLToPath } from "node:url";

/**
 * What every process of the product is started with, beside its own environment; `scripts/bootstrap.mjs` sets the same.
 * Compiled sources are kept, which halves the start. Segments get memory of their own from the system and give it back at once:
 * in the C library's pools what is left between those that stay would be lost to the process.
 */
export const nodeEnvironment: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../../../.cache/compiled", import.meta.url)),
  MALLOC_MMAP_THRESHOLD_: String(128 * 1024),
  MALLOC_ARENA_MAX: "2",
};
