import type { NodeEvent } from "@livepeer-ts/kernel";
import { type EventData, objectsOf, textsOf } from "../events/event-fields.ts";

/** Most keys of one record: a payment names each of its tickets. */
const maxKeys = 1000;

/** Name under which everything about a segment is found. */
export const segmentKey = (manifestId: string, seqNo: number): string => `segment ${manifestId}/${seqNo}`;
export const ticketKey = (hash: string): string => `ticket ${hash.toLowerCase()}`;
export const selectionKey = (id: string): string => `selection ${id.toLowerCase()}`;
export const jobKey = (id: string): string => `job ${id}`;
export const receiptKey = (hash: string): string => `receipt ${hash.toLowerCase()}`;

/** Hashes of the tickets that a record names, as its own or those of its attempts. */
export function ticketHashesOf(data: EventData): string[] {
  return [data, ...objectsOf(data, "attempts")].flatMap((part) => textsOf(part, "ticketHashes"));
}

/** What a record is about, besides its subject: the segment, job, tickets, selections and receipt it names. */
export function recordKeys(event: Pick<NodeEvent, "data">): string[] {
  const { data } = event;
  const keys = new Set<string>();
  const text = (value: unknown, key: (text: string) => string) => {
    if (typeof value === "string" && value !== "") keys.add(key(value));
  };
  const { manifestId, seqNo } = data;
  if (typeof manifestId === "string" && typeof seqNo === "number") keys.add(segmentKey(manifestId, seqNo));
  text(data["requestId"], jobKey);
  text(data["selectionId"], selectionKey);
  text(data["ticketHash"], ticketKey);
  text(data["receiptHash"], receiptKey);
  for (const hash of ticketHashesOf(data)) text(hash, ticketKey);
  for (const attempt of objectsOf(data, "attempts")) text(attempt["selectionId"], selectionKey);
  return [...keys].slice(0, maxKeys);
}
