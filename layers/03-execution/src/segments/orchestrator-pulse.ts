import type { Clock } from "@livepeer-ts/kernel";

type Beats = {
  /** Monotonic time of the last result; undefined = none yet. */
  answeredAt: number | undefined;
  /** Start times of the segments under way. */
  readonly inFlight: number[];
  /** When segments were called off there without an answer, since the last result. */
  missedAt: number[];
  /** Ms until it had taken over the last segment it took; undefined = none yet. */
  takenMs: number | undefined;
};

/** A segment that was called off this long ago says nothing any more, ms. */
const memoryMs = 4000;
/** Segments without an answer that make an orchestrator silent: one may be a hard one. */
const silentCount = 2;
/** Orchestrators that are remembered; the one that was heard of the longest ago goes first. */
const maxOrchestrators = 1024;

/** What the streams of a gateway know together of each orchestrator: does it still answer anybody? */
export class OrchestratorPulse {
  readonly #clock: Pick<Clock, "mono">;
  readonly #beats = new Map<string, Beats>();

  constructor(clock: Pick<Clock, "mono">) {
    this.#clock = clock;
  }

  /** A segment is on its way there; `started` is told again when it comes back. */
  begin(uri: string, started: number): void {
    const beats = this.#beats.get(uri) ?? { answeredAt: undefined, inFlight: [], missedAt: [], takenMs: undefined };
    this.#beats.delete(uri);
    this.#beats.set(uri, beats);
    beats.inFlight.push(started);
    const [oldest] = this.#beats.keys();
    if (this.#beats.size > maxOrchestrators && oldest !== undefined) this.#beats.delete(oldest);
  }

  /** It has taken a segment over, `ms` after that began its way. */
  taken(uri: string, ms: number): void {
    const beats = this.#beats.get(uri);
    if (beats !== undefined) beats.takenMs = ms;
  }

  /** Ms until it had taken over the last segment it took; undefined when it took none. */
  takenMs(uri: string): number | undefined {
    return this.#beats.get(uri)?.takenMs;
  }

  /** It came back, with a result or without. */
  end(uri: string, started: number, outcome: "answered" | "missed" | "failed"): void {
    const beats = this.#beats.get(uri);
    if (beats === undefined) return;
    const index = beats.inFlight.indexOf(started);
    if (index >= 0) beats.inFlight.splice(index, 1);
    const now = this.#clock.mono();
    if (outcome === "answered") {
      beats.answeredAt = now;
      beats.missedAt = [];
    } else if (outcome === "missed") {
      beats.missedAt = [...beats.missedAt.filter((at) => at > now - memoryMs), now];
    }
  }

  /**
   * True when it used to answer, and has for `lateMs` left several segments without an answer, whichever streams they
   * belong to. Who is merely slow still answers now and then.
   */
  isSilent(uri: string, lateMs: number): boolean {
    const beats = this.#beats.get(uri);
    const now = this.#clock.mono();
    if (beats?.answeredAt === undefined || beats.answeredAt > now - lateMs) return false;
    const overdue = beats.inFlight.filter((started) => started <= now - lateMs).length;
    const missed = beats.missedAt.filter((at) => at > now - memoryMs).length;
    return overdue + missed >= silentCount;
  }

  /** True when it brought a result within the last `withinMs`. */
  isAlive(uri: string, withinMs: number): boolean {
    const answeredAt = this.#beats.get(uri)?.answeredAt;
    return answeredAt !== undefined && answeredAt > this.#clock.mono() - withinMs;
  }
}
