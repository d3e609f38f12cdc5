import { findFfmpeg } from "../adapters/find-ffmpeg.ts";

/**
 * True when this machine has a usable ffmpeg. Without one it says so on stderr and returns false, except under `CI=true`,
 * where a missing part is a failure.
 */
export async function requireFfmpeg(): Promise<boolean> {
  try {
    await findFfmpeg();
    return true;
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    process.stderr.write(`SKIPPED: ${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}
