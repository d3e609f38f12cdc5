import { jobKey, receiptKey, segmentKey, selectionKey, ticketHashesOf, ticketKey } from "@livepeer-ts/data";
import type { NodeRecords, SourcedRecord } from "./open-records.ts";

/** What is to be explained. */
export type Subject =
  | { readonly kind: "segment"; readonly manifestId: string; readonly seqNo: number }
  | { readonly kind: "ticket" | "selection" | "receipt" | "job"; readonly id: string };

const maxPerKey = 2000;

function find(nodes: readonly NodeRecords[], key: string): SourcedRecord[] {
  return nodes.flatMap(({ node, records }) => records.find(key, maxPerKey).map((record) => ({ ...record, node })));
}

function keyOf(subject: Subject): string {
  if (subject.kind === "segment") return segmentKey(subject.manifestId, subject.seqNo);
  const keys = { ticket: ticketKey, selection: selectionKey, receipt: receiptKey, job: jobKey };
  return keys[subject.kind](subject.id);
}

/**
 * Everything recorded about the subject and about what it led to, in time: from a ticket or a selection to its segment, from
 * a segment or a job to its tickets. Empty when nothing is known of it.
 */
export function causalChain(nodes: readonly NodeRecords[], subject: Subject): SourcedRecord[] {
  const chain = new Map<string, SourcedRecord>();
  const add = (records: readonly SourcedRecord[]) => {
    for (const record of records) chain.set(`${record.node}/${record.seq}`, record);
  };
  const named = find(nodes, keyOf(subject));
  add(named);
  for (const { data } of named) {
    const { manifestId, seqNo } = data;
    if (subject.kind !== "segment" && typeof manifestId === "string" && typeof seqNo === "number") {
      add(find(nodes, segmentKey(manifestId, seqNo)));
    }
  }
  if (subject.kind !== "ticket") {
    const sent = [...chain.values()].flatMap(({ data }) => ticketHashesOf(data));
    for (const hash of new Set(sent)) add(find(nodes, ticketKey(hash)));
  }
  return [...chain.values()].sort((a, b) => a.at - b.at || a.seq - b.seq);
}
