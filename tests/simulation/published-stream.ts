import type { PublishRequest } from "@livepeer-ts/media";
import { type OffChainWorld, sourceBytes } from "./off-chain-world.ts";

type OpenStream = Awaited<ReturnType<OffChainWorld["gateway"]["ingest"]["publish"]>>;

export type PublishedStreamOptions = {
  /** Manifest id. Default `sim`. */
  readonly name?: string;
  readonly protocol?: PublishRequest["protocol"];
  /** Virtual time from now until it is published, ms. Default 0. */
  readonly publishMs?: number;
  /** Virtual time from now until the first segment is there, ms. Default 1000. */
  readonly firstMs?: number;
  /** Length of a segment, and the time from one to the next, ms. Default 2000. */
  readonly segmentMs?: number;
  readonly count: number;
};

/** Schedules a stream whose segments come one after another. `opened` gives it once the gateway has admitted it. */
export function publishStream(
  { sim, gateway }: Pick<OffChainWorld, "sim" | "gateway">,
  options: PublishedStreamOptions,
): { readonly opened: () => OpenStream | undefined } {
  const { name = "sim", protocol = "rtmp", publishMs = 0, firstMs = 1000, segmentMs = 2000, count } = options;
  let stream: OpenStream | undefined;
  sim.schedule(publishMs, `publish ${name}`, () => {
    const scheme = protocol === "rtmp" ? "rtmp" : "http";
    void gateway.ingest
      .publish({ protocol, url: `${scheme}://g1.test/live/${name}`, clientAddress: "10.0.0.9" })
      .then((opened) => {
        stream = opened;
      });
  });
  for (let seqNo = 0; seqNo < count; seqNo++) {
    sim.schedule(firstMs + seqNo * segmentMs, `${name} ${seqNo}`, () => {
      void stream?.segment(
        { seqNo, bytes: sourceBytes(seqNo), durationMs: segmentMs, container: "mpegts" },
        { width: 1280, height: 720 },
      );
    });
  }
  return { opened: () => stream };
}
