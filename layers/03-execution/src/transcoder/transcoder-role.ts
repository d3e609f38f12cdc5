import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { type Clock, errorText, type Logger, LpError, type Net, type Random, type Tasks } from "@livepeer-ts/kernel";
import { grpcTransport } from "../grpc/grpc-transport.ts";
import type { SegmentEngine } from "../orchestrator/segment-engine.ts";
import { type Capabilities, type NotifySegment, RegisterRequestSchema, Transcoder } from "../wire/net_pb.gen.ts";
import { registrationErrors } from "../wire/transcoder-wire.ts";
import { runTranscodeTask } from "./transcode-task.ts";

export type TranscoderOptions = {
  /** `https://host:port` of the orchestrator (`-orchAddr`). */
  readonly orchestratorUrl: string;
  /** Shared secret (`-orchSecret`). */
  readonly secret: string;
  /** Sessions this transcoder takes at once (`-maxSessions`). */
  readonly capacity: number;
};

export type TranscoderDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly engine: SegmentEngine;
  readonly capabilities: Capabilities;
};

/** A running transcoder. */
export type TranscoderRole = {
  /** Resolves when the orchestrator has refused this transcoder for good; with the reason. */
  readonly refused: Promise<LpError>;
  /** True while the orchestrator may send work. */
  readonly isRegistered: boolean;
  /** Segments that are worked on. */
  readonly openTasks: number;
  /** Sessions it takes at once. */
  readonly capacity: number;
  /** Registers anew with another capacity, between two segments. */
  setCapacity(capacity: number): void;
  /** Leaves the orchestrator between two segments, which then gives the sessions to others; false: comes back. */
  setAway(isAway: boolean): void;
  /** Takes no more work, lets what runs come to its end, and leaves. */
  stop(): Promise<void>;
};

const firstRetryMs = 500;
const retryFactor = 1.5;
const maxRetryMs = 60_000;
/** Wait for a moment between two segments before a registration is left. */
const leaveMs = 5000;
/** A registration that lasted this long was a good one: the next retry is quick again. */
const settledMs = 10_000;

/** Registers with an orchestrator, again and again, and works through what it sends. */
export function startTranscoder(options: TranscoderOptions, deps: TranscoderDeps): TranscoderRole {
  const { clock, logger } = deps;
  const tasks = deps.tasks.child("transcoder");
  const leaving = new AbortController();
  const work = new Set<Promise<void>>();
  const client = createClient(Transcoder, grpcTransport(deps.net, options.orchestratorUrl));
  let { capacity } = options;
  let isAway = false;
  let comeBack = Promise.withResolvers<void>();
  /** Ends the registration that is open. */
  let registration: AbortController | undefined;
  let wantsToLeave = false;

  leaving.signal.addEventListener("abort", () => leave(), { once: true });
  const leave = (): void => registration?.abort(new LpError({ code: "left", message: "the transcoder has left" }));
  /** Ends the open registration when nothing is worked on, or after a while. */
  const leaveSoon = (): void => {
    const open = registration;
    if (open === undefined || wantsToLeave) return;
    if (work.size === 0) {
      leave();
      return;
    }
    wantsToLeave = true;
    tasks.spawn("leave", async (signal) => {
      await clock.sleep(leaveMs, signal);
      if (registration === open && wantsToLeave) leave();
    });
  };

  const take = (notice: NotifySegment): void => {
    const sessionId = notice.segData?.authToken?.sessionId ?? "";
    const job =
      notice.url === "" ? deps.engine.endSession(sessionId) : runTranscodeTask(notice, options, deps, tasks.signal);
    const done = job
      .catch((error: unknown) => logger.warn("a task came to nothing", { error: errorText(error) }))
      .then(() => {
        work.delete(done);
        if (wantsToLeave && work.size === 0) leave();
      });
    work.add(done);
  };

  const register = async (signal: AbortSignal): Promise<void> => {
    const request = create(RegisterRequestSchema, {
      secret: options.secret,
      capacity: BigInt(capacity),
      capabilities: deps.capabilities,
    });
    for await (const notice of client.registerTranscoder(request, { signal })) take(notice);
    throw new LpError({
      code: "registration_ended",
      message: "the orchestrator ended the registration",
      retryable: true,
    });
  };

  const refused = new Promise<LpError>((resolve) => {
    tasks.spawn("registration", async (signal) => {
      signal.addEventListener("abort", () => leaving.abort(signal.reason), { once: true });
      let waitMs = firstRetryMs;
      for (;;) {
        while (isAway && !leaving.signal.aborted) await Promise.race([comeBack.promise, aborted(leaving.signal)]);
        if (leaving.signal.aborted) return;
        const since = clock.mono();
        logger.info("registering with the orchestrator", { url: options.orchestratorUrl, capacity });
        const open = new AbortController();
        registration = open;
        wantsToLeave = false;
        try {
          await register(open.signal);
        } catch (error) {
          registration = undefined;
          if (leaving.signal.aborted) return;
          if (open.signal.aborted) continue;
          const refusal = refusalOf(error);
          if (refusal !== undefined) return resolve(refusal);
          if (clock.mono() - since > settledMs) waitMs = firstRetryMs;
          const jitteredMs = waitMs * (0.5 + deps.random.unit());
          logger.warn("no registration, trying again", { error: errorText(error), inMs: Math.round(jitteredMs) });
          await clock.sleep(jitteredMs, leaving.signal).catch(() => undefined);
          if (leaving.signal.aborted) return;
          waitMs = Math.min(maxRetryMs, waitMs * retryFactor);
        }
      }
    });
  });

  return {
    refused,
    get isRegistered() {
      return registration !== undefined && !wantsToLeave;
    },
    get openTasks() {
      return work.size;
    },
    get capacity() {
      return capacity;
    },
    setCapacity(value) {
      capacity = value;
      leaveSoon();
    },
    setAway(value) {
      isAway = value;
      if (value) {
        comeBack = Promise.withResolvers();
        leaveSoon();
      } else {
        wantsToLeave = false;
        comeBack.resolve();
      }
    },
    async stop() {
      leaving.abort(new LpError({ code: "stopped", message: "the transcoder is stopping" }));
      await Promise.all(work);
      await tasks.stop();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** A refusal that trying again does not change. */
function refusalOf(error: unknown): LpError | undefined {
  if (!(error instanceof ConnectError) || error.code !== Code.Unknown) return undefined;
  const text = error.rawMessage;
  if (text.includes(registrationErrors.secret)) {
    return new LpError({ code: "bad_secret", message: `${text}: the orchestrator has another -orchSecret` });
  }
  if (text.includes(registrationErrors.capacity)) {
    return new LpError({ code: "bad_capacity", message: `${text}: give -maxSessions a number from 1` });
  }
  return undefined;
}
