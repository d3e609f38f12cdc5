import { createEventSpool, createHttpEventDelivery, type NodeDatabases } from "@livepeer-ts/data";
import type { EventSink } from "@livepeer-ts/kernel";
import type { FlagValues } from "../flags/go-flags.ts";
import type { ProcessPorts } from "../process-ports.ts";

/** Where the node's events go: spooled for the platform of `-eventsUrl`, else to the log at debug level. */
export function createNodeEvents(
  flags: FlagValues,
  source: string,
  databases: NodeDatabases,
  ports: ProcessPorts,
): EventSink {
  const url = flags.get("eventsUrl");
  if (url === "") {
    return { emit: async (event) => ports.logger.debug("event", { type: event.type, subject: event.subject }) };
  }
  const delivery = createHttpEventDelivery({ url, token: flags.get("eventsToken"), source }, ports);
  const spool = createEventSpool({}, { ...ports, db: databases.own, delivery });
  spool.start(ports.tasks);
  return spool;
}
