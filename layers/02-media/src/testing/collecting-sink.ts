import type { IngestSink, IngestStream, IngestVideoInfo, PublishRequest } from "../ports/ingest-sink.ts";
import type { MediaSegment } from "../segments/media-segment.ts";

/** One stream a collecting sink took. */
export type CollectedStream = {
  readonly request: PublishRequest;
  readonly segments: { readonly segment: MediaSegment; readonly info: IngestVideoInfo }[];
  /** Resolves with the reason of the end. */
  readonly ended: Promise<string>;
  /** Disconnects the publisher. */
  readonly kick: (reason: Error) => void;
};

/** A sink that keeps what it gets. */
export type CollectingSink = IngestSink & {
  readonly streams: CollectedStream[];
  /** Resolves with the first stream that holds this many segments. */
  readonly waitForSegments: (count: number) => Promise<CollectedStream>;
};

/** Makes a sink that keeps every segment; `admit` may throw to refuse a publisher. */
export function createCollectingSink(admit: (request: PublishRequest) => void = () => undefined): CollectingSink {
  const streams: CollectedStream[] = [];
  const waiters: { readonly count: number; readonly resolve: (stream: CollectedStream) => void }[] = [];
  const check = (stream: CollectedStream) => {
    for (const waiter of waiters) if (stream.segments.length >= waiter.count) waiter.resolve(stream);
  };
  return {
    streams,
    waitForSegments(count) {
      return new Promise((resolve) => {
        waiters.push({ count, resolve });
        for (const stream of streams) check(stream);
      });
    },
    async publish(request): Promise<IngestStream> {
      admit(request);
      const closed = new AbortController();
      let finish: (reason: string) => void = () => undefined;
      const ended = new Promise<string>((resolve) => {
        finish = resolve;
      });
      const stream: CollectedStream = { request, segments: [], ended, kick: (reason) => closed.abort(reason) };
      streams.push(stream);
      return {
        manifestId: `stream-${streams.length}`,
        closed: closed.signal,
        async segment(segment, info) {
          stream.segments.push({ segment, info });
          check(stream);
        },
        async end(reason) {
          finish(reason);
        },
      };
    },
  };
}
