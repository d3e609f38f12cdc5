import {
  createEventSpool,
  createHttpEventDelivery,
  createReceiptStore,
  createRecordStore,
  type NodeDatabases,
  startRetention,
} from "@livepeer-ts/data";
import { type EventSink, errorText } from "@livepeer-ts/kernel";
import type { CommonConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";

/** Where the node's events go: into its own records, spooled for the platform of `-eventsUrl`, and to the `feeds`. */
export function createNodeEvents(
  { url, token }: CommonConfig["events"],
  source: string,
  databases: NodeDatabases,
  ports: ProcessPorts,
  feeds: readonly EventSink[] = [],
): EventSink {
  const records = createRecordStore({ ...ports, db: databases.own });
  const receipts = { name: "receipts", prune: createReceiptStore(databases.own).prune };
  startRetention({}, { ...ports, stores: [records, receipts], owner: ports.tasks });
  const sinks: EventSink[] = [neverFailing(records, ports), ...feeds];
  if (url !== undefined) {
    const delivery = createHttpEventDelivery({ url, token, source }, ports);
    const spool = createEventSpool({}, { ...ports, db: databases.own, delivery });
    spool.start(ports.tasks);
    sinks.push(spool);
  }
  return {
    async emit(event) {
      await Promise.all(sinks.map((sink) => sink.emit(event)));
    },
  };
}

/** Records are for looking things up: no work waits for them, and a disk that has no room for them stops none and is told once. */
function neverFailing(sink: EventSink, ports: ProcessPorts): EventSink {
  let isFailing = false;
  return {
    async emit(event) {
      sink.emit(event).then(
        () => {
          isFailing = false;
        },
        (error: unknown) => {
          ports.metrics.count("livepeer_records_lost_total", { type: event.type });
          if (!isFailing) ports.logger.warn("the node's records have gaps from here", { error: errorText(error) });
          isFailing = true;
        },
      );
    },
  };
}
