import type { DeviceSlot, RunnerKind, RunnerSpec } from "./runner-spec.ts";

/** A runner that was started; it may still be loading. */
export type RunningRunner = {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; undefined: none. */
  readonly token: string | undefined;
  /** Resolves with the reason when it ended by itself or was ended. */
  readonly ended: Promise<string>;
  /** Asks it to end, then ends it for good. Resolves when nothing of it is left; safe to call twice. */
  stop(): Promise<void>;
};

/** One way to run a runner: containers, processes of this machine, an address, a cluster. */
export interface RunnerDriver {
  readonly kind: RunnerKind;
  /** What a first start needs and may take long, such as fetching an image. Absent: nothing. Rejects with `runner_not_started`. */
  readonly prepare?: (spec: RunnerSpec, signal: AbortSignal) => Promise<void>;
  /** Starts it and returns at once when it runs, before it is healthy. Rejects with `runner_not_started` and why. */
  start(spec: RunnerSpec, slot: DeviceSlot, signal: AbortSignal): Promise<RunningRunner>;
  /** Ends what an earlier process of this node has left behind. Returns how many that were. */
  removeOrphans(signal: AbortSignal): Promise<number>;
}
