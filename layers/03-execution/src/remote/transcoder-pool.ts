import { create } from "@bufbuild/protobuf";
import { type Clock, type Logger, LpError, type Metrics, outlasts } from "@livepeer-ts/kernel";
import { addCapacity, isSubset, meetsMinVersion, removeCapacity } from "../capabilities/index.ts";
import { defaultHedgeBudgetOptions, HedgeBudget } from "../segments/hedge-budget.ts";
import {
  AuthTokenSchema,
  type Capabilities,
  type NotifySegment,
  NotifySegmentSchema,
  type SegData,
  SegDataSchema,
} from "../wire/net_pb.gen.ts";
import { remoteTranscoderErrors } from "../wire/transcoder-wire.ts";
import { NoticeQueue } from "./notice-queue.ts";

/** What a transcoder sent back for one segment, renditions in profile order. */
export type TaskResult = {
  readonly decodedPixelCount: number;
  readonly renditions: readonly {
    readonly bytes: Uint8Array;
    readonly pixelCount: number;
    readonly perceptualHash?: Uint8Array;
  }[];
};

/** One segment for whichever transcoder takes it. */
export type TranscoderTask = {
  readonly sessionId: string;
  /** What the job needs; compared by bits and minimum version only, as the protocol does. */
  readonly capabilities: Capabilities | undefined;
  /** Where the transcoder fetches the segment. */
  readonly url: string;
  /** How often that was done. */
  readonly fetchCount: () => number;
  readonly segData: SegData;
  readonly durationMs: number;
};

/** A transcoder as it registered. */
export type TranscoderPeer = {
  readonly address: string;
  /** Sessions it takes at once. */
  readonly capacity: number;
  readonly capabilities: Capabilities;
};

/** A registered transcoder; iterate `notices` to tell it about work, call `leave` when its connection ends. */
export type Registration = { readonly notices: AsyncIterable<NotifySegment>; leave(): void };

type Member = TranscoderPeer & {
  readonly notices: NoticeQueue<NotifySegment>;
  readonly sessions: Set<string>;
  /** Tasks it has not answered, those that others have done meanwhile too. */
  readonly open: Set<bigint>;
  /** It was late for a task: no new session before it answers. */
  suspected: boolean;
};
type Pending = { readonly member: Member; readonly settle: (result: TaskResult | LpError) => void };
type Attempt = {
  readonly result: Promise<TaskResult>;
  /** True once somebody has fetched the segment since it began. */
  readonly isTaken: () => boolean;
  readonly callOff: () => void;
};

export type TranscoderPoolDeps = { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics };

export type TranscoderPoolOptions = {
  /** What the orchestrator can do without transcoders. */
  readonly ownCapabilities: Capabilities;
  /** Recipient address in hex, or `offchain`. */
  readonly orchId: string;
};

/** Share of a segment's duration after which another transcoder gets it too: before a gateway asks another orchestrator. */
const lateShare = 0.6;
const minLateMs = 400;
/** Looks at a late segment that cannot be helped, in the time after which it is late. */
const looksPerDeadline = 3;

/** The connection of a transcoder ended while it worked: another one can try. */
class TranscoderGone extends LpError {
  constructor() {
    super({ code: "transcoder_gone", message: remoteTranscoderErrors.gone, retryable: true });
  }
}

/**
 * The remote transcoders of an orchestrator. A session goes to the least loaded one that can do it, and stays there;
 * load is counted in sessions.
 */
export class TranscoderPool {
  readonly #options: TranscoderPoolOptions;
  readonly #deps: TranscoderPoolDeps;
  readonly #members = new Set<Member>();
  readonly #bySession = new Map<string, Member>();
  readonly #pending = new Map<bigint, Pending>();
  readonly #hedges: HedgeBudget;
  #capabilities: Capabilities;
  #nextTaskId = 0n;

  constructor(options: TranscoderPoolOptions, deps: TranscoderPoolDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#capabilities = options.ownCapabilities;
    this.#hedges = new HedgeBudget(defaultHedgeBudgetOptions, deps.clock);
  }

  /** What the orchestrator can do with the transcoders that are connected. */
  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  /** Who is connected. */
  get peers(): readonly TranscoderPeer[] {
    return [...this.#members];
  }

  /** Sessions that all connected transcoders take together. */
  get capacity(): number {
    let sum = 0;
    for (const member of this.#members) sum += member.capacity;
    return sum;
  }

  #count(): void {
    const { metrics } = this.#deps;
    metrics.gauge("livepeer_transcoders_number", this.#members.size);
    metrics.gauge("livepeer_transcoders_capacity", this.capacity);
    metrics.gauge("livepeer_transcoders_load", this.#bySession.size);
  }

  register(peer: TranscoderPeer): Registration {
    const member: Member = {
      ...peer,
      notices: new NoticeQueue(),
      sessions: new Set(),
      open: new Set(),
      suspected: false,
    };
    this.#members.add(member);
    this.#capabilities = addCapacity(this.#capabilities, peer.capabilities);
    this.#count();
    this.#deps.logger.info("a transcoder has registered", { address: peer.address, capacity: peer.capacity });
    return { notices: member.notices, leave: () => this.#drop(member, "its connection ended") };
  }

  /**
   * Has the segment transcoded. Another transcoder takes over when one goes away, and tries as well when one is late.
   * Rejects with the protocol's texts.
   */
  async run(task: TranscoderTask, signal: AbortSignal): Promise<TaskResult> {
    this.#hedges.segment();
    for (;;) {
      const member = this.#choose(task);
      try {
        return await this.#runHedged(member, task, signal);
      } catch (error) {
        this.#release(task.sessionId);
        if (!(error instanceof TranscoderGone)) throw error;
        this.#deps.logger.warn("a segment goes to another transcoder", { address: member.address });
      }
    }
  }

  async #runHedged(member: Member, task: TranscoderTask, signal: AbortSignal): Promise<TaskResult> {
    const first = this.#start(member, task, signal);
    const lateMs = Math.max(minLateMs, lateShare * task.durationMs);
    let spare: Member | undefined;
    // what cannot be helped now may be a moment later
    for (let waitMs = lateMs; ; waitMs = lateMs / looksPerDeadline) {
      if (!(await outlasts(first.result, waitMs, this.#deps.clock, signal))) return first.result;
      spare = this.#spareFor(member, task);
      if (spare === undefined) continue;
      if (!first.isTaken()) {
        this.#deps.logger.warn("a transcoder does not take a segment, another one gets it", {
          address: member.address,
        });
        member.suspected = true;
        first.callOff();
        this.#release(task.sessionId);
        this.#assign(task.sessionId, spare);
        return this.#runHedged(spare, task, signal);
      }
      if (this.#hedges.take()) break;
    }
    member.suspected = true;
    this.#deps.logger.warn("a transcoder is late, another one gets the segment too", { address: member.address });
    const second = this.#start(spare, task, signal);
    try {
      const winner = await Promise.any([first, second].map((attempt) => attempt.result.then(() => attempt)));
      if (winner === second) {
        this.#release(task.sessionId);
        this.#assign(task.sessionId, spare);
      }
      return await winner.result;
    } catch {
      return await first.result; // both came to nothing: the first one's reason counts
    } finally {
      first.callOff();
      second.callOff();
    }
  }

  /** Takes a result or an error for a task. False when nobody waits for it any more. */
  settle(taskId: bigint, result: TaskResult | LpError): boolean {
    for (const member of this.#members) {
      if (!member.open.delete(taskId)) continue;
      member.suspected = false;
      break;
    }
    const pending = this.#pending.get(taskId);
    pending?.settle(result);
    return pending !== undefined;
  }

  /** Tells the session's transcoder to free what it keeps for it. */
  endSession(sessionId: string): void {
    const member = this.#release(sessionId);
    member?.notices.push(
      create(NotifySegmentSchema, {
        segData: create(SegDataSchema, { authToken: create(AuthTokenSchema, { sessionId }) }),
      }),
    );
  }

  /** Somebody else who could do the task and does nothing now. */
  #spareFor(member: Member, task: TranscoderTask): Member | undefined {
    return [...this.#members].find(
      (other) =>
        other !== member &&
        !other.suspected &&
        other.open.size === 0 &&
        canTake(other) &&
        canDo(other.capabilities, task.capabilities),
    );
  }

  #choose(task: TranscoderTask): Member {
    const sticky = this.#bySession.get(task.sessionId);
    if (sticky !== undefined) return sticky;
    const able = [...this.#members].filter((member) => canDo(member.capabilities, task.capabilities));
    if (able.length === 0) throw refused(this.#members.size === 0 ? "noneFree" : "noneCompatible");
    const free = able.filter(canTake);
    const answering = free.filter((member) => !member.suspected);
    const [chosen] = (answering.length > 0 ? answering : free).sort((a, b) => loadOf(a) - loadOf(b));
    if (chosen === undefined) throw refused("noneFree");
    // of equals, the one that was chosen longest ago: whoever fails at once does not get the next session too
    this.#members.delete(chosen);
    this.#members.add(chosen);
    this.#assign(task.sessionId, chosen);
    return chosen;
  }

  #assign(sessionId: string, member: Member): void {
    member.sessions.add(sessionId);
    this.#bySession.set(sessionId, member);
    this.#count();
  }

  #start(member: Member, task: TranscoderTask, signal: AbortSignal): Attempt {
    const race = new AbortController();
    const onOuter = () => race.abort(signal.reason);
    if (signal.aborted) onOuter();
    signal.addEventListener("abort", onOuter, { once: true });
    const fetchedBefore = task.fetchCount();
    const result = this.#runOn(member, task, race.signal).finally(() => signal.removeEventListener("abort", onOuter));
    result.catch(() => undefined); // whoever waits for it hears of it; a loser's failure is nobody's business
    return {
      result,
      isTaken: () => task.fetchCount() > fetchedBefore,
      callOff: () => race.abort(new LpError({ code: "called_off", message: "no longer wanted" })),
    };
  }

  async #runOn(member: Member, task: TranscoderTask, signal: AbortSignal): Promise<TaskResult> {
    signal.throwIfAborted();
    const taskId = this.#nextTaskId++;
    const deadline = this.#deps.clock.deadline(Math.max(8000, 4 * task.durationMs), signal);
    member.open.add(taskId);
    try {
      return await new Promise<TaskResult>((resolve, reject) => {
        this.#pending.set(taskId, {
          member,
          settle: (result) => (result instanceof LpError ? reject(result) : resolve(result)),
        });
        deadline.signal.addEventListener(
          "abort",
          () => {
            if (signal.aborted) reject(signal.reason);
            else {
              reject(refused("tooLong"));
              this.#drop(member, "it took too long for a segment");
            }
          },
          { once: true },
        );
        member.notices.push(
          create(NotifySegmentSchema, {
            url: task.url,
            taskId,
            orchId: this.#options.orchId,
            profiles: task.segData.profiles,
            segData: task.segData,
          }),
        );
      });
    } finally {
      deadline.clear();
      this.#pending.delete(taskId);
    }
  }

  #release(sessionId: string): Member | undefined {
    const member = this.#bySession.get(sessionId);
    this.#bySession.delete(sessionId);
    member?.sessions.delete(sessionId);
    this.#count();
    return member;
  }

  #drop(member: Member, reason: string): void {
    if (!this.#members.delete(member)) return;
    this.#capabilities = removeCapacity(this.#capabilities, member.capabilities);
    member.notices.end();
    for (const sessionId of member.sessions) this.#bySession.delete(sessionId);
    this.#count();
    this.#deps.logger.warn("a transcoder is gone", { address: member.address, reason });
    for (const pending of [...this.#pending.values()]) {
      if (pending.member === member) pending.settle(new TranscoderGone());
    }
  }
}

const loadOf = (member: Member) => member.sessions.size / member.capacity;
const canTake = (member: Member) => loadOf(member) < 1;

function canDo(offered: Capabilities, needed: Capabilities | undefined): boolean {
  if (needed === undefined) return true;
  return (
    meetsMinVersion(offered.version, needed.constraints?.minVersion ?? "") &&
    isSubset(needed.bitstring, offered.bitstring)
  );
}

function refused(name: "noneFree" | "noneCompatible" | "tooLong"): LpError {
  return new LpError({ code: "no_transcoder", message: remoteTranscoderErrors[name], retryable: name !== "tooLong" });
}
