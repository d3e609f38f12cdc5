import { Code, ConnectError } from "@connectrpc/connect";
import { type Clock, errorText, type Logger, LpError, type Random, type Tasks } from "@livepeer-ts/kernel";

export type WorkerRegistrationOptions<Notice> = {
  /** Who registers, for the log. */
  readonly name: string;
  /** Base URL of the orchestrator. */
  readonly orchestratorUrl: string;
  /** Opens the registration; it lasts as long as the series of notices. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Notice>;
  /** Works through one notice. A rejection is logged. */
  readonly take: (notice: Notice, signal: AbortSignal) => Promise<void>;
  /** The refusal that trying again does not change; undefined for all others. `text` is the orchestrator's. */
  readonly refusalOf: (text: string) => LpError | undefined;
};

export type WorkerRegistrationDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Tasks;
  readonly logger: Logger;
};

/** A worker's place at an orchestrator. */
export type WorkerRegistration = {
  /** Resolves when the orchestrator has refused this worker for good; with the reason. */
  readonly refused: Promise<LpError>;
  /** True while the orchestrator may send work. */
  readonly isRegistered: boolean;
  /** Notices that are worked on. */
  readonly openTasks: number;
  /** Registers anew, between two tasks. */
  renew(): void;
  /** Leaves the orchestrator between two tasks; false: comes back. */
  setAway(isAway: boolean): void;
  /** Takes no more work, lets what runs come to its end, and leaves. */
  stop(): Promise<void>;
};

const firstRetryMs = 500;
const retryFactor = 1.5;
const maxRetryMs = 60_000;
/** Wait for a moment between two tasks before a registration is left. */
const leaveMs = 5000;
/** A registration that lasted this long was a good one: the next retry is quick again. */
const settledMs = 10_000;

/** Registers with an orchestrator, again and again, and works through what it sends. */
export function startWorkerRegistration<Notice>(
  options: WorkerRegistrationOptions<Notice>,
  deps: WorkerRegistrationDeps,
): WorkerRegistration {
  const { clock, logger } = deps;
  const tasks = deps.tasks.child(options.name);
  const leaving = new AbortController();
  const work = new Set<Promise<void>>();
  let isAway = false;
  let comeBack = Promise.withResolvers<void>();
  /** Ends the registration that is open. */
  let registration: AbortController | undefined;
  let wantsToLeave = false;

  leaving.signal.addEventListener("abort", () => leave(), { once: true });
  const leave = (): void => registration?.abort(new LpError({ code: "left", message: `the ${options.name} has left` }));
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

  const take = (notice: Notice): void => {
    const done = options
      .take(notice, tasks.signal)
      .catch((error: unknown) => logger.warn("a task came to nothing", { error: errorText(error) }))
      .then(() => {
        work.delete(done);
        if (wantsToLeave && work.size === 0) leave();
      });
    work.add(done);
  };

  const register = async (signal: AbortSignal): Promise<void> => {
    for await (const notice of options.open(signal)) take(notice);
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
        logger.info("registering with the orchestrator", { url: options.orchestratorUrl });
        const open = new AbortController();
        registration = open;
        wantsToLeave = false;
        try {
          await register(open.signal);
        } catch (error) {
          registration = undefined;
          if (leaving.signal.aborted) return;
          if (open.signal.aborted) continue;
          const refusal = finalRefusal(error, options.refusalOf);
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
    renew: leaveSoon,
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
      leaving.abort(new LpError({ code: "stopped", message: `the ${options.name} is stopping` }));
      await Promise.all(work);
      await tasks.stop();
    },
  };
}

function finalRefusal(error: unknown, refusalOf: (text: string) => LpError | undefined): LpError | undefined {
  return error instanceof ConnectError && error.code === Code.Unknown ? refusalOf(error.rawMessage) : undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
