import type { NodeEvent } from "@livepeer-ts/kernel";

/** Carries events to the platform. */
export interface EventDelivery {
  /** Resolves when the receiver holds all events durably; the spool forgets them then. Rejects otherwise: they are sent again. */
  deliver(events: readonly NodeEvent[], signal: AbortSignal): Promise<void>;
}
