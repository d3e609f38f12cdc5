import type { StreamStores } from "../ports/stream-stores.ts";

/** Live output in memory, and no recordings. */
export const memoryOnly: StreamStores = { live: async () => undefined, recording: async () => undefined };
