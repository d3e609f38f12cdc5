import type { OffloadJob } from "../ports/tasks.ts";
import { keccak256, keccakAbsorb, keccakStateBytes } from "./keccak.ts";

/** What each job does with its input, wherever it runs. */
export const offloadJobs: Readonly<Record<OffloadJob, (input: Uint8Array) => Uint8Array>> = {
  keccak256: (input) => keccak256(input),
  keccakAbsorb: (input) => keccakAbsorb(input.subarray(0, keccakStateBytes), input.subarray(keccakStateBytes)),
};
