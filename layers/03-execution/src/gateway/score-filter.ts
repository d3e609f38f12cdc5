import type { Address } from "@livepeer-ts/kernel";

/** Who is good enough to be drawn, by somebody's measurements. */
export interface ScoreFilter {
  /** False while there is nothing to go by: nobody is left out then. */
  readonly isActive: boolean;
  isGoodEnough(orchestrator: Address): boolean;
}
