import { sql, type Transaction } from "kysely";
import type { PlatformTables } from "../platform-db/platform-tables.ts";
import { int8Of, integerOf, numberOf, objectsOf, textOf, textsOf } from "./event-fields.ts";
import type { LoggedEvent } from "./logged-event.ts";

type Tx = Transaction<PlatformTables>;

/** Weight of the newest segment in the running rates. */
const rateWeight = 0.3;

/** Adds an event to the tables that answer questions about the past. Runs once per event, inside the transaction that logs it. */
export async function applyToTables(tx: Tx, event: LoggedEvent): Promise<void> {
  switch (event.type) {
    case "stream.started":
      return streamStarted(tx, event);
    case "stream.segment":
      return sourceSegment(tx, event);
    case "stream.ended":
      return streamEnded(tx, event);
    case "segment.done":
      return segmentDone(tx, event);
    case "segment.selection":
      return selection(tx, event);
    case "tickets.sent":
      return ticketsSent(tx, event);
    case "tickets.received":
      return ticketsReceived(tx, event);
    case "ticket.won":
      return ticketWon(tx, event);
    case "ticket.redeemed":
      return ticketRedeemed(tx, event);
    case "round.initialized":
      return roundInitialized(tx, event);
    case "reward.called":
      return rewardCalled(tx, event);
  }
}

async function streamStarted(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data, at } = event;
  await tx
    .insertInto("broadcast")
    .values({
      id: event.id,
      manifest_id: textOf(data, "manifestId") ?? event.subject,
      stream_id: textOf(data, "streamId"),
      protocol: textOf(data, "protocol") ?? "rtmp",
      profiles: JSON.stringify(objectsOf(data, "profiles")),
      started_at: at,
      last_seen: at,
      end_reason: null,
    })
    .execute();
  // On air begins with the first segment: a key that never sent a frame is not active.
  await streamOf(tx, event).set({ is_active: false, active_since: at, ingest_rate: 0, outgoing_rate: 0 }).execute();
}

/** The platform's stream an event belongs to: by its id, else by its playback id (= manifest id). */
function streamOf(tx: Tx, event: LoggedEvent) {
  const streamId = textOf(event.data, "streamId");
  const update = tx.updateTable("stream");
  return streamId === null
    ? update.where("playback_id", "=", textOf(event.data, "manifestId") ?? event.subject)
    : update.where("id", "=", streamId);
}

/** The running broadcast of a manifest. */
function broadcastOf(tx: Tx, event: LoggedEvent) {
  const manifestId = textOf(event.data, "manifestId") ?? event.subject;
  return tx
    .updateTable("broadcast")
    .where("id", "=", (query) =>
      query
        .selectFrom("broadcast as newest")
        .select("newest.id")
        .where("newest.manifest_id", "=", manifestId)
        .orderBy("newest.started_at", "desc")
        .limit(1),
    );
}

async function sourceSegment(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data, at } = event;
  const seconds = numberOf(data, "durationMs") / 1000;
  const bytes = BigInt(Math.round(numberOf(data, "sizeBytes")));
  const rate = seconds > 0 ? Number(bytes) / seconds : 0;
  await streamOf(tx, event)
    .set((column) => ({
      is_active: true,
      active_since: sql<bigint>`coalesce(case when is_active then active_since end, active_since, ${at})`,
      last_seen: sql<bigint>`greatest(last_seen, ${at})`,
      source_segments: column("source_segments", "+", 1n),
      source_segments_duration: column("source_segments_duration", "+", seconds),
      source_bytes: column("source_bytes", "+", bytes),
      ingest_rate: sql<number>`case when ingest_rate = 0 then ${rate}::float8 else ingest_rate * ${1 - rateWeight}::float8 + ${rate * rateWeight}::float8 end`,
    }))
    .execute();
  await broadcastOf(tx, event)
    .set((column) => ({ last_seen: at, received_segments: column("received_segments", "+", 1n) }))
    .execute();
}

async function streamEnded(tx: Tx, event: LoggedEvent): Promise<void> {
  await streamOf(tx, event)
    .set({
      is_active: false,
      active_since: null,
      last_seen: sql<bigint>`case when last_seen = 0 then 0 else greatest(last_seen, ${event.at}) end`,
      ingest_rate: 0,
      outgoing_rate: 0,
    })
    .execute();
  await broadcastOf(tx, event)
    .set({ ended_at: event.at, end_reason: textOf(event.data, "reason") })
    .execute();
}

async function segmentDone(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data } = event;
  const success = data["success"] === true;
  const orchestrator = textOf(data, "orchestrator")?.toLowerCase() ?? null;
  await tx
    .insertInto("segment")
    .values({
      event_id: event.id,
      manifest_id: textOf(data, "manifestId") ?? event.subject,
      stream_id: textOf(data, "streamId"),
      seq_no: int8Of(data, "seqNo") ?? 0n,
      received_at: Math.round(numberOf(data, "receivedAt")) || event.at,
      success,
      orchestrator,
      total_ms: numberOf(data, "totalMs"),
      record: JSON.stringify(data),
    })
    .execute();
  const renditions = objectsOf(data, "renditions");
  const seconds = (numberOf(data, "durationMs") / 1000) * renditions.length;
  let bytes = 0n;
  for (const rendition of renditions) bytes += BigInt(Math.round(numberOf(rendition, "sizeBytes")));
  if (success && renditions.length > 0) {
    const rate = numberOf(data, "durationMs") > 0 ? Number(bytes) / (numberOf(data, "durationMs") / 1000) : 0;
    await streamOf(tx, event)
      .set((column) => ({
        transcoded_segments: column("transcoded_segments", "+", BigInt(renditions.length)),
        transcoded_segments_duration: column("transcoded_segments_duration", "+", seconds),
        transcoded_bytes: column("transcoded_bytes", "+", bytes),
        outgoing_rate: sql<number>`case when outgoing_rate = 0 then ${rate}::float8 else outgoing_rate * ${1 - rateWeight}::float8 + ${rate * rateWeight}::float8 end`,
      }))
      .execute();
  }
  await broadcastOf(tx, event)
    .set((column) =>
      success
        ? { delivered_segments: column("delivered_segments", "+", 1n) }
        : { lost_segments: column("lost_segments", "+", 1n) },
    )
    .execute();
  for (const attempt of objectsOf(data, "attempts")) {
    const address = textOf(attempt, "orchestrator")?.toLowerCase() ?? textOf(attempt, "uri");
    if (address === null) continue;
    const ok = attempt["error"] === null || attempt["error"] === undefined;
    await addFigures(tx, address, event.at, {
      delivered_segments: ok && success && (orchestrator ?? textOf(data, "uri")) === address ? 1n : 0n,
      failed_attempts: ok ? 0n : 1n,
    });
  }
}

type Figures = Partial<
  Record<
    | "delivered_segments"
    | "failed_attempts"
    | "tickets_received"
    | "tickets_accepted"
    | "tickets_won"
    | "tickets_redeemed"
    | "redeemed_wei",
    bigint
  >
>;

async function addFigures(tx: Tx, address: string, at: number, figures: Figures): Promise<void> {
  const names = Object.keys(figures) as (keyof Figures)[];
  await tx
    .insertInto("orchestrator_figure")
    .values({ address, last_seen: at, ...figures })
    .onConflict((conflict) =>
      conflict.column("address").doUpdateSet({
        last_seen: sql<bigint>`greatest(orchestrator_figure.last_seen, ${at})`,
        ...Object.fromEntries(
          names.map((name) => [name, sql`orchestrator_figure.${sql.ref(name)} + excluded.${sql.ref(name)}`]),
        ),
      }),
    )
    .execute();
}

async function selection(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data } = event;
  await tx
    .insertInto("selection")
    .values({
      id: textOf(data, "selectionId") ?? event.id,
      manifest_id: textOf(data, "manifestId") ?? event.subject,
      seq_no: int8Of(data, "seqNo") ?? 0n,
      attempt: Math.min(Math.round(numberOf(data, "attempt")), 2 ** 31 - 1),
      at: event.at,
      chosen: textOf(data, "chosen"),
      record: JSON.stringify(data),
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

async function ticketsSent(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data } = event;
  const hashes = textsOf(data, "ticketHashes");
  if (hashes.length === 0) return;
  await tx
    .insertInto("ticket")
    .values(
      hashes.map((hash) => ({
        hash,
        recipient: (textOf(data, "recipient") ?? "").toLowerCase(),
        face_value_wei: integerOf(data, "faceValueWei") ?? 0n,
        win_prob: integerOf(data, "winProb"),
        manifest_id: textOf(data, "manifestId"),
        seq_no: int8Of(data, "seqNo"),
        sent_at: event.at,
      })),
    )
    .onConflict((conflict) =>
      conflict.column("hash").doUpdateSet((excluded) => ({
        win_prob: excluded.ref("excluded.win_prob"),
        manifest_id: excluded.ref("excluded.manifest_id"),
        seq_no: excluded.ref("excluded.seq_no"),
        sent_at: excluded.ref("excluded.sent_at"),
      })),
    )
    .execute();
}

async function ticketsReceived(tx: Tx, event: LoggedEvent): Promise<void> {
  const address = textOf(event.data, "recipient")?.toLowerCase();
  if (address === undefined) return;
  await addFigures(tx, address, event.at, {
    tickets_received: int8Of(event.data, "sentCount") ?? 0n,
    tickets_accepted: int8Of(event.data, "acceptedCount") ?? 0n,
  });
}

async function ticketWon(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data } = event;
  const hash = textOf(data, "ticketHash");
  const recipient = textOf(data, "recipient")?.toLowerCase();
  if (hash === null || recipient === undefined) return;
  const sender = textOf(data, "sender")?.toLowerCase() ?? null;
  await tx
    .insertInto("ticket")
    .values({ hash, sender, recipient, face_value_wei: integerOf(data, "faceValueWei") ?? 0n, won_at: event.at })
    .onConflict((conflict) => conflict.column("hash").doUpdateSet({ sender, won_at: event.at }))
    .execute();
  await addFigures(tx, recipient, event.at, { tickets_won: 1n });
}

async function ticketRedeemed(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data } = event;
  const hash = textOf(data, "ticketHash");
  const recipient = textOf(data, "recipient")?.toLowerCase();
  if (hash === null || recipient === undefined) return;
  const faceValueWei = integerOf(data, "faceValueWei") ?? 0n;
  const settled = { settled_at: event.at, tx_hash: textOf(data, "txHash"), given_up: textOf(data, "givenUp") };
  await tx
    .insertInto("ticket")
    .values({
      hash,
      sender: textOf(data, "sender")?.toLowerCase() ?? null,
      recipient,
      face_value_wei: faceValueWei,
      ...settled,
    })
    .onConflict((conflict) => conflict.column("hash").doUpdateSet(settled))
    .execute();
  if (settled.given_up === null) {
    await addFigures(tx, recipient, event.at, { tickets_redeemed: 1n, redeemed_wei: faceValueWei });
  }
}

async function roundInitialized(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data } = event;
  const number = integerOf(data, "round");
  if (number === null) return;
  await tx
    .insertInto("round")
    .values({
      number,
      tx_hash: textOf(data, "txHash") ?? "",
      initialized_by: (textOf(data, "by") ?? "").toLowerCase(),
      block: integerOf(data, "block") ?? 0n,
      at: event.at,
    })
    .onConflict((conflict) => conflict.column("number").doNothing())
    .execute();
}

async function rewardCalled(tx: Tx, event: LoggedEvent): Promise<void> {
  const { data } = event;
  await tx
    .insertInto("round_reward")
    .values({
      tx_hash: textOf(data, "txHash") ?? event.id,
      round: integerOf(data, "round") ?? 0n,
      orchestrator: (textOf(data, "orchestrator") ?? "").toLowerCase(),
      amount_wei: integerOf(data, "amountWei") ?? 0n,
      at: event.at,
    })
    .onConflict((conflict) => conflict.column("tx_hash").doNothing())
    .execute();
}
