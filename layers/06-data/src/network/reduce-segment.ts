import { calledOffCode, hedgeLostCode } from "@livepeer-ts/execution";
import { addRational, formatRational, type NodeEvent, parseRational, type Rational } from "@livepeer-ts/kernel";
import { type EventData, numberOf, objectsOf, textOf } from "../events/event-fields.ts";
import {
  type NetworkProjection,
  networkLimits,
  type OrchestratorKey,
  type ProjectedAttempt,
  type ProjectedCandidate,
  type ProjectedPiece,
  pushLimited,
  updateOrchestrator,
  updateStream,
  withLine,
} from "./network-projection.ts";
import { manifestOf } from "./reduce-stream.ts";

/** Answers of an orchestrator that is there but has no room: it is slow, not gone. */
const busyReason = /busy|capped/i;
/** Failures in which no answer came. Any other failure is an answer: whoever gives it is there. */
const silentCode = /^(net_\w+|send_failed|timeout|deadline|download_failed|empty_response)$/;

/** Key of whoever an object names by `orchestrator` or `uri`. */
function keyOf(data: EventData): OrchestratorKey {
  return textOf(data, "orchestrator")?.toLowerCase() ?? textOf(data, "uri") ?? "";
}

/** Text of an exact fraction as a fraction; null when it is none. */
export function fractionOf(text: string | null): Rational | null {
  if (text === null) return null;
  try {
    return parseRational(text);
  } catch {
    return null;
  }
}

function updatePiece(
  state: NetworkProjection,
  manifestId: string,
  seqNo: number,
  change: (piece: ProjectedPiece) => ProjectedPiece,
): NetworkProjection {
  return {
    ...state,
    pieces: state.pieces.map((piece) =>
      piece.manifestId === manifestId && piece.seqNo === seqNo ? change(piece) : piece,
    ),
  };
}

/** Event `segment.selection`: who was considered for a piece, and why. */
export function reduceSelection(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data } = event;
  const chosen = textOf(data, "chosen");
  const weights = data["weights"] as EventData | undefined;
  const candidates = objectsOf(data, "candidates").map(
    (candidate): ProjectedCandidate => ({
      orchestrator: keyOf(candidate),
      stakeWei: textOf(candidate, "stakeWei"),
      pricePerPixel: textOf(candidate, "pricePerPixel"),
      latencyScore: typeof candidate["latencyScore"] === "number" ? candidate["latencyScore"] : null,
      probability: typeof candidate["probability"] === "number" ? candidate["probability"] : null,
      excludedBy: textOf(candidate, "excludedBy"),
      chosen: chosen !== null && textOf(candidate, "uri") === chosen,
    }),
  );
  let next = updatePiece(state, manifestOf(event), numberOf(data, "seqNo"), (piece) => ({
    ...piece,
    candidates,
    selectionRule: textOf(data, "rule"),
    weights:
      weights === undefined || weights === null
        ? null
        : { stake: numberOf(weights, "stake"), price: numberOf(weights, "price"), random: numberOf(weights, "random") },
  }));
  for (const candidate of objectsOf(data, "candidates")) {
    const price = textOf(candidate, "pricePerPixel");
    const key = keyOf(candidate);
    if (key === "") continue;
    next = updateOrchestrator(next, key, textOf(candidate, "uri"), (orchestrator) => ({
      ...orchestrator,
      pricePerPixel: price ?? orchestrator.pricePerPixel,
    }));
  }
  return next;
}

function attemptsOf(data: EventData): readonly (ProjectedAttempt & { readonly uri: string | null })[] {
  return objectsOf(data, "attempts").map((attempt) => {
    const error = attempt["error"] as EventData | null | undefined;
    return {
      orchestrator: keyOf(attempt),
      uri: textOf(attempt, "uri"),
      startedAt: numberOf(attempt, "startedAt"),
      latencyMs: numberOf(attempt, "latencyMs"),
      error:
        error === null || error === undefined
          ? null
          : { code: textOf(error, "code") ?? "", message: textOf(error, "message") ?? "" },
      tickets: numberOf(attempt, "ticketCount"),
    };
  });
}

/** Event `segment.done`: a piece is delivered or lost; shows who stopped answering and who took over. */
export function reduceSegmentDone(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data } = event;
  const manifestId = manifestOf(event);
  const seqNo = numberOf(data, "seqNo");
  const durationMs = numberOf(data, "durationMs");
  const success = data["success"] === true;
  const deliverer = success ? keyOf(data) || null : null;
  const attempts = attemptsOf(data);
  const renditions = objectsOf(data, "renditions").map((rendition) => ({
    name: textOf(rendition, "name") ?? "",
    sizeBytes: numberOf(rendition, "sizeBytes"),
    pixelCount: textOf(rendition, "pixelCount") ?? "0",
    hash: textOf(rendition, "hash") ?? "",
  }));
  const feeWei = textOf(data, "feeWei");
  const stream = state.streams.find((known) => known.manifestId === manifestId);

  const before = state.pieces.find((piece) => piece.manifestId === manifestId && piece.seqNo === seqNo);
  const piece: ProjectedPiece = {
    manifestId,
    streamId: before?.streamId ?? stream?.streamId ?? textOf(data, "streamId") ?? manifestId,
    seqNo,
    receivedAt: numberOf(data, "receivedAt") || (before?.receivedAt ?? event.at),
    durationMs,
    sourceBytes: numberOf(data, "sourceBytes"),
    totalMs: numberOf(data, "totalMs"),
    state: success ? "delivered" : "lost",
    orchestrator: deliverer,
    attempts: attempts.map(({ uri: _uri, ...attempt }) => attempt),
    candidates: before?.candidates ?? [],
    selectionRule: before?.selectionRule ?? null,
    weights: before?.weights ?? null,
    renditions,
    feeWei,
    ticketHashes: before?.ticketHashes ?? [],
    wonHashes: before?.wonHashes ?? [],
    verified: data["verified"] === true,
    receiptHash: textOf(data, "receiptHash"),
  };
  let next: NetworkProjection = {
    ...state,
    pieces:
      before === undefined
        ? pushLimited(state.pieces, piece, networkLimits.pieces)
        : state.pieces.map((other) => (other === before ? piece : other)),
  };
  next = updateStream(next, manifestId, (current) => {
    const rates = { ...current.renditionRates };
    for (const rendition of renditions) {
      rates[rendition.name] = pushLimited(
        rates[rendition.name] ?? [],
        { bytes: rendition.sizeBytes, ms: durationMs },
        networkLimits.rates,
      );
    }
    const fee = fractionOf(feeWei);
    return {
      ...current,
      lastSeen: Math.max(current.lastSeen, event.at),
      delivered: current.delivered + (success ? 1 : 0),
      lost: current.lost + (success ? 0 : 1),
      renditionRates: rates,
      latencies: success
        ? pushLimited(current.latencies, numberOf(data, "totalMs"), networkLimits.latencies)
        : current.latencies,
      feeWei: fee === null ? current.feeWei : formatRational(addRational(parseRational(current.feeWei), fee)),
      costs:
        fee === null
          ? current.costs
          : pushLimited(current.costs, { feeWei: feeWei as string, ms: durationMs }, networkLimits.costs),
    };
  });
  if (!success) next = withLine(next, event, "segment_lost", { seqNo, streamId: piece.streamId });

  for (const attempt of attempts) {
    if (attempt.orchestrator === "") continue;
    next =
      attempt.error === null
        ? attemptSucceeded(next, event, attempt, attempt.orchestrator === deliverer, durationMs)
        : attemptFailed(next, event, attempt, attempts, seqNo, attempt.error);
  }
  return next;
}

function attemptSucceeded(
  state: NetworkProjection,
  event: NodeEvent,
  attempt: ProjectedAttempt & { readonly uri: string | null },
  delivered: boolean,
  durationMs: number,
): NetworkProjection {
  const known = state.orchestrators.find((orchestrator) => orchestrator.key === attempt.orchestrator);
  const wasGone = known?.state === "gone";
  // What it answered before it went away says nothing about now.
  const isBack = wasGone && attempt.startedAt + attempt.latencyMs > (known.goneSince ?? 0);
  const isGone = wasGone && !isBack;
  const next = updateOrchestrator(state, attempt.orchestrator, attempt.uri, (orchestrator) => ({
    ...orchestrator,
    state: isGone ? "gone" : attempt.latencyMs > durationMs && durationMs > 0 ? "slow" : "well",
    goneSince: isGone ? orchestrator.goneSince : null,
    lastLatencyMs: attempt.latencyMs,
    latencies: pushLimited(orchestrator.latencies, attempt.latencyMs, networkLimits.latencies),
    delivered: orchestrator.delivered + (delivered ? 1 : 0),
    incident:
      isBack && orchestrator.incident !== null ? { ...orchestrator.incident, backAt: event.at } : orchestrator.incident,
  }));
  if (!isBack) return next;
  return withLine(next, event, "orchestrator_back", {
    orchestrator: attempt.orchestrator,
    goneMs: known.goneSince === null ? null : event.at - known.goneSince,
  });
}

function attemptFailed(
  state: NetworkProjection,
  event: NodeEvent,
  attempt: ProjectedAttempt & { readonly uri: string | null },
  attempts: readonly ProjectedAttempt[],
  seqNo: number,
  error: { readonly code: string; readonly message: string },
): NetworkProjection {
  if (error.code === calledOffCode) return state;
  // one that another was quicker than is slow too
  const busy = error.code === hedgeLostCode || busyReason.test(error.code) || busyReason.test(error.message);
  const known = state.orchestrators.find((orchestrator) => orchestrator.key === attempt.orchestrator);
  const silent = !busy && silentCode.test(error.code);
  const newlyGone = silent && known?.state !== "gone";
  const rescue = attempts.find((other) => other.error === null && other.orchestrator !== attempt.orchestrator);
  const takeoverMs = rescue === undefined ? null : Math.max(0, Math.round(rescue.startedAt - attempt.startedAt));
  // The first piece that another took over is news, also when it was known before that this one is gone.
  const firstRescue =
    silent && rescue !== undefined && (newlyGone || (known?.incident != null && known.incident.takenOverBy === null));
  let next = updateOrchestrator(state, attempt.orchestrator, attempt.uri, (orchestrator) => ({
    ...orchestrator,
    failed: orchestrator.failed + 1,
    // Only a delivery ends an absence: that is what "back" means.
    state: silent ? "gone" : busy && orchestrator.state !== "gone" ? "slow" : orchestrator.state,
    goneSince: silent ? (orchestrator.goneSince ?? attempt.startedAt) : orchestrator.goneSince,
    incident: newlyGone
      ? {
          at: event.at,
          reason: error.message,
          takenOverBy: rescue?.orchestrator ?? null,
          takeoverMs,
          backAt: null,
        }
      : firstRescue && orchestrator.incident !== null
        ? { ...orchestrator.incident, takenOverBy: rescue.orchestrator, takeoverMs }
        : orchestrator.incident,
  }));
  if (newlyGone) {
    next = withLine(next, event, "orchestrator_gone", {
      orchestrator: attempt.orchestrator,
      reason: error.message,
      code: error.code,
      seqNo,
    });
  }
  if (!firstRescue) return next;
  return withLine(next, event, "takeover", {
    orchestrator: rescue.orchestrator,
    from: attempt.orchestrator,
    delayMs: takeoverMs,
    seqNo,
  });
}
