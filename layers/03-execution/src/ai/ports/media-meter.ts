import type { AiFile } from "../pipelines/ai-request.ts";

export type PictureSize = { readonly width: number; readonly height: number };

/** Sizes of media by which work is charged; gateway and orchestrator measure for themselves. */
export interface MediaMeter {
  /** Size of the first picture in the file. Rejects with `bad_media` for what is no picture. */
  pictureSize(file: AiFile, signal: AbortSignal): Promise<PictureSize>;
  /** Length of the sound in whole seconds, rounded up. Rejects with `bad_media` for what holds no sound. */
  audioSeconds(file: AiFile, signal: AbortSignal): Promise<number>;
}
