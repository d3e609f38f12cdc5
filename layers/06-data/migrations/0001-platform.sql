-- Accounts, keys, streams, the event log and what is derived from it. Times are ms since 1970, money is wei.
-- Ids, times and keys come from the program: no default uses the database's clock or randomness.

create table account (
  id text primary key,
  email text not null unique,
  created_at bigint not null,
  suspended boolean not null default false
);

create table api_token (
  id text primary key,
  account_id text not null references account (id),
  name text not null,
  created_at bigint not null,
  last_seen bigint not null default 0
);

create table stream (
  id text primary key,
  account_id text not null references account (id),
  created_by_token_name text,
  name text not null,
  creator_id text,
  user_tags jsonb,
  stream_key text not null unique,
  playback_id text not null unique,
  profiles jsonb not null,
  record boolean not null default false,
  suspended boolean not null default false,
  deleted boolean not null default false,
  created_at bigint not null,
  last_seen bigint not null default 0,
  is_active boolean not null default false,
  active_since bigint,
  source_segments bigint not null default 0,
  transcoded_segments bigint not null default 0,
  source_segments_duration double precision not null default 0,
  transcoded_segments_duration double precision not null default 0,
  source_bytes bigint not null default 0,
  transcoded_bytes bigint not null default 0,
  ingest_rate double precision not null default 0,
  outgoing_rate double precision not null default 0
);
create index stream_by_account on stream (account_id, last_seen desc, created_at desc) where not deleted;

create table event_log (
  seq bigserial primary key,
  id text not null unique,
  source text not null,
  type text not null,
  subject text not null,
  at bigint not null,
  received_at bigint not null,
  data jsonb not null,
  size_bytes integer not null
);
create index event_log_by_time on event_log (received_at);
create index event_log_by_subject on event_log (subject, seq);

create table broadcast (
  id text primary key,
  manifest_id text not null,
  stream_id text,
  protocol text not null,
  profiles jsonb not null,
  started_at bigint not null,
  last_seen bigint not null,
  ended_at bigint,
  end_reason text,
  received_segments bigint not null default 0,
  delivered_segments bigint not null default 0,
  lost_segments bigint not null default 0
);
create index broadcast_by_manifest on broadcast (manifest_id, started_at desc);

create table segment (
  event_id text primary key,
  manifest_id text not null,
  stream_id text,
  seq_no bigint not null,
  received_at bigint not null,
  success boolean not null,
  orchestrator text,
  total_ms double precision not null,
  record jsonb not null
);
create index segment_by_manifest on segment (manifest_id, received_at desc);
create index segment_by_time on segment (received_at);

create table selection (
  id text primary key,
  manifest_id text not null,
  seq_no bigint not null,
  attempt integer not null,
  at bigint not null,
  chosen text,
  record jsonb not null
);
create index selection_by_manifest on selection (manifest_id, seq_no);
create index selection_by_time on selection (at);

create table ticket (
  hash text primary key,
  sender text,
  recipient text not null,
  face_value_wei numeric(78, 0) not null,
  win_prob numeric(78, 0),
  manifest_id text,
  seq_no bigint,
  sent_at bigint,
  won_at bigint,
  settled_at bigint,
  tx_hash text,
  given_up text
);
create index ticket_by_time on ticket (coalesce(sent_at, won_at));
create index ticket_by_recipient on ticket (recipient, won_at);

create table orchestrator_figure (
  address text primary key,
  delivered_segments bigint not null default 0,
  failed_attempts bigint not null default 0,
  tickets_received bigint not null default 0,
  tickets_accepted bigint not null default 0,
  tickets_won bigint not null default 0,
  tickets_redeemed bigint not null default 0,
  redeemed_wei numeric(78, 0) not null default 0,
  last_seen bigint not null default 0
);

create table round (
  number numeric(78, 0) primary key,
  tx_hash text not null,
  initialized_by text not null,
  block numeric(78, 0) not null,
  at bigint not null
);

create table round_reward (
  tx_hash text primary key,
  round numeric(78, 0) not null,
  orchestrator text not null,
  amount_wei numeric(78, 0) not null,
  at bigint not null
);

create table projection_snapshot (
  name text primary key,
  version integer not null,
  seq bigint not null,
  saved_at bigint not null,
  state jsonb not null
);
