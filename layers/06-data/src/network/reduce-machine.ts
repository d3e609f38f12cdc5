import type { NodeEvent } from "@livepeer-ts/kernel";
import { type NetworkProjection, updateOrchestrator, withLine } from "./network-projection.ts";

/**
 * Event `orchestrator.stopped`: whoever runs the machine saw its process end. The subject is its account. Known before any
 * piece fails there, and also when none does because nobody asks it.
 */
export function reduceOrchestratorStopped(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const key = event.subject.toLowerCase();
  const known = state.orchestrators.find((orchestrator) => orchestrator.key === key);
  const next = updateOrchestrator(state, key, null, (orchestrator) => ({
    ...orchestrator,
    state: "gone",
    goneSince: orchestrator.goneSince ?? event.at,
    incident:
      known?.state === "gone"
        ? orchestrator.incident
        : { at: event.at, reason: "its process ended", takenOverBy: null, takeoverMs: null, backAt: null },
  }));
  return withLine(next, event, "orchestrator_stopped", { orchestrator: key });
}
