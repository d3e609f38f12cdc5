import type { Clock, Logger, TaskOwner } from "@livepeer-ts/kernel";
import type { EventLog } from "../events/event-log.ts";
import type { LoggedEvent } from "../events/logged-event.ts";
import type { PlatformDatabase } from "../platform-db/platform-database.ts";
import type { ChainProjection } from "../ports/chain-reading.ts";
import {
  emptyNetworkProjection,
  type NetworkProjection,
  networkProjectionVersion,
  withLine,
} from "./network-projection.ts";
import { reduce } from "./reduce.ts";

export type NetworkFollowerOptions = {
  /** Wait between two stored forms, ms. Default 30,000. */
  readonly snapshotMs?: number;
};

export type NetworkFollowerDeps = {
  readonly database: PlatformDatabase;
  readonly log: EventLog;
  /** undefined = a network without a chain. */
  readonly chain: ChainProjection | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Keeps the picture in step with the event log; picks up where an earlier run stored it. */
export interface NetworkFollower {
  /** Catches up with the log, then follows it. */
  start(owner: TaskOwner): Promise<void>;
  current(): NetworkProjection;
  /** Called after each event with the picture that includes it. Returns the way to stop. */
  subscribe(listener: (event: LoggedEvent, state: NetworkProjection) => void): () => void;
  /** Stores the picture. */
  save(): Promise<void>;
  /** Forgets the stored picture and makes it anew from the whole log. */
  rebuild(): Promise<void>;
}

const snapshotName = "network";
const pageSize = 1_000;

/** Makes the follower; nothing runs before `start`. */
export function createNetworkFollower(options: NetworkFollowerOptions, deps: NetworkFollowerDeps): NetworkFollower {
  const { database, log, chain, clock, logger } = deps;
  const { db } = database;
  let state = emptyNetworkProjection;
  let seq = 0n;
  let savedSeq = 0n;
  const listeners = new Set<(event: LoggedEvent, state: NetworkProjection) => void>();

  const take = (event: LoggedEvent): void => {
    if (event.seq <= seq) return;
    state = reduce(state, event);
    seq = event.seq;
    for (const listener of listeners) listener(event, state);
  };
  /** Set while the log is read: live events are left to the reading, which finds them in order. */
  let reading = true;
  let missed = false;
  const catchUp = async (): Promise<void> => {
    reading = true;
    do {
      missed = false;
      for (;;) {
        const events = await log.read(seq, pageSize);
        for (const event of events) take(event);
        if (events.length < pageSize) break;
      }
    } while (missed);
    reading = false;
  };
  const onLive = (event: LoggedEvent): void => {
    if (reading) missed = true;
    else take(event);
  };
  const save = async (): Promise<void> => {
    if (seq === savedSeq) return;
    const stored = { version: networkProjectionVersion, seq, saved_at: clock.now(), state: JSON.stringify(state) };
    await db
      .insertInto("projection_snapshot")
      .values({ name: snapshotName, ...stored })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(stored))
      .execute();
    savedSeq = stored.seq;
  };

  /** A new orchestrator in the pool is news; the first reading is not. */
  const watchJoins = (projection: ChainProjection): (() => void) => {
    let known: ReadonlySet<string> | undefined;
    return projection.subscribe(() => {
      const reading = projection.current();
      if (reading === undefined) return;
      const members = new Set<string>(reading.members.map((member) => member.address));
      for (const address of members) {
        if (known === undefined || known.has(address)) continue;
        const event = { id: `${reading.block}-${address}`, at: reading.at };
        state = withLine(state, event, "orchestrator_joined", { orchestrator: address });
      }
      known = members;
    });
  };

  return {
    async start(owner) {
      const row = await db
        .selectFrom("projection_snapshot")
        .selectAll()
        .where("name", "=", snapshotName)
        .executeTakeFirst();
      if (row !== undefined && row.version === networkProjectionVersion) {
        state = row.state as unknown as NetworkProjection;
        seq = row.seq;
        savedSeq = row.seq;
      }
      const stops = [log.subscribe(onLive)];
      await catchUp();
      if (chain !== undefined) stops.push(watchJoins(chain));
      const stopAll = (): void => {
        for (const stop of stops) stop();
      };
      owner.signal.addEventListener("abort", stopAll, { once: true });
      clock.every(options.snapshotMs ?? 30_000, save, owner);
      logger.debug("the network picture is up to date", { seq });
    },
    current: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    save,
    async rebuild() {
      state = emptyNetworkProjection;
      seq = 0n;
      savedSeq = -1n;
      await catchUp();
      await save();
    },
  };
}
