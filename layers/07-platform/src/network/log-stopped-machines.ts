import type { EventLog } from "@livepeer-ts/data/platform-db";
import { type Clock, type Logger, type Random, toHex } from "@livepeer-ts/kernel";
import type { LocalNetwork } from "../ports/local-network.ts";

/** Name under which the platform logs what it learns from the local network's supervisor. */
const source = "local network";

/** Logs `orchestrator.stopped` when a machine of the local network ends. Returns the way to stop. */
export function logStoppedMachines(
  local: LocalNetwork,
  deps: { readonly log: EventLog; readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): () => void {
  let known = new Set(local.status().stoppedOrchestrators);
  return local.subscribe(() => {
    const now = new Set(local.status().stoppedOrchestrators);
    const fresh = [...now].filter((address) => !known.has(address));
    known = now;
    if (fresh.length === 0) return;
    const events = fresh.map((address) => ({
      id: toHex(deps.random.bytes(16)).slice(2),
      type: "orchestrator.stopped",
      subject: address,
      at: deps.clock.now(),
      data: {},
    }));
    deps.log.append(source, events).catch((error: unknown) => {
      deps.logger.error("a stopped machine could not be logged", { machines: fresh.join(", "), error: String(error) });
    });
  });
}
