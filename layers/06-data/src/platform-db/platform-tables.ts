import type { ColumnType, Generated } from "kysely";

/** A `bigint` column: comes back as `bigint`, takes numbers too. */
type Int8 = ColumnType<bigint, bigint | number, bigint | number>;
type Int8WithDefault = ColumnType<bigint, bigint | number | undefined, bigint | number>;
type NullableInt8 = ColumnType<bigint | null, bigint | number | null | undefined, bigint | number | null>;
/** A `jsonb` column: comes back parsed, takes JSON text (an array given as it is would be read as an SQL array). */
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

export type AccountTable = { id: string; email: string; created_at: Int8; suspended: Generated<boolean> };

export type ApiTokenTable = {
  id: string;
  account_id: string;
  name: string;
  created_at: Int8;
  last_seen: Int8WithDefault;
};

/** One rendition of a stream's ladder, in the API's words. */
export type StoredProfile = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bitrate: number;
  readonly fps: number;
  readonly fpsDen?: number | undefined;
  readonly quality?: number | undefined;
  readonly gop?: string | undefined;
  readonly profile?: string | undefined;
  readonly encoder?: string | undefined;
};

export type StreamTable = {
  id: string;
  account_id: string;
  created_by_token_name: string | null;
  name: string;
  creator_id: string | null;
  user_tags: NullableJson<Record<string, unknown>>;
  stream_key: string;
  playback_id: string;
  profiles: Json<readonly StoredProfile[]>;
  record: Generated<boolean>;
  suspended: Generated<boolean>;
  deleted: Generated<boolean>;
  created_at: Int8;
  last_seen: Int8WithDefault;
  is_active: Generated<boolean>;
  active_since: NullableInt8;
  source_segments: Int8WithDefault;
  transcoded_segments: Int8WithDefault;
  source_segments_duration: Generated<number>;
  transcoded_segments_duration: Generated<number>;
  source_bytes: Int8WithDefault;
  transcoded_bytes: Int8WithDefault;
  ingest_rate: Generated<number>;
  outgoing_rate: Generated<number>;
};

export type EventLogTable = {
  seq: Generated<bigint>;
  id: string;
  source: string;
  type: string;
  subject: string;
  at: Int8;
  received_at: Int8;
  data: Json<Record<string, unknown>>;
  size_bytes: number;
};

export type BroadcastTable = {
  id: string;
  manifest_id: string;
  stream_id: string | null;
  protocol: string;
  profiles: Json<readonly unknown[]>;
  started_at: Int8;
  last_seen: Int8;
  ended_at: NullableInt8;
  end_reason: string | null;
  received_segments: Int8WithDefault;
  delivered_segments: Int8WithDefault;
  lost_segments: Int8WithDefault;
};

export type SegmentTable = {
  event_id: string;
  manifest_id: string;
  stream_id: string | null;
  seq_no: Int8;
  received_at: Int8;
  success: boolean;
  orchestrator: string | null;
  total_ms: number;
  record: Json<Record<string, unknown>>;
};

export type SelectionTable = {
  id: string;
  manifest_id: string;
  seq_no: Int8;
  attempt: number;
  at: Int8;
  chosen: string | null;
  record: Json<Record<string, unknown>>;
};

export type TicketTable = {
  hash: string;
  sender: string | null;
  recipient: string;
  face_value_wei: ColumnType<bigint, bigint | string, bigint | string>;
  win_prob: ColumnType<bigint | null, bigint | string | null | undefined, bigint | string | null>;
  manifest_id: string | null;
  seq_no: NullableInt8;
  sent_at: NullableInt8;
  won_at: NullableInt8;
  settled_at: NullableInt8;
  tx_hash: string | null;
  given_up: string | null;
};

export type OrchestratorFigureTable = {
  address: string;
  delivered_segments: Int8WithDefault;
  failed_attempts: Int8WithDefault;
  tickets_received: Int8WithDefault;
  tickets_accepted: Int8WithDefault;
  tickets_won: Int8WithDefault;
  tickets_redeemed: Int8WithDefault;
  redeemed_wei: ColumnType<bigint, bigint | string | undefined, bigint | string>;
  last_seen: Int8WithDefault;
};

export type RoundTable = {
  number: ColumnType<bigint, bigint | string, bigint | string>;
  tx_hash: string;
  initialized_by: string;
  block: ColumnType<bigint, bigint | string, bigint | string>;
  at: Int8;
};

export type RoundRewardTable = {
  tx_hash: string;
  round: ColumnType<bigint, bigint | string, bigint | string>;
  orchestrator: string;
  amount_wei: ColumnType<bigint, bigint | string, bigint | string>;
  at: Int8;
};

export type ProjectionSnapshotTable = {
  name: string;
  version: number;
  seq: Int8;
  saved_at: Int8;
  state: Json<Record<string, unknown>>;
};

/** The platform database's tables, one type per table of `migrations/`. */
export type PlatformTables = {
  account: AccountTable;
  api_token: ApiTokenTable;
  stream: StreamTable;
  event_log: EventLogTable;
  broadcast: BroadcastTable;
  segment: SegmentTable;
  selection: SelectionTable;
  ticket: TicketTable;
  orchestrator_figure: OrchestratorFigureTable;
  round: RoundTable;
  round_reward: RoundRewardTable;
  projection_snapshot: ProjectionSnapshotTable;
};
