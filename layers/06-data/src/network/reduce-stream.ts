import type { NodeEvent } from "@livepeer-ts/kernel";
import { numberOf, objectsOf, textOf } from "../events/event-fields.ts";
import {
  type NetworkProjection,
  networkLimits,
  type ProjectedPiece,
  type ProjectedStream,
  pushLimited,
  updateStream,
  withLine,
} from "./network-projection.ts";

/** Manifest id of an event about a stream. */
export function manifestOf(event: NodeEvent): string {
  return textOf(event.data, "manifestId") ?? event.subject;
}

/** Makes room for one more stream: ended ones go first, then the one that was silent for longest. */
function withRoom(streams: readonly ProjectedStream[]): readonly ProjectedStream[] {
  if (streams.length < networkLimits.streams) return streams;
  const rank = (stream: ProjectedStream) => (stream.endedAt === null ? 1e15 : 0) + stream.lastSeen;
  const leaving = streams.reduce((least, stream) => (rank(stream) < rank(least) ? stream : least));
  return streams.filter((stream) => stream !== leaving);
}

const protocols = ["rtmp", "http", "whip", "srt"] as const;

/** Event `stream.started`. */
export function reduceStreamStarted(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data, at } = event;
  const manifestId = manifestOf(event);
  const profiles = objectsOf(data, "profiles");
  const gateway = textOf(data, "gateway");
  const stream: ProjectedStream = {
    manifestId,
    streamId: textOf(data, "streamId") ?? manifestId,
    protocol: protocols.find((protocol) => protocol === data["protocol"]) ?? "rtmp",
    gateway,
    startedAt: at,
    endedAt: null,
    lastSeen: at,
    sawMedia: false,
    width: null,
    height: null,
    fps: null,
    profiles: profiles.map((profile) => ({
      name: textOf(profile, "name") ?? "",
      width: numberOf(profile, "width"),
      height: numberOf(profile, "height"),
      bitrateBps: numberOf(profile, "bitrateBps"),
    })),
    received: 0,
    delivered: 0,
    lost: 0,
    ingest: [],
    renditionRates: {},
    latencies: [],
    feeWei: "0",
    costs: [],
  };
  const others = state.streams.filter((known) => known.manifestId !== manifestId);
  const next = {
    ...state,
    streams: [...withRoom(others), stream],
    gateway: { address: gateway, seenAt: at },
    // Pieces of an earlier broadcast of this stream would mix with the new numbers.
    pieces: state.pieces.filter((piece) => piece.manifestId !== manifestId),
  };
  return withLine(next, event, "stream_started", { streamId: stream.streamId, protocol: stream.protocol });
}

/** Event `stream.segment`: a piece is underway. */
export function reduceSourceSegment(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data, at } = event;
  const manifestId = manifestOf(event);
  const stream = state.streams.find((known) => known.manifestId === manifestId);
  const durationMs = numberOf(data, "durationMs");
  const sizeBytes = numberOf(data, "sizeBytes");
  const seqNo = numberOf(data, "seqNo");
  const piece: ProjectedPiece = {
    manifestId,
    streamId: stream?.streamId ?? textOf(data, "streamId") ?? manifestId,
    seqNo,
    receivedAt: at,
    durationMs,
    sourceBytes: sizeBytes,
    totalMs: null,
    state: "underway",
    orchestrator: null,
    attempts: [],
    candidates: [],
    selectionRule: null,
    weights: null,
    renditions: [],
    feeWei: null,
    ticketHashes: [],
    wonHashes: [],
    verified: false,
    receiptHash: null,
  };
  const known = state.pieces.some((other) => other.manifestId === manifestId && other.seqNo === seqNo);
  const next: NetworkProjection = {
    ...state,
    pieces: known ? state.pieces : pushLimited(state.pieces, piece, networkLimits.pieces),
    gateway: { address: state.gateway?.address ?? null, seenAt: at },
  };
  const frames = numberOf(data, "frameCount");
  return updateStream(next, manifestId, (current) => ({
    ...current,
    sawMedia: true,
    endedAt: null,
    lastSeen: at,
    width: numberOf(data, "width") || current.width,
    height: numberOf(data, "height") || current.height,
    fps: frames > 0 && durationMs > 0 ? Math.round((frames * 100_000) / durationMs) / 100 : current.fps,
    received: current.received + 1,
    ingest: pushLimited(current.ingest, { bytes: sizeBytes, ms: durationMs }, networkLimits.rates),
  }));
}

/** Event `stream.ended`. */
export function reduceStreamEnded(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const manifestId = manifestOf(event);
  const stream = state.streams.find((known) => known.manifestId === manifestId);
  if (stream === undefined || stream.endedAt !== null) return state;
  const next = updateStream(state, manifestId, (current) => ({ ...current, endedAt: event.at }));
  return withLine(next, event, "stream_ended", {
    streamId: stream.streamId,
    reason: textOf(event.data, "reason"),
    pieces: stream.received,
  });
}
