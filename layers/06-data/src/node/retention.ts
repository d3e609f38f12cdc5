import type { Clock, Logger, TaskOwner } from "@livepeer-ts/kernel";

/** Something that grows and can be cut back: oldest entries first. */
export type Prunable = {
  readonly name: string;
  /** Removes what is older than `storedBefore` (wall ms), then the oldest beyond `maxBytes`. Returns how many entries went. */
  prune(limits: { readonly storedBefore: number; readonly maxBytes: number }): Promise<number>;
};

export type RetentionOptions = {
  /** Default 30 days. */
  readonly maxAgeMs?: number;
  /** Bytes per store. Default 2 GiB. */
  readonly maxBytes?: number;
  /** Between sweeps. Default 10 minutes. */
  readonly everyMs?: number;
};

/** Sweeps the stores until the owner stops. */
export function startRetention(
  options: RetentionOptions,
  deps: {
    readonly stores: readonly Prunable[];
    readonly clock: Clock;
    readonly logger: Logger;
    readonly owner: TaskOwner;
  },
): void {
  const maxAgeMs = options.maxAgeMs ?? 30 * 24 * 3_600_000;
  const maxBytes = options.maxBytes ?? 2 * 1024 ** 3;
  deps.clock.every(
    options.everyMs ?? 600_000,
    async () => {
      for (const store of deps.stores) {
        const removed = await store.prune({ storedBefore: deps.clock.now() - maxAgeMs, maxBytes });
        if (removed > 0) deps.logger.info("old entries were removed", { store: store.name, removed });
      }
    },
    deps.owner,
  );
}
