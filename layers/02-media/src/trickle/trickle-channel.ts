import type { BodyLease } from "@livepeer-ts/kernel";
import { ChangeWaiters } from "./change-waiters.ts";
import { TrickleSegment } from "./trickle-segment.ts";

/**
 * What a channel does when nobody reads. `live-edge`: old segments make room for new ones. `lossless`: the publisher has to wait.
 */
export type TricklePolicy = "live-edge" | "lossless";

export type TrickleChannelOptions = {
  readonly name: string;
  readonly mimeType: string;
  readonly policy: TricklePolicy;
  /** Bytes of one segment. */
  readonly maxSegmentBytes: number;
  readonly lease: () => BodyLease;
  readonly now: () => number;
  readonly onClose: () => void;
};

/** Segments that a channel keeps, by the protocol. */
const liveSlots = 5;
/** The same of a lossless channel. */
const losslessSlots = 32;
/** Finished segments of a lossless channel that nobody has read; then the publisher's answer is delayed. */
export const maxUnreadSegments = 8;

/** One channel: the last few segments, each in the slot of its index. */
export class TrickleChannel {
  readonly name: string;
  readonly mimeType: string;
  readonly policy: TricklePolicy;
  readonly #options: TrickleChannelOptions;
  readonly #slots: (TrickleSegment | undefined)[];
  readonly #waiters = new ChangeWaiters();
  #isClosed = false;
  #nextIndex = 0;
  /** Ms of the clock at the last byte; readers do not count. */
  lastWriteAt: number;
  readerCount = 0;
  writerCount = 0;

  constructor(options: TrickleChannelOptions) {
    this.#options = options;
    this.name = options.name;
    this.mimeType = options.mimeType;
    this.policy = options.policy;
    this.#slots = new Array(this.policy === "lossless" ? losslessSlots : liveSlots).fill(undefined);
    this.lastWriteAt = options.now();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Index after the one that was written last. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** What a reader means: -1 = the next segment, -2 = the current one; of a lossless channel, the first that nobody has read. */
  readIndex(index: number): number {
    if (index === -1) return this.#nextIndex;
    if (index !== -2) return index;
    if (this.policy === "lossless") return this.#unread().at(0)?.index ?? this.#nextIndex;
    return Math.max(0, this.#nextIndex - 1);
  }

  /** The segment to read; one that is about to be written is made here. Undefined: gone, or too far ahead. */
  forReading(index: number): TrickleSegment | undefined {
    const found = this.#slotOf(index);
    if (found !== undefined) return found;
    const isNear = index === this.#nextIndex || (index === 1 && this.#nextIndex === 0);
    return isNear && !this.#isClosed ? this.#place(index) : undefined;
  }

  /** The segment to write; another one in its slot ends. */
  forWriting(index: number): TrickleSegment {
    return this.#slotOf(index) ?? this.#place(index);
  }

  /** The first byte of `index` has come, or its empty body has ended. */
  wrote(index: number): void {
    this.#nextIndex = index + 1;
    this.touch();
  }

  /** A byte came. */
  touch(): void {
    this.lastWriteAt = this.#options.now();
  }

  /** A whole segment from this process. */
  publish(bytes: Uint8Array): void {
    const segment = this.forWriting(this.#nextIndex);
    this.wrote(segment.index);
    try {
      segment.append(bytes);
    } finally {
      segment.close();
    }
  }

  /** Ends one segment; false when there is none. */
  endSegment(index: number): boolean {
    const segment = this.#slotOf(index);
    if (segment === undefined) return false;
    // whoever has opened it and sent nothing has published nothing: the index is used up
    if (!segment.isClosed && segment.silentPublishers > 0) this.wrote(index);
    segment.close();
    return true;
  }

  /** Ends all segments before `index`. */
  endBefore(index: number): void {
    for (const segment of this.#slots) if (segment !== undefined && segment.index < index) segment.close();
  }

  /** Somebody has read the segment to its end. */
  wasRead(segment: TrickleSegment): void {
    segment.isRead = true;
    this.#waiters.wake();
  }

  /** True when a publisher has to wait before it writes `index`: an older segment in its slot was not read. */
  isFull(index: number): boolean {
    if (this.policy !== "lossless" || this.#isClosed) return false;
    const held = this.#slots[index % this.#slots.length];
    return held !== undefined && held.index < index && !held.isRead && !(held.isClosed && held.isEmpty);
  }

  /** True when a publisher has to wait for the answer. */
  isBehind(): boolean {
    return this.policy === "lossless" && !this.#isClosed && this.#unread().length > maxUnreadSegments;
  }

  /** Resolves when something was read, or the channel is over. Rejects with the signal's reason. */
  readOrClosed(signal: AbortSignal): Promise<void> {
    return this.#isClosed && !signal.aborted ? Promise.resolve() : this.#waiters.next(signal);
  }

  /** Ends the channel: readers get what is there, publishers that wait are told. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const segment of this.#slots) segment?.drop();
    this.#waiters.wake();
    this.#options.onClose();
  }

  #unread(): TrickleSegment[] {
    return this.#slots
      .filter((segment) => segment !== undefined)
      .filter((segment) => segment.isClosed && !segment.isEmpty && !segment.isRead)
      .sort((a, b) => a.index - b.index);
  }

  #slotOf(index: number): TrickleSegment | undefined {
    const held = this.#slots[index % this.#slots.length];
    return held?.index === index ? held : undefined;
  }

  #place(index: number): TrickleSegment {
    const slot = index % this.#slots.length;
    this.#slots[slot]?.drop();
    const segment = new TrickleSegment(index, this.#options.maxSegmentBytes, this.#options.lease());
    this.#slots[slot] = segment;
    return segment;
  }
}
