import { type Clock, LpError } from "@livepeer-ts/kernel";
import { type ListedPart, type LivePart, PartedList, type RenditionReport } from "@livepeer-ts/media";

export type LowLatencyOptions = {
  readonly manifestId: string;
  /** Requests of the stream that wait for something that is not there yet; further ones get 503. Default 2048. */
  readonly maxWaiting?: number;
};

/** What a player asks to wait for: `_HLS_msn` and `_HLS_part`. */
export type PlaylistWish = { readonly msn: number; readonly part: number | undefined };

/** Query parameter and value with which a player asks for parts, on the master list and on each media list. */
export const lowLatencyQuery = "latency=low";

/** A player that asks for more parts than this beyond the newest one has lost its way (RFC 8216bis, 6.2.5.2). */
function advancePartLimit(partTargetSeconds: number): number {
  return partTargetSeconds >= 1 ? 3 : Math.ceil(3 / partTargetSeconds);
}

function refuse(code: "ll_bad_request" | "ll_too_late" | "ll_busy", message: string): LpError {
  return new LpError({ code, message, details: { status: code === "ll_bad_request" ? 400 : 503 } });
}

/** The newest segment, and when it ends as far as it is there; wall time, ms. */
type Start = { readonly seqNo: number; endsAt: number };

/** Start times of segments that are remembered; a rendition may be as late as this many segments. */
const rememberedStarts = 64;

/**
 * The low-latency form of a stream: lists with parts per track, and the requests that wait for what is not there yet. Each wait
 * ends with what it waits for, with the stream, with its client, or after three target durations.
 */
export class LowLatency {
  readonly #manifestId: string;
  readonly #maxWaiting: number;
  readonly #clock: Clock;
  readonly #lists = new Map<string, PartedList>();
  readonly #startedAt = new Map<number, number>();
  #lastStart: Start | undefined;
  #changed = Promise.withResolvers<void>();
  #waiting = 0;
  /** Somebody plays it: only then whole segments are cut. */
  #isAsked = false;

  constructor(options: LowLatencyOptions, deps: { readonly clock: Clock }) {
    this.#manifestId = options.manifestId;
    this.#maxWaiting = options.maxWaiting ?? 2048;
    this.#clock = deps.clock;
  }

  /** Takes a part of a segment that is coming in. */
  addPart(trackName: string, part: LivePart): void {
    const { seqNo, index, durationMs } = part;
    if (index === 0) this.#start(seqNo, durationMs);
    if (this.#lastStart?.seqNo === seqNo) this.#lastStart.endsAt += durationMs;
    if (this.#listOf(trackName).addPart(part, this.#startedAt.get(seqNo))) this.#wake();
  }

  /** Takes a whole MPEG-TS segment, behind all earlier ones of its track. */
  addSegment(trackName: string, seqNo: number, bytes: Uint8Array, durationMs: number): void {
    if (this.#start(seqNo, durationMs)) (this.#lastStart as Start).endsAt += durationMs;
    const whole = { seqNo, bytes, durationMs, isCut: this.#isAsked };
    if (this.#listOf(trackName).addSegment(whole, this.#startedAt.get(seqNo))) this.#wake();
  }

  /** Nothing comes any more for a track, or for all: who waits for it is answered with what is there. */
  end(trackName?: string): void {
    for (const [name, list] of this.#lists) if (trackName === undefined || trackName === name) list.end();
    this.#wake();
  }

  /**
   * The list of a track, once it holds what is wished for. Undefined for a track without parts. Rejects with `details.status`:
   * 400 for a wish that lies too far ahead, 503 when it does not come true in time or too many are waiting.
   */
  async playlist(trackName: string, wish: PlaylistWish | undefined, signal: AbortSignal): Promise<string | undefined> {
    this.#isAsked = true;
    const list = this.#lists.get(trackName);
    if (list === undefined || list.edge.complete < 0) return undefined;
    if (wish !== undefined && !list.hasEnded) {
      this.#check(list, wish);
      await this.#until(() => list.holds(wish.msn, wish.part), list, signal);
    }
    return list.text(this.#reports(trackName));
  }

  /** A part; waits for it when it is the one that is announced as next. Undefined when there is none. */
  async part(trackName: string, seqNo: number, index: number, signal: AbortSignal): Promise<ListedPart | undefined> {
    const list = this.#lists.get(trackName);
    if (list?.isNextPart(seqNo, index) === true) {
      await this.#until(() => !list.isNextPart(seqNo, index), list, signal);
    }
    return list?.part(seqNo, index);
  }

  #listOf(trackName: string): PartedList {
    let list = this.#lists.get(trackName);
    if (list === undefined) {
      list = new PartedList({ manifestId: this.#manifestId, trackName });
      this.#lists.set(trackName, list);
    }
    return list;
  }

  /**
   * Segments lie end to end on one clock, which all tracks share: players find the same moment in each. False for a segment whose
   * place is known, and for one that comes late.
   */
  #start(seqNo: number, arrivedMs: number): boolean {
    const last = this.#lastStart;
    if (last !== undefined && seqNo <= last.seqNo) return false;
    const startsAt = last?.seqNo === seqNo - 1 ? last.endsAt : this.#clock.now() - arrivedMs;
    this.#startedAt.set(seqNo, startsAt);
    this.#lastStart = { seqNo, endsAt: startsAt };
    const [oldest] = this.#startedAt.keys();
    if (this.#startedAt.size > rememberedStarts && oldest !== undefined) this.#startedAt.delete(oldest);
    return true;
  }

  #reports(trackName: string): RenditionReport[] {
    return [...this.#lists]
      .filter(([name]) => name !== trackName)
      .map(([name, list]) => ({ uri: `${name}.m3u8?${lowLatencyQuery}`, edge: list.edge }));
  }

  #check(list: PartedList, { msn, part }: PlaylistWish): void {
    const { complete, openParts } = list.edge;
    const isTooFar =
      msn > complete + 2 ||
      (part !== undefined && msn > complete && part >= openParts + advancePartLimit(list.partTargetSeconds));
    if (!isTooFar) return;
    const asked = part === undefined ? `_HLS_msn=${msn}` : `_HLS_msn=${msn} and _HLS_part=${part}`;
    throw refuse(
      "ll_bad_request",
      `${asked} is too far ahead: the newest complete segment is ${complete}; load the list without them`,
    );
  }

  async #until(isDone: () => boolean, list: PartedList, signal: AbortSignal): Promise<void> {
    if (isDone()) return;
    if (this.#waiting >= this.#maxWaiting) {
      throw refuse("ll_busy", `${this.#maxWaiting} players wait for this stream already: try again in a moment`);
    }
    this.#waiting++;
    const deadline = this.#clock.deadline(3000 * list.targetSeconds, signal);
    const aborted = new Promise<void>((resolve) => {
      deadline.signal.addEventListener("abort", () => resolve(), { once: true });
      if (deadline.signal.aborted) resolve();
    });
    try {
      while (!isDone() && !list.hasEnded) {
        if (deadline.signal.aborted) {
          throw refuse("ll_too_late", `what was asked for did not come within ${3 * list.targetSeconds} s: ask again`);
        }
        await Promise.race([this.#changed.promise, aborted]);
      }
    } finally {
      deadline.clear();
      this.#waiting--;
    }
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
