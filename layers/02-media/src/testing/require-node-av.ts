import { fileURLToPath } from "node:url";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { findNodeAv, type NodeAvInfo } from "../adapters/node-av/find-node-av.ts";

const folder = fileURLToPath(new URL("../../../../tests/engines", import.meta.url));

/**
 * The node-av that the tests' services installed. Without it this says so on stderr and returns undefined, except under
 * `CI=true`, where a missing part is a failure.
 */
export async function requireNodeAv(): Promise<NodeAvInfo | undefined> {
  try {
    return await findNodeAv(folder, systemClock(), AbortSignal.timeout(60_000));
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    process.stderr.write(`SKIPPED: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}
