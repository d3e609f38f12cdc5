import { errorText, LpError } from "@livepeer-ts/kernel";
import type { IngestVideoInfo } from "../ports/ingest-sink.ts";
import { readFlvAudio, readFlvVideo } from "../rtmp/flv-media.ts";
import { flvTags } from "../rtmp/flv-tags.ts";
import { type CutSegment, Segmenter } from "../segmenter/segmenter.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { type StreamingFfmpegOptions, startStreamingFfmpeg } from "./streaming-ffmpeg.ts";

export type FfmpegRtmpPullerOptions = StreamingFfmpegOptions & {
  /** Ms without a byte from the server. Default 20000. */
  readonly silentMs?: number;
};

const maxTagBytes = 16 * 1024 * 1024;

/** Plays an RTMP address with one ffmpeg process and cuts what it plays into segments. */
export class FfmpegRtmpPuller {
  readonly #options: FfmpegRtmpPullerOptions;

  constructor(options: FfmpegRtmpPullerOptions = {}) {
    this.#options = options;
  }

  /** Resolves with the number of segments when the server has ended. Rejects with `pull_failed`, or the signal's reason. */
  async pull(
    url: string,
    onSegment: (segment: MediaSegment, info: IngestVideoInfo) => Promise<void>,
    signal: AbortSignal,
  ): Promise<number> {
    signal.throwIfAborted();
    const { silentMs = 20_000 } = this.#options;
    const args = [
      ...["-hide_banner", "-loglevel", "error", "-nostdin", "-protocol_whitelist", "rtmp,tcp"],
      ...["-rw_timeout", String(silentMs * 1000), "-i", url],
      ...["-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-f", "flv", "-flvflags", "no_duration_filesize", "pipe:1"],
    ];
    const { child, closed, why, kill } = startStreamingFfmpeg(args, ["ignore", "pipe", "pipe"], this.#options, signal);
    let count = 0;
    const take = async (cut: CutSegment | undefined) => {
      if (cut === undefined) return;
      count++;
      await onSegment(cut.segment, cut.info);
    };
    try {
      const segmenter = new Segmenter();
      for await (const tag of flvTags(child.stdout as AsyncIterable<Uint8Array>, maxTagBytes)) {
        if (tag.type === "video") await take(segmenter.video(tag.timestamp, readFlvVideo(tag.payload)));
        else if (tag.type === "audio") segmenter.audio(tag.timestamp, readFlvAudio(tag.payload));
        segmenter.takeParts();
      }
      await take(segmenter.end());
    } catch (cause) {
      signal.throwIfAborted();
      throw new LpError({ code: "pull_failed", message: `the stream at ${url} ended: ${errorText(cause)}`, cause });
    } finally {
      kill();
      await closed;
    }
    signal.throwIfAborted();
    if (count > 0) return count;
    throw new LpError({
      code: "pull_failed",
      message: `nothing could be played from ${url}: ${why()}`,
      retryable: true,
    });
  }
}
