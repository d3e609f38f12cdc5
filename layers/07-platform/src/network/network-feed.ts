import {
  type ChainProjection,
  type NetworkContext,
  type NetworkFollower,
  type NetworkState,
  viewNetwork,
  viewPiece,
} from "@livepeer-ts/data";
import type { PlatformDatabase } from "@livepeer-ts/data/platform-db";
import { type Clock, type HttpHandler, type Logger, type TaskOwner, utf8 } from "@livepeer-ts/kernel";
import { jsonResponse } from "../http/raw-response.ts";
import type { LocalNetwork } from "../ports/local-network.ts";

export type NetworkFeedOptions = {
  readonly devnet: boolean;
  readonly activeTimeoutMs: number;
  readonly maxReaders: number;
};

export type NetworkFeedDeps = {
  readonly database: PlatformDatabase;
  readonly follower: NetworkFollower;
  readonly chain: ChainProjection | undefined;
  readonly local: LocalNetwork | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The Network page's figures: once, and as they change. */
export interface NetworkFeed {
  start(owner: TaskOwner): void;
  state(): Promise<NetworkState>;
  /** `GET /api/network/events`, server-sent events. */
  readonly events: HttpHandler;
}

/** Least time between two `state` messages, ms: at most 4 a second. */
const stateGapMs = 250;
/** A `state` is sent at least this often, ms: the page takes silence for a lost connection. */
const stateEveryMs = 5_000;
/** Pieces that may wait for one slow reader. */
const maxWaitingPieces = 60;

type Reader = { state: Uint8Array | undefined; pieces: Uint8Array[]; wake: (() => void) | undefined };

function message(name: string, value: unknown): Uint8Array {
  return utf8(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
}

/** Makes the feed; `start` begins to follow. */
export function createNetworkFeed(options: NetworkFeedOptions, deps: NetworkFeedDeps): NetworkFeed {
  const { database, follower, chain, local, clock, logger } = deps;
  const readers = new Set<Reader>();
  let dirty = false;
  let wakeLoop: (() => void) | undefined;
  let stopped = false;
  /** The platform's streams by manifest id, as of the last picture. */
  let known: NetworkContext["streams"] = new Map();

  const mark = (): void => {
    dirty = true;
    wakeLoop?.();
  };

  const context = async (): Promise<NetworkContext> => {
    const ids = follower.current().streams.map((stream) => stream.manifestId);
    const rows =
      ids.length === 0
        ? []
        : await database.db
            .selectFrom("stream")
            .select(["id", "playback_id", "name"])
            .where("playback_id", "in", ids)
            .execute();
    known = new Map(
      rows.map((row) => [row.playback_id, { streamId: row.id, playbackId: row.playback_id, name: row.name }]),
    );
    const status = local?.status();
    return {
      at: clock.now(),
      phase: status?.phase ?? "ready",
      steps: status?.steps ?? [],
      devnet: options.devnet,
      rtmpUrl: status?.rtmpUrl ?? null,
      preferredManifestId: status?.samplePlaybackId ?? null,
      streams: known,
      stopped: new Set(status?.stoppedOrchestrators ?? []),
      chain: chain?.current(),
      chainReachable: chain?.reachable() ?? false,
      activeTimeoutMs: options.activeTimeoutMs,
    };
  };
  const state = async (): Promise<NetworkState> => {
    const now = await context();
    return viewNetwork(follower.current(), now);
  };

  const wait = (ms: number, signal: AbortSignal): Promise<void> => {
    const deadline = clock.deadline(ms, signal);
    return new Promise((resolve) => {
      const done = () => {
        wakeLoop = undefined;
        deadline.signal.removeEventListener("abort", done);
        deadline.clear();
        resolve();
      };
      wakeLoop = done;
      if (dirty || deadline.signal.aborted) done();
      else deadline.signal.addEventListener("abort", done, { once: true });
    });
  };

  async function* read(reader: Reader, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const onAbort = () => reader.wake?.();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      yield utf8("retry: 1000\n\n");
      yield message("state", await state());
      while (!signal.aborted && !stopped) {
        const piece = reader.pieces.shift();
        if (piece !== undefined) yield piece;
        else if (reader.state !== undefined) {
          const next = reader.state;
          reader.state = undefined;
          yield next;
        } else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
          reader.wake = undefined;
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      readers.delete(reader);
    }
  }

  return {
    state,
    start(owner) {
      const stops = [
        follower.subscribe((event, projection) => {
          mark();
          if (readers.size === 0 || !(event.type === "stream.segment" || event.type === "segment.done")) return;
          const seqNo = event.data["seqNo"];
          const manifestId = event.data["manifestId"];
          const piece = projection.pieces.find((other) => other.manifestId === manifestId && other.seqNo === seqNo);
          if (piece === undefined) return;
          const bytes = message("piece", viewPiece(piece, projection, { chain: chain?.current(), streams: known }));
          for (const reader of readers) {
            reader.pieces.push(bytes);
            if (reader.pieces.length > maxWaitingPieces) reader.pieces.shift();
            reader.wake?.();
          }
        }),
      ];
      if (chain !== undefined) stops.push(chain.subscribe(mark));
      if (local !== undefined) stops.push(local.subscribe(mark));
      owner.spawn("network-feed", async (signal) => {
        try {
          while (!signal.aborted) {
            await wait(stateEveryMs, signal);
            dirty = false;
            if (readers.size > 0 && !signal.aborted) {
              const bytes = message("state", await state());
              for (const reader of readers) {
                reader.state = bytes;
                reader.wake?.();
              }
            }
            await clock.sleep(stateGapMs, signal);
          }
        } finally {
          stopped = true;
          for (const stop of stops) stop();
          for (const reader of readers) reader.wake?.();
        }
      });
    },
    async events(request) {
      if (readers.size >= options.maxReaders) {
        logger.warn("too many readers of the network page", { readers: readers.size });
        return jsonResponse(503, {
          errors: [`${options.maxReaders} pages follow this network already: try again later`],
        });
      }
      const reader: Reader = { state: undefined, pieces: [], wake: undefined };
      readers.add(reader);
      // A reader that goes away before its first byte was asked for never runs the generator's end.
      request.signal.addEventListener("abort", () => readers.delete(reader), { once: true });
      return {
        status: 200,
        header: new Headers({
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-store",
          "x-accel-buffering": "no",
        }),
        body: read(reader, request.signal),
      };
    },
  };
}
