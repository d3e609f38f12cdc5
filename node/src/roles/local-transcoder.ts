import { join } from "node:path";
import { capability, defaultCapabilities } from "@livepeer-ts/execution";
import { createFfmpegTranscoder, findFfmpeg } from "@livepeer-ts/media/adapters";
import type { LocalTranscoderConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";

/** The software transcoder of this machine. */
export type LocalTranscoder = {
  readonly backend: ReturnType<typeof createFfmpegTranscoder>;
  /** Numbers of what it can do. */
  readonly capabilities: readonly number[];
  readonly ffmpegVersion: string;
};

/** Finds ffmpeg and makes the transcoder. Rejects when there is no ffmpeg. */
export async function openLocalTranscoder(
  config: LocalTranscoderConfig,
  dataDir: string,
  ports: ProcessPorts,
): Promise<LocalTranscoder> {
  const ffmpeg = await findFfmpeg();
  return {
    backend: createFfmpegTranscoder(
      { ffmpegPath: ffmpeg.path, preset: config.preset, workDir: join(dataDir, "work") },
      ports,
    ),
    capabilities: config.hevcDecoding === true ? [...defaultCapabilities, capability.hevcDecode] : defaultCapabilities,
    ffmpegVersion: ffmpeg.version,
  };
}
