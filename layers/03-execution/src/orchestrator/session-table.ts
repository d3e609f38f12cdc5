import { type Clock, LpError } from "@livepeer-ts/kernel";
import { resultErrors } from "../wire/segment-wire.ts";

export type SessionTableOptions = {
  /** Sessions that may be open at once; a function where it depends on who is connected. */
  readonly maxSessions: number | (() => number);
  /** Segments that may wait in one session. Default 4, as peers expect. */
  readonly maxQueuedSegments?: number;
  /** A session without segments for this long is over, ms. Default 70000. */
  readonly idleMs?: number;
  /** Called when there is a session more or less. */
  readonly onChange?: () => void;
};

type Session = {
  lastUsed: number;
  queued: number;
  tail: Promise<unknown>;
};

/** The sessions an orchestrator serves, keyed by the session id inside the auth token. Each works through its segments one by one. */
export class SessionTable {
  /** While true, no session is opened; those that are open go on. */
  refusesNew = false;
  /** While true, no segment is taken either; those that are queued are finished. */
  refusesAll = false;
  readonly #sessions = new Map<string, Session>();
  readonly #options: { -readonly [K in keyof SessionTableOptions]-?: NonNullable<SessionTableOptions[K]> };
  readonly #clock: Pick<Clock, "mono">;
  readonly #onEnd: (sessionId: string) => void;

  constructor(options: SessionTableOptions, clock: Pick<Clock, "mono">, onEnd: (sessionId: string) => void) {
    this.#options = { maxQueuedSegments: 4, idleMs: 70_000, onChange: () => {}, ...options };
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Segments that wait or are worked on. */
  get queuedCount(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.queued;
    return sum;
  }

  /** Sessions that may be open at once now. */
  get maxSessions(): number {
    const { maxSessions } = this.#options;
    return typeof maxSessions === "number" ? maxSessions : maxSessions();
  }

  /** Sets how many may be open at once. Open ones go on when it is less. */
  setMaxSessions(maxSessions: number | (() => number)): void {
    this.#options.maxSessions = maxSessions;
  }

  /** True when a new session, or this known one, may send work. */
  hasRoom(sessionId?: string): boolean {
    if (this.refusesAll) return false;
    if (sessionId !== undefined && this.#sessions.has(sessionId)) return true;
    this.sweep();
    return !this.refusesNew && this.#sessions.size < this.maxSessions;
  }

  /** Runs `work` after the session's earlier segments. Throws `OrchestratorCapped`, `OrchestratorBusy`. */
  async run<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    if (!this.hasRoom(sessionId)) throw new LpError({ code: "capped", message: resultErrors.capped, retryable: true });
    let session = this.#sessions.get(sessionId);
    if (session === undefined) {
      session = { lastUsed: this.#clock.mono(), queued: 0, tail: Promise.resolve() };
      this.#sessions.set(sessionId, session);
      this.#options.onChange();
    }
    if (session.queued > this.#options.maxQueuedSegments) {
      throw new LpError({ code: "busy", message: resultErrors.busy, retryable: true });
    }
    const current = session;
    current.queued++;
    current.lastUsed = this.#clock.mono();
    const result = current.tail.then(work);
    current.tail = result.catch(() => {});
    try {
      return await result;
    } finally {
      current.queued--;
      current.lastUsed = this.#clock.mono();
    }
  }

  /** Ends a session; its queued segments still finish. */
  end(sessionId: string): void {
    if (!this.#sessions.delete(sessionId)) return;
    this.#onEnd(sessionId);
    this.#options.onChange();
  }

  /** Ends sessions that were idle too long. */
  sweep(): void {
    const oldest = this.#clock.mono() - this.#options.idleMs;
    for (const [id, session] of this.#sessions) if (session.queued === 0 && session.lastUsed < oldest) this.end(id);
  }
}
