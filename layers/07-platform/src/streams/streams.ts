import { isUniqueViolation, type PlatformDatabase, type PlatformTables } from "@livepeer-ts/data/platform-db";
import type { Clock, Random } from "@livepeer-ts/kernel";
import { type Selectable, type SqlBool, sql } from "kysely";
import type { Caller } from "../auth/accounts.ts";
import { ApiError } from "../errors.ts";
import type { ListField, ListQuery } from "../http/list-query.ts";
import type { LadderProfile } from "../options.ts";
import { newPlaybackId, newStreamKey, uuid } from "./stream-ids.ts";
import type { NewStream, PatchStream, StreamView } from "./stream-schemas.ts";

export type StreamRow = Selectable<PlatformTables["stream"]>;

export type StreamsDeps = { readonly database: PlatformDatabase; readonly clock: Clock; readonly random: Random };
export type StreamsOptions = { readonly ladder: readonly LadderProfile[]; readonly activeTimeoutMs: number };

/** The platform's streams. */
export interface Streams {
  create(caller: Caller, input: NewStream): Promise<StreamView>;
  list(
    caller: Caller,
    query: ListQuery,
    onlyActive: boolean,
  ): Promise<{ readonly streams: readonly StreamView[]; readonly total: number | undefined }>;
  /** Throws `ApiError` 404 for a stream that is not there or not the caller's. */
  get(caller: Caller, id: string): Promise<StreamView>;
  patch(caller: Caller, id: string, input: PatchStream): Promise<StreamRow>;
  /** Resolves with the deleted stream. */
  delete(caller: Caller, id: string): Promise<StreamRow>;
  /** Not deleted, by playback id. */
  byPlaybackId(playbackId: string): Promise<StreamRow | undefined>;
  /** Not deleted, by stream id. */
  byStreamId(id: string): Promise<StreamRow | undefined>;
  /** Not deleted, by stream key or stream id. */
  byKeyOrId(keyOrId: string): Promise<StreamRow | undefined>;
  /** True while segments arrive. */
  isActive(row: StreamRow): boolean;
}

/** What lists of streams can be filtered and sorted by. */
export const streamListFields: Readonly<Record<string, ListField>> = {
  id: { kind: "exact", column: "id" },
  name: { kind: "text", column: "name" },
  lastSeen: { kind: "number", column: "last_seen" },
  createdAt: { kind: "number", column: "created_at" },
  userId: { kind: "exact", column: "account_id" },
  creatorId: { kind: "exact", column: "creator_id" },
  isActive: { kind: "boolean", column: "is_active" },
  playbackId: { kind: "exact", column: "playback_id" },
  record: { kind: "boolean", column: "record" },
  suspended: { kind: "boolean", column: "suspended" },
  sourceSegments: { kind: "number", column: "source_segments" },
  sourceSegmentsDuration: { kind: "number", column: "source_segments_duration" },
  transcodedSegments: { kind: "number", column: "transcoded_segments" },
  transcodedSegmentsDuration: { kind: "number", column: "transcoded_segments_duration" },
};
export const streamDefaultOrder = "lastSeen-true,createdAt-true";

const keyTries = 5;

function refuseUnoffered(input: NewStream | PatchStream): void {
  const asksForTargets = (input.multistream as { targets?: unknown[] } | undefined)?.targets?.length ?? 0;
  const policy = (input.playbackPolicy as { type?: unknown } | null | undefined)?.type ?? "public";
  const wanted =
    input.record === true
      ? "record"
      : asksForTargets > 0
        ? "multistream"
        : policy !== "public"
          ? "playbackPolicy"
          : input.pull !== undefined && input.pull !== null
            ? "pull"
            : input.recordingSpec !== undefined && input.recordingSpec !== null
              ? "recordingSpec"
              : undefined;
  if (wanted !== undefined) {
    throw new ApiError(501, `'${wanted}' is not offered by this platform: leave it out of the request`);
  }
}

function refuseDuplicates(profiles: readonly { name: string }[]): void {
  const names = new Set<string>();
  for (const { name } of profiles) {
    if (names.has(name)) throw new ApiError(400, `duplicate profile name "${name}"`);
    names.add(name);
  }
}

const creatorOf = (creatorId: NewStream["creatorId"]): string | null =>
  creatorId === undefined ? null : typeof creatorId === "string" ? creatorId : creatorId.value;

/** Streams in the platform's database. */
export function createStreams(options: StreamsOptions, deps: StreamsDeps): Streams {
  const { clock, random } = deps;
  const { db } = deps.database;

  const isActive = (row: StreamRow): boolean =>
    row.is_active && clock.now() - Number(row.last_seen) < options.activeTimeoutMs;

  const view = (row: StreamRow): StreamView => {
    const active = isActive(row);
    return {
      id: row.id,
      name: row.name,
      kind: "stream",
      userId: row.account_id,
      ...(row.creator_id === null ? {} : { creatorId: { type: "unverified" as const, value: row.creator_id } }),
      ...(row.user_tags === null ? {} : { userTags: row.user_tags }),
      createdAt: Number(row.created_at),
      ...(row.created_by_token_name === null ? {} : { createdByTokenName: row.created_by_token_name }),
      lastSeen: Number(row.last_seen),
      isActive: active,
      isHealthy: null,
      issues: null,
      record: row.record,
      suspended: row.suspended,
      lastTerminatedAt: null,
      streamKey: row.stream_key,
      playbackId: row.playback_id,
      profiles: row.profiles as StreamView["profiles"],
      sourceSegments: Number(row.source_segments),
      transcodedSegments: Number(row.transcoded_segments),
      sourceSegmentsDuration: row.source_segments_duration,
      transcodedSegmentsDuration: row.transcoded_segments_duration,
      sourceBytes: Number(row.source_bytes),
      transcodedBytes: Number(row.transcoded_bytes),
      ingestRate: active ? row.ingest_rate : 0,
      outgoingRate: active ? row.outgoing_rate : 0,
    };
  };

  const own = async (caller: Caller, id: string): Promise<StreamRow> => {
    const row = await db
      .selectFrom("stream")
      .selectAll()
      .where("id", "=", id)
      .where("account_id", "=", caller.accountId)
      .where("deleted", "=", false)
      .executeTakeFirst();
    if (row === undefined) throw new ApiError(404, "not found");
    return row;
  };

  return {
    isActive,
    async create(caller, input) {
      refuseUnoffered(input);
      const profiles = input.profiles ?? options.ladder;
      refuseDuplicates(profiles);
      for (let tries = 1; ; tries++) {
        const id = uuid(random);
        try {
          const row = await db
            .insertInto("stream")
            .values({
              id,
              account_id: caller.accountId,
              created_by_token_name: caller.tokenName,
              name: input.name,
              creator_id: creatorOf(input.creatorId),
              user_tags: input.userTags === undefined ? null : JSON.stringify(input.userTags),
              stream_key: newStreamKey(id, random),
              playback_id: newPlaybackId(id, random),
              profiles: JSON.stringify(profiles),
              created_at: clock.now(),
            })
            .returningAll()
            .executeTakeFirstOrThrow();
          return view(row);
        } catch (error) {
          if (!isUniqueViolation(error) || tries >= keyTries) throw error;
        }
      }
    },
    async list(caller, query, onlyActive) {
      const since = clock.now() - options.activeTimeoutMs;
      let rows = db.selectFrom("stream").where("account_id", "=", caller.accountId).where("deleted", "=", false);
      const active = sql<SqlBool>`(is_active and last_seen > ${since})`;
      if (onlyActive) rows = rows.where(active);
      for (const { field, comparison, value } of query.filters) {
        const column = field.column === "is_active" ? active : sql.ref(field.column);
        rows =
          comparison === "contains"
            ? rows.where(sql<SqlBool>`position(lower(${String(value)}) in lower(${column})) > 0`)
            : rows.where(sql<SqlBool>`${column} ${sql.raw(comparison)} ${value}`);
      }
      const total = query.count
        ? Number((await rows.select((column) => column.fn.countAll<bigint>().as("n")).executeTakeFirstOrThrow()).n)
        : undefined;
      let page = rows.selectAll().limit(query.limit).offset(query.offset);
      for (const { field, descending } of query.order) {
        page = page.orderBy(sql.ref(field.column), (order) => (descending ? order.desc() : order.asc()).nullsLast());
      }
      const found = await page.orderBy("id").execute();
      return { streams: found.map(view), total };
    },
    async get(caller, id) {
      return view(await own(caller, id));
    },
    async patch(caller, id, input) {
      const row = await own(caller, id);
      refuseUnoffered(input);
      if (isActive(row)) {
        if (input.record !== undefined && input.record !== row.record) {
          throw new ApiError(400, "cannot change 'record' field while stream is active");
        }
        if (input.profiles !== undefined) {
          throw new ApiError(400, "cannot change 'profiles' field while stream is active");
        }
      }
      if (input.profiles !== undefined && input.profiles !== null) refuseDuplicates(input.profiles);
      const change = {
        ...(input.name === undefined ? {} : { name: input.name }),
        ...(input.creatorId === undefined ? {} : { creator_id: creatorOf(input.creatorId) }),
        ...(input.userTags === undefined ? {} : { user_tags: JSON.stringify(input.userTags) }),
        ...(input.suspended === undefined ? {} : { suspended: input.suspended }),
        ...(input.profiles === undefined ? {} : { profiles: JSON.stringify(input.profiles ?? options.ladder) }),
      };
      if (Object.keys(change).length === 0) return row;
      return db.updateTable("stream").set(change).where("id", "=", row.id).returningAll().executeTakeFirstOrThrow();
    },
    async delete(caller, id) {
      const row = await own(caller, id);
      await db.updateTable("stream").set({ deleted: true }).where("id", "=", row.id).execute();
      return row;
    },
    byPlaybackId(playbackId) {
      return db
        .selectFrom("stream")
        .selectAll()
        .where("playback_id", "=", playbackId)
        .where("deleted", "=", false)
        .executeTakeFirst();
    },
    byStreamId(id) {
      return db.selectFrom("stream").selectAll().where("id", "=", id).where("deleted", "=", false).executeTakeFirst();
    },
    byKeyOrId(keyOrId) {
      return db
        .selectFrom("stream")
        .selectAll()
        .where((column) => column.or([column("stream_key", "=", keyOrId), column("id", "=", keyOrId)]))
        .where("deleted", "=", false)
        .executeTakeFirst();
    },
  };
}
