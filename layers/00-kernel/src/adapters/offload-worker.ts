import { parentPort } from "node:worker_threads";
import { keccak256 } from "../crypto/keccak.ts";
import type { OffloadJob } from "../ports/tasks.ts";

const jobs: Record<OffloadJob, (input: Uint8Array) => Uint8Array> = { keccak256: (input) => keccak256(input) };

parentPort?.on("message", (message: { id: number; job: OffloadJob; input: Uint8Array }) => {
  try {
    parentPort?.postMessage({ id: message.id, output: jobs[message.job](message.input) });
  } catch (error) {
    parentPort?.postMessage({ id: message.id, error: error instanceof Error ? error.message : String(error) });
  }
});
