import { join } from "node:path";
import { type ClipPublisher, publishClip } from "@livepeer-ts/media/adapters";
import { lostSegments, ServedStream } from "../../node/src/demo/served-stream.ts";
import { until } from "../support/until.ts";
import { type ApiStream, type GatewayProcess, ladder, type OffChainNetwork } from "./off-chain-network.ts";

const trackCount = ladder.length + 1;

/** A stream that is published over RTMP and watched over HLS at the same time. */
export class RunningStream {
  readonly stream: ApiStream;
  readonly publisher: ClipPublisher;
  readonly folder: string;
  readonly #gateway: GatewayProcess;
  readonly #served: ServedStream;

  constructor(gateway: GatewayProcess, stream: ApiStream, options: { clip: string; folder: string; loop?: boolean }) {
    this.stream = stream;
    this.folder = join(options.folder, stream.playbackId);
    this.#gateway = gateway;
    this.#served = new ServedStream(`${gateway.url}/stream/${stream.playbackId}.m3u8`, this.folder);
    this.#served.start();
    const loop = options.loop ?? true;
    this.publisher = publishClip({ clip: options.clip, loop, rtmpUrl: `${gateway.rtmpUrl}/${stream.streamKey}` });
  }

  /** Resolves when `segments` more have been served in every rendition; fails when the gateway is gone. */
  async goesOn(segments = 2): Promise<void> {
    const before = this.#served.counts();
    await until("the stream goes on", () => {
      if (!this.#gateway.child.isRunning) throw new Error("the gateway ended");
      const now = this.#served.counts();
      return now.size === trackCount && [...now].every(([name, n]) => n >= (before.get(name) ?? 0) + segments);
    });
  }

  /** Ends the publisher, waits until all that the gateway took is served, and returns what was served. */
  async finish(network: OffChainNetwork): Promise<{ lost: number; gaps: number; segments: number }> {
    await this.publisher.stop();
    let taken = 0;
    await until("the stream has ended", async () => {
      const { isActive, sourceSegments } = await network.readStream(this.stream);
      taken = sourceSegments;
      return !isActive;
    });
    await until("everything is served", () => {
      const counts = [...this.#served.counts().values()];
      return counts.length === trackCount && counts.every((count) => count >= taken);
    });
    const tracks = await this.#served.finish();
    return {
      lost: lostSegments(tracks),
      gaps: tracks.reduce((sum, track) => sum + track.gaps, 0),
      segments: tracks[0]?.seqNos.length ?? 0,
    };
  }
}
