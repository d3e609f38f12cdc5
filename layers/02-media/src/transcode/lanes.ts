import type { TranscodeRequest } from "../ports/transcoder-backend.ts";
import type { SegmentScan } from "../segments/scan-segment.ts";
import type { Dialect } from "./dialect.ts";
import { SlotQueue, type SlotQueueOptions } from "./slot-queue.ts";

/** Runs a segment once in the words of `dialect`. */
export type Attempt<T> = (dialect: Dialect) => Promise<T>;

/** Where segments run, when, and what happens when one fails there. */
export type Lanes = {
  /** The words a segment would be run in; for looking at them before anything waits. */
  readonly preview: (request: TranscodeRequest, scan: SegmentScan) => Dialect;
  /** Waits for a place, then attempts; more than once where that may help. */
  readonly run: <T>(
    request: TranscodeRequest,
    scan: SegmentScan,
    signal: AbortSignal,
    attempt: Attempt<T>,
  ) => Promise<T>;
  readonly endSession: (sessionId: string) => void;
};

/** The processor: one queue, one attempt. */
export function processorLanes(dialect: Dialect, options: SlotQueueOptions): Lanes {
  const slots = new SlotQueue(options);
  return {
    preview: () => dialect,
    run: (request, _, signal, attempt) => slots.run(request.sessionId, signal, () => attempt(dialect)),
    // Nothing is kept per session: every segment has its own process, as the reference's software transcoder.
    endSession: () => undefined,
  };
}
