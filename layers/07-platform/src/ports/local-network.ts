import type { NetworkStep } from "@livepeer-ts/data";
import type { Address } from "@livepeer-ts/kernel";

export type LocalNetworkStatus = {
  readonly phase: "starting" | "ready";
  readonly steps: readonly NetworkStep[];
  /** Where a publisher can send video: `rtmp://host:port/live`. */
  readonly rtmpUrl: string | null;
  /** Playback id of the sample stream; null when there is none. */
  readonly samplePlaybackId: string | null;
  /** Orchestrators whose process does not run now, lower case. */
  readonly stoppedOrchestrators: readonly string[];
};

/** The local network that this platform belongs to; implemented by its supervisor. */
export interface LocalNetwork {
  status(): LocalNetworkStatus;
  /** Called after each change of the status. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** Kills the orchestrator's process; it comes back by itself. Rejects with `orchestrator_unknown` or `orchestrator_stopped`. */
  stopOrchestrator(address: Address): Promise<{ readonly returnsInMs: number }>;
}
