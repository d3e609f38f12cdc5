import type { AiFile } from "../pipelines/ai-request.ts";

/** Makes one video of pictures; the protocol's runners give pictures and its clients get a video. */
export interface VideoAssembler {
  /** H.264 in MP4 of the pictures, `fps` a second, in the size of the first one. Rejects with `bad_media` for what is no picture. */
  assemble(frames: readonly AiFile[], fps: number, signal: AbortSignal): Promise<AiFile>;
}
