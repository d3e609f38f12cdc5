import { type Clock, type Logger, LpError } from "@livepeer-ts/kernel";
import type { TranscodeRequest } from "../../ports/transcoder-backend.ts";
import type { VideoCodec, VideoProfile } from "../../profiles/video-profile.ts";
import type { SegmentScan } from "../../segments/scan-segment.ts";
import { transcoderError } from "../../wire/transcoder-errors.ts";
import type { Attempt, Lanes } from "../lanes.ts";
import { SlotQueue } from "../slot-queue.ts";
import { isCrash, isDeviceFailure, mayDoBetter } from "./device-failure.ts";
import { canDecode, deviceName, hardwareDialect } from "./hardware-dialect.ts";
import type { HardwareDevice } from "./hardware-spec.ts";

/** A device and what is known of it. */
export type PooledDevice = HardwareDevice & {
  /** Renditions it encodes at once. */
  readonly encodeSessions: number;
  /** Codecs its decoder was seen to read; the others are decoded in memory. */
  readonly decodes: ReadonlySet<VideoCodec>;
};

export type DevicePoolOptions = {
  readonly devices: readonly PooledDevice[];
  /** Segments of one session that may wait for a device. Default 4. */
  readonly maxQueuedPerSession?: number;
  /** Segments that may wait for one device. Default 64. */
  readonly maxQueued?: number;
  /** Failures in a row after which a device is taken out. Default 3. */
  readonly maxFailures?: number;
  /** A device that was taken out is tried again after this; doubled each time it fails at once. Default 30,000 ms. */
  readonly firstRestMs?: number;
  /** Default 600,000 ms. */
  readonly maxRestMs?: number;
};

/** A session without segments for this long counts no more, ms. */
const sessionIdleMs = 70_000;
/** Sessions that are remembered. */
const maxPooledSessions = 4096;

type DeviceState = {
  readonly device: PooledDevice;
  readonly slots: SlotQueue;
  failures: number;
  /** Two sessions at most whose segments crashed every process since the last success. */
  readonly suspects: Set<string>;
  /** 0: it works; else how long it rests, or rested, and no segment has succeeded since. */
  restMs: number;
  /** Monotonic ms. */
  restsUntil: number;
};

type Session = { device: DeviceState; cost: number; usedAt: number; decodesInMemory: boolean };

/** Pixels per second of what is asked for; 30 frames where the rate is the source's. */
export function costOf(profiles: readonly VideoProfile[]): number {
  return profiles.reduce((sum, { width, height, fps, fpsDen }) => {
    return sum + width * height * (fps > 0 ? fps / Math.max(1, fpsDen) : 30);
  }, 0);
}

/**
 * Devices as lanes: a session stays on the device that had the least to do when it came; a failure moves it to another.
 * A device that fails again and again rests and is tried again later.
 */
export class DevicePool implements Lanes {
  readonly #options: DevicePoolOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #devices: readonly DeviceState[];
  readonly #sessions = new Map<string, Session>();

  constructor(options: DevicePoolOptions, deps: { readonly clock: Clock; readonly logger: Logger }) {
    if (options.devices.length === 0) {
      throw new LpError({ code: "no_devices", message: "no device to transcode on was given: name at least one" });
    }
    this.#options = options;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#devices = options.devices.map((device) => ({
      device,
      slots: new SlotQueue({
        maxConcurrent: device.encodeSessions,
        maxQueuedPerKey: options.maxQueuedPerSession ?? 4,
        maxQueued: options.maxQueued ?? 64,
      }),
      failures: 0,
      suspects: new Set(),
      restMs: 0,
      restsUntil: Number.NEGATIVE_INFINITY,
    }));
  }

  readonly preview: Lanes["preview"] = (request, scan) => {
    return hardwareDialect((this.#devices[0] as DeviceState).device, request, scan, "memory");
  };

  readonly endSession = (sessionId: string): void => {
    this.#sessions.delete(sessionId);
  };

  readonly run: Lanes["run"] = async (request, scan, signal, attempt) => {
    const session = this.#sessionOf(request);
    const first = session.device;
    const way = this.#wayOn(first, session, scan);
    try {
      return await this.#attemptOn(first, way, request, scan, signal, attempt);
    } catch (error) {
      if (signal.aborted || (!isDeviceFailure(error) && !mayDoBetter(error))) throw error;
      return await this.#again(session, first, way, error, request, scan, signal, attempt);
    }
  };

  /** Sessions and their cost on each device; for logs and tests. */
  loads(): { readonly device: string; readonly sessions: number; readonly cost: number; readonly rests: boolean }[] {
    return this.#devices.map((state) => {
      const own = [...this.#sessions.values()].filter((session) => session.device === state);
      return {
        device: deviceName(state.device),
        sessions: own.length,
        cost: own.reduce((sum, { cost }) => sum + cost, 0),
        rests: state.restsUntil > this.#clock.mono(),
      };
    });
  }

  async #again<T>(
    session: Session,
    first: DeviceState,
    way: "device" | "memory",
    error: unknown,
    request: TranscodeRequest,
    scan: SegmentScan,
    signal: AbortSignal,
    attempt: Attempt<T>,
  ): Promise<T> {
    const isDevices = isDeviceFailure(error);
    const failsFirst = () => isDevices && this.#failed(first, error);
    const encodes = request.profiles.length;
    const other = this.#least(encodes, first) ?? this.#least(encodes);
    if (other !== undefined) session.device = other;
    // Who cannot decode it may encode it; another device is asked for the same unless the segment is suspect.
    const next = isDevices && other !== undefined && other !== first ? this.#wayOn(other, session, scan) : "memory";
    // A hang took the segment's time: it is the next one that goes elsewhere.
    if (!mayDoBetter(error) || other === undefined || (other === first && next === way)) {
      failsFirst();
      throw isDevices && mayDoBetter(error) ? invalidHardware(error) : error;
    }
    try {
      const result = await this.#attemptOn(other, next, request, scan, signal, attempt);
      if (isDevices && other !== first) failsFirst();
      else if (way === "device") session.decodesInMemory = true;
      return result;
    } catch (again) {
      if (signal.aborted) throw again;
      if (!isDeviceFailure(again)) {
        // What the driver said of the first stays said; a crash may have been the segment's.
        if (!isCrash(error)) failsFirst();
        throw again;
      }
      if (!this.#isSegmentsFault(request.sessionId, first, other, error, again)) {
        failsFirst();
        if (other !== first) this.#failed(other, again);
      }
      throw invalidHardware(again);
    }
  }

  /** Bytes that crash every process must not take devices from others: a second session has to see it too. */
  #isSegmentsFault(sessionId: string, first: DeviceState, other: DeviceState, error: unknown, again: unknown): boolean {
    if (!isCrash(error) || !isCrash(again)) return false;
    for (const { suspects } of [first, other]) if (suspects.size < 2) suspects.add(sessionId);
    return first.suspects.size < 2;
  }

  async #attemptOn<T>(
    state: DeviceState,
    way: "device" | "memory",
    request: TranscodeRequest,
    scan: SegmentScan,
    signal: AbortSignal,
    attempt: Attempt<T>,
  ): Promise<T> {
    const job = () => attempt(hardwareDialect(state.device, request, scan, way));
    const result = await state.slots.run(request.sessionId, signal, job, request.profiles.length);
    if (state.restMs > 0) this.#logger.info("device works again", { device: deviceName(state.device) });
    state.failures = 0;
    state.suspects.clear();
    state.restMs = 0;
    return result;
  }

  #wayOn(state: DeviceState, session: Session, scan: SegmentScan): "device" | "memory" {
    const { kind, decodes } = state.device;
    const isSeen = decodes.has(scan.videoCodec as VideoCodec);
    return isSeen && !session.decodesInMemory && canDecode(kind, scan) ? "device" : "memory";
  }

  #sessionOf(request: TranscodeRequest): Session {
    const now = this.#clock.mono();
    const { sessionId, profiles } = request;
    const known = this.#sessions.get(sessionId);
    this.#sessions.delete(sessionId);
    // The map is in order of use.
    for (const [id, { usedAt }] of this.#sessions) {
      if (usedAt + sessionIdleMs > now && this.#sessions.size < maxPooledSessions) break;
      this.#sessions.delete(id);
    }
    const isKept = known !== undefined && this.#isUsable(known.device, profiles.length, now);
    const device = isKept ? known.device : this.#least(profiles.length);
    if (device === undefined) throw this.#nowhere(profiles.length);
    const session = known ?? { device, cost: 0, usedAt: now, decodesInMemory: false };
    Object.assign(session, { device, cost: costOf(profiles), usedAt: now });
    this.#sessions.set(sessionId, session);
    return session;
  }

  #isUsable(state: DeviceState, encodes: number, now: number): boolean {
    return state.restsUntil <= now && encodes <= state.device.encodeSessions;
  }

  #least(encodes: number, except?: DeviceState): DeviceState | undefined {
    const now = this.#clock.mono();
    const costs = new Map<DeviceState, number>();
    for (const { device, cost } of this.#sessions.values()) costs.set(device, (costs.get(device) ?? 0) + cost);
    let best: DeviceState | undefined;
    for (const state of this.#devices) {
      if (state === except || !this.#isUsable(state, encodes, now)) continue;
      if (best === undefined || (costs.get(state) ?? 0) < (costs.get(best) ?? 0)) best = state;
    }
    return best;
  }

  #nowhere(encodes: number): LpError {
    const most = Math.max(...this.#devices.map(({ device }) => device.encodeSessions));
    const why =
      encodes > most
        ? `${encodes} renditions at once, and no device encodes more than ${most}`
        : "every device failed again and again and rests";
    return transcoderError("TranscoderInvalidHardware", { details: { why } });
  }

  #failed(state: DeviceState, error: unknown): void {
    const { maxFailures = 3, firstRestMs = 30_000, maxRestMs = 600_000 } = this.#options;
    state.failures++;
    if (state.failures < maxFailures && state.restMs === 0) return;
    const now = this.#clock.mono();
    // Several segments that ran at once fail at once: that is one rest.
    if (state.restsUntil > now) return;
    state.restMs = state.restMs === 0 ? firstRestMs : Math.min(maxRestMs, state.restMs * 2);
    state.restsUntil = now + state.restMs;
    this.#logger.warn("device taken out: it fails again and again", {
      device: deviceName(state.device),
      failures: state.failures,
      againInMs: state.restMs,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

function invalidHardware(cause: unknown): LpError {
  return transcoderError("TranscoderInvalidHardware", {
    cause,
    details: { why: cause instanceof Error ? cause.message : String(cause) },
  });
}
