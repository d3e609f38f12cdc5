import { parentPort } from "node:worker_threads";
import { offloadJobs } from "../crypto/offload-jobs.ts";
import type { OffloadJob } from "../ports/tasks.ts";

parentPort?.on("message", (message: { id: number; job: OffloadJob; input: Uint8Array }) => {
  try {
    parentPort?.postMessage({ id: message.id, output: offloadJobs[message.job](message.input) });
  } catch (error) {
    parentPort?.postMessage({ id: message.id, error: error instanceof Error ? error.message : String(error) });
  }
});
