import type { OffChainNetwork } from "./off-chain-network.ts";
import type { RunningStream } from "./running-stream.ts";
import type { SmallDisk } from "./small-disk.ts";
import type { SpoilingOrchestrator } from "./spoiling-orchestrator.ts";

/** One booted network that all off-chain fault tests share. */
export type FaultWorld = {
  readonly network: OffChainNetwork;
  /** Folder for media. */
  readonly folder: string;
  /** 20 s with sound, every frame shows its number. */
  readonly clip: string;
  /** A stream that runs through all faults; in the end it must have lost nothing. */
  readonly main: RunningStream;
  readonly spoiler: SpoilingOrchestrator;
  /** Where the first gateway keeps its data; undefined where a test may not mount. */
  readonly disk: SmallDisk | undefined;
};

/** The world, once it is booted. */
export type World = () => FaultWorld;

export const clipSize = { width: 320, height: 180 } as const;
