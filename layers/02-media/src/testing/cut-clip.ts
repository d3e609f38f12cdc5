import { type AmfObject, type AmfValue, decodeAmf0 } from "../rtmp/amf0.ts";
import { readFlvAudio, readFlvVideo } from "../rtmp/flv-media.ts";
import { type CutSegment, Segmenter } from "../segmenter/segmenter.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { rtmpMessage } from "../wire/rtmp.ts";
import { ffmpeg } from "./counter-clip.ts";

/** What is cut. */
export type CutClipOptions = {
  /** Media file with H.264 and perhaps AAC. */
  readonly path: string;
  /** Times the clip is played after the first, with continuous time. Default 0. */
  readonly repeats?: number;
};

type FlvTag = { readonly type: number; readonly timestamp: number; readonly payload: Uint8Array };

const fileHeaderBytes = 9;
const tagHeaderBytes = 11;
/** Each tag, and the header, is followed by the length of what came before it. */
const backPointerBytes = 4;

function* flvTags(file: Buffer): Generator<FlvTag> {
  let at = fileHeaderBytes + backPointerBytes;
  while (at + tagHeaderBytes <= file.length) {
    const start = at + tagHeaderBytes;
    const end = start + file.readUIntBE(at + 1, 3);
    // The upper byte of the timestamp comes last.
    const timestamp = file.readUIntBE(at + 4, 3) + file.readUInt8(at + 7) * 2 ** 24;
    yield { type: file.readUInt8(at), timestamp, payload: file.subarray(start, end) };
    at = end + backPointerBytes;
  }
}

function announcedRate(payload: Uint8Array): number {
  const [, values] = decodeAmf0(payload) as [AmfValue, AmfObject | undefined];
  const rate = values?.["framerate"];
  return typeof rate === "number" ? rate : 0;
}

/** Cuts a clip as a publisher's stream is cut: the messages ffmpeg would send over RTMP, given to our own segmenter. */
export async function cutClip(options: CutClipOptions): Promise<MediaSegment[]> {
  const loop = ["-stream_loop", String(options.repeats ?? 0)];
  const streams = ["-map", "0:v:0", "-map", "0:a:0?", "-c", "copy"];
  const { stdout } = await ffmpeg(["-v", "error", ...loop, "-i", options.path, ...streams, "-f", "flv", "-"]);
  const segmenter = new Segmenter();
  const cut: (CutSegment | undefined)[] = [];
  for (const { type, timestamp, payload } of flvTags(stdout)) {
    if (type === rtmpMessage.video) cut.push(segmenter.video(timestamp, readFlvVideo(payload)));
    else if (type === rtmpMessage.audio) segmenter.audio(timestamp, readFlvAudio(payload));
    else if (type === rtmpMessage.data) segmenter.setFrameRate(announcedRate(payload));
  }
  cut.push(segmenter.end());
  return cut.filter((one) => one !== undefined).map((one) => one.segment);
}
