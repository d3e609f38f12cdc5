import type { LivePart } from "../ports/ingest-sink.ts";
import { cutParts, type SegmentPart, tablesOf } from "./cut-parts.ts";
import { partPath, segmentPath } from "./live-playlist.ts";

/** Longest part of a segment, ms; players are told and hold back three of them. */
export const defaultPartMs = 400;

/** How the list of one track is kept. */
export type PartedListOptions = {
  readonly manifestId: string;
  readonly trackName: string;
  /** Complete segments that are listed. Default 6. */
  readonly windowSize?: number;
  /** Default 400. */
  readonly partMs?: number;
};

/** How far a list has come. Positions are media sequence numbers, as players count them. */
export type ListEdge = {
  /** Position of the newest complete segment; -1 when there is none. */
  readonly complete: number;
  /** Its parts; 0 when it was not cut. */
  readonly completeParts: number;
  /** Parts of the segment behind it. */
  readonly openParts: number;
};

/** The newest position of another track of the stream. */
export type RenditionReport = { readonly uri: string; readonly edge: ListEdge };

/** A part, and where it is: `bytes` while its segment is coming in, then a range of the segment. */
export type ListedPart = {
  /** To be sent in front of it; empty for the first part of a segment, which has them. */
  readonly tables: Uint8Array;
  readonly bytes: Uint8Array | undefined;
  readonly offset: number;
  readonly sizeBytes: number;
};

type Part = Omit<SegmentPart, "bytes"> & { readonly bytes: Uint8Array | undefined; readonly sizeBytes: number };

type Segment = {
  readonly seqNo: number;
  /** Wall time of its first frame, ms; undefined when unknown. */
  readonly startedAt: number | undefined;
  durationMs: number;
  isComplete: boolean;
  tables: Uint8Array;
  parts: readonly Part[];
};

/**
 * One track with parts (RFC 8216bis): the newest segments, the one that is coming in, and the text that tells of both.
 * Of media it holds only the segment that is coming in. A pure state machine.
 */
export class PartedList {
  readonly #options: Required<PartedListOptions>;
  readonly #segments: Segment[] = [];
  #firstSeqNo = 0;
  #removedCount = 0;
  #targetSeconds = 1;
  #partTargetMs: number;
  #hasEnded = false;

  constructor(options: PartedListOptions) {
    this.#options = { windowSize: 6, partMs: defaultPartMs, ...options };
    this.#partTargetMs = this.#options.partMs;
  }

  get edge(): ListEdge {
    const complete = this.#segments.filter(({ isComplete }) => isComplete).length;
    const open = this.#segments[complete];
    return {
      complete: this.#mediaSequence + complete - 1,
      completeParts: this.#segments[complete - 1]?.parts.length ?? 0,
      openParts: open?.parts.length ?? 0,
    };
  }

  get targetSeconds(): number {
    return this.#targetSeconds;
  }

  /** Seconds, as announced. */
  get partTargetSeconds(): number {
    return this.#partTargetMs / 1000;
  }

  /** True when nothing is added any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** True when the list tells of a part, or without one of a whole segment. */
  holds(msn: number, part: number | undefined): boolean {
    const { complete, openParts } = this.edge;
    if (msn > complete) return part !== undefined && msn === complete + 1 && part < openParts;
    if (msn < complete || part === undefined) return true;
    const parts = this.#segments[msn - this.#mediaSequence]?.parts.length ?? 0;
    // behind the last part of a segment comes the first one of the next
    return part < parts || openParts > 0;
  }

  /** Nothing is added any more. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Adds a part of the segment that is coming in. False for one that does not follow what is there. */
  addPart(part: LivePart, startedAt: number | undefined): boolean {
    const { seqNo, index, bytes, durationMs, isIndependent, isLast } = part;
    let segment = this.#segments.at(-1);
    if (segment?.seqNo !== seqNo) {
      if (index !== 0 || segment?.isComplete === false) return false;
      segment = this.#append(seqNo, startedAt);
      segment.tables = tablesOf(bytes);
    }
    if (segment.isComplete || segment.parts.length !== index) return false;
    segment.parts = [...segment.parts, { bytes, sizeBytes: bytes.length, durationMs, isIndependent }];
    segment.durationMs += durationMs;
    this.#partTargetMs = Math.max(this.#partTargetMs, Math.ceil(durationMs));
    if (isLast) this.#complete(segment, segment.durationMs);
    return true;
  }

  /**
   * Adds a whole segment, which is stored elsewhere from now on. One that came in parts keeps them; another one is cut when `isCut`.
   * False when it does not come behind what is there.
   */
  addSegment(
    whole: { readonly seqNo: number; readonly bytes: Uint8Array; readonly durationMs: number; readonly isCut: boolean },
    startedAt: number | undefined,
  ): boolean {
    const { seqNo, bytes, durationMs, isCut } = whole;
    const newest = this.#segments.at(-1);
    let segment = this.#segments.find((candidate) => candidate.seqNo === seqNo);
    if (segment === undefined) {
      if (newest !== undefined && (newest.seqNo > seqNo || !newest.isComplete)) return false;
      segment = this.#append(seqNo, startedAt);
      const parts = isCut ? cutParts(bytes, durationMs, this.#options.partMs) : [];
      segment.parts = parts.map((part) => ({ ...part, sizeBytes: part.bytes.length }));
      for (const part of parts) this.#partTargetMs = Math.max(this.#partTargetMs, Math.ceil(part.durationMs));
    }
    segment.parts = segment.parts.map((part) => ({ ...part, bytes: undefined }));
    segment.tables = tablesOf(bytes).slice();
    if (!segment.isComplete) this.#complete(segment, durationMs);
    return true;
  }

  /** A part that is listed; undefined for another one. */
  part(seqNo: number, index: number): ListedPart | undefined {
    const segment = this.#segments.find((candidate) => candidate.seqNo === seqNo);
    const part = segment?.parts[index];
    if (segment === undefined || part === undefined) return undefined;
    const offset = segment.parts.slice(0, index).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const tables = index === 0 ? new Uint8Array(0) : segment.tables;
    return { tables, bytes: part.bytes, offset, sizeBytes: part.sizeBytes };
  }

  /** True for the part that is announced as the next one. */
  isNextPart(seqNo: number, index: number): boolean {
    const next = this.#nextPart();
    return !this.#hasEnded && next.seqNo === seqNo && next.index === index;
  }

  /** The list. `reports`: how far the other tracks are. */
  text(reports: readonly RenditionReport[]): string {
    const partTarget = (this.#partTargetMs / 1000).toFixed(3);
    const holdBack = ((3 * this.#partTargetMs) / 1000).toFixed(3);
    let text = `#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:${this.#targetSeconds}\n`;
    text += `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${holdBack}\n`;
    text += `#EXT-X-PART-INF:PART-TARGET=${partTarget}\n#EXT-X-MEDIA-SEQUENCE:${this.#mediaSequence}\n`;
    const firstWithParts = this.#firstWithParts();
    for (const [i, segment] of this.#segments.entries()) {
      if (segment.startedAt !== undefined) {
        text += `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.startedAt).toISOString()}\n`;
      }
      if (i >= firstWithParts) text += this.#partLines(segment);
      if (segment.isComplete) {
        text += `#EXTINF:${(segment.durationMs / 1000).toFixed(3)},\n${this.#uri(segment.seqNo)}\n`;
      }
    }
    if (this.#hasEnded) return `${text}#EXT-X-ENDLIST\n`;
    const next = this.#nextPart();
    text += `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${this.#uri(next.seqNo, next.index)}"\n`;
    for (const { uri, edge } of reports) {
      const lastMsn = edge.openParts > 0 ? edge.complete + 1 : edge.complete;
      const parts = edge.openParts > 0 ? edge.openParts : edge.completeParts;
      const lastPart = parts > 0 ? `,LAST-PART=${parts - 1}` : "";
      if (lastMsn >= 0) text += `#EXT-X-RENDITION-REPORT:URI="${uri}",LAST-MSN=${lastMsn}${lastPart}\n`;
    }
    return text;
  }

  get #mediaSequence(): number {
    return this.#firstSeqNo + this.#removedCount;
  }

  #append(seqNo: number, startedAt: number | undefined): Segment {
    if (this.#segments.length === 0 && this.#removedCount === 0) this.#firstSeqNo = seqNo;
    const segment: Segment = {
      ...{ seqNo, startedAt, durationMs: 0, isComplete: false },
      ...{ tables: new Uint8Array(0), parts: [] },
    };
    this.#segments.push(segment);
    return segment;
  }

  #complete(segment: Segment, durationMs: number): void {
    segment.isComplete = true;
    segment.durationMs = durationMs;
    this.#targetSeconds = Math.max(this.#targetSeconds, Math.round(durationMs / 1000));
    const tooMany = this.#segments.length - this.#options.windowSize;
    if (tooMany > 0) this.#removedCount += this.#segments.splice(0, tooMany).length;
  }

  /** Parts stay listed while they are within three target durations of the end, as the format demands. */
  #firstWithParts(): number {
    let behindMs = 0;
    let first = this.#segments.length;
    while (first > 0 && behindMs <= 3000 * this.#targetSeconds) {
      first--;
      behindMs += this.#segments[first]?.durationMs ?? 0;
    }
    return first;
  }

  #partLines(segment: Segment): string {
    let lines = "";
    for (const [index, part] of segment.parts.entries()) {
      const independent = part.isIndependent ? ",INDEPENDENT=YES" : "";
      const duration = (part.durationMs / 1000).toFixed(5);
      lines += `#EXT-X-PART:DURATION=${duration},URI="${this.#uri(segment.seqNo, index)}"${independent}\n`;
    }
    return lines;
  }

  #nextPart(): { seqNo: number; index: number } {
    const newest = this.#segments.at(-1);
    if (newest === undefined) return { seqNo: 0, index: 0 };
    return newest.isComplete
      ? { seqNo: newest.seqNo + 1, index: 0 }
      : { seqNo: newest.seqNo, index: newest.parts.length };
  }

  #uri(seqNo: number, index?: number): string {
    const { manifestId, trackName } = this.#options;
    return index === undefined
      ? segmentPath(manifestId, trackName, seqNo, ".ts")
      : partPath(manifestId, trackName, seqNo, index);
  }
}
