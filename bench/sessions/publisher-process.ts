// The publishers of the sessions bench: RTMP streams at their own pace, made of frames without pictures.
import { avcFrameMessage, avcHeaderMessage, h264SpsOf, RtmpTestClient } from "@livepeer-ts/media/testing";
import { serveCalls } from "../overhead/process-link.ts";

export type PublishRequest = {
  readonly port: number;
  readonly names: readonly string[];
  readonly bytesPerSecond: number;
};
export type PublisherReport = { readonly segments: number };

const fps = 25;
/** Frames of a segment of two seconds. */
const keyframeEvery = 2 * fps;
const frameMs = 1000 / fps;
const chunkBytes = 65_536;

type Stream = { readonly client: RtmpTestClient; readonly startMs: number; sent: number };

const streams: Stream[] = [];
let timer: NodeJS.Timeout | undefined;

async function start({ port, names, bytesPerSecond }: PublishRequest): Promise<void> {
  const header = avcHeaderMessage(h264SpsOf({ width: 1280, height: 720 }));
  const size = Math.floor(bytesPerSecond / fps);
  const [keyframe, other] = [avcFrameMessage(true, size), avcFrameMessage(false, size)];
  const begun = performance.now();
  for (const [i, name] of names.entries()) {
    const client = await RtmpTestClient.connect(port);
    client.publish("live", name);
    const status = await client.status();
    if (status?.["code"] !== "NetStream.Publish.Start") throw new Error(`${name}: ${JSON.stringify(status)}`);
    client.setChunkSize(chunkBytes);
    client.message(9, header);
    // spread over a segment's time, as streams are
    streams.push({ client, startMs: begun + 500 + (i * keyframeEvery * frameMs) / names.length, sent: 0 });
  }
  timer = setInterval(() => {
    const now = performance.now();
    for (const stream of streams) {
      while (stream.startMs + stream.sent * frameMs <= now) {
        const payload = stream.sent % keyframeEvery === 0 ? keyframe : other;
        stream.client.message(9, payload, Math.round(stream.sent * frameMs));
        stream.sent++;
      }
    }
  }, 10);
}

/** Ends every stream at a keyframe's place. */
function stop(): PublisherReport {
  clearInterval(timer);
  for (const { client } of streams) client.socket.end();
  return { segments: streams.reduce((sum, { sent }) => sum + Math.ceil(sent / keyframeEvery), 0) };
}

serveCalls({ start, stop });
