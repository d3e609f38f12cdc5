import type { RunnerModel } from "@livepeer-ts/compute";
import type { AiOffer, AiPoolState } from "@livepeer-ts/execution";

/** A model of this machine, with names as `/status` has them. */
export function runnerJson({ pipeline, modelId, isWarm, capacity, inUse, version, state, problem }: RunnerModel) {
  return {
    Pipeline: pipeline,
    ModelID: modelId,
    Warm: isWarm,
    State: state,
    Capacity: capacity,
    InUse: inUse,
    Version: version,
    Problem: problem ?? "",
  };
}

/** A model that gateways are told of. */
export function offerJson({ pipeline, modelId, isWarm, capacity, inUse }: AiOffer) {
  return { Pipeline: pipeline, ModelID: modelId, Warm: isWarm, Capacity: capacity, InUse: inUse };
}

/** A gateway's orchestrators for one model, with go-livepeer's names. Those that rest after failures are told beside. */
export function aiPoolJson({ sessions, foundAt }: AiPoolState) {
  const group = (isWarm: boolean) => {
    const members = sessions.filter((session) => session.isWarm === isWarm && !session.isResting);
    return {
      size: members.length,
      in_use: members.filter(({ inFlight }) => inFlight > 0).length,
      orchestrators: members.map(({ uri, latencyScore, inFlight }) => ({
        url: uri,
        latency_score: latencyScore,
        in_flight: inFlight,
      })),
    };
  };
  const resting = sessions.filter(({ isResting }) => isResting);
  return {
    cold: group(false),
    warm: group(true),
    last_refresh: foundAt === undefined ? null : new Date(foundAt).toISOString(),
    suspended: {
      list: Object.fromEntries(resting.map(({ uri, failures }) => [uri, failures])),
      current_count: resting.length,
    },
  };
}
