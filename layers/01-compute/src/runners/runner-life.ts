import { type Clock, errorText, LpError, type Net, outlasts } from "@livepeer-ts/kernel";
import type { RunnerDriver, RunningRunner } from "./runner-driver.ts";
import { askHealth, askIdentity, type RunnerAddress } from "./runner-probe.ts";
import type { DeviceSlot, RunnerSpec } from "./runner-spec.ts";

/** `starting`: its program or container is being started; `loading`: it runs and is not ready; `suspect`: it did not do as it should. */
export type RunnerPhase = "starting" | "loading" | "ready" | "suspect" | "ending";

export type RunnerLifeDeps = {
  readonly driver: RunnerDriver;
  readonly net: Net;
  readonly clock: Clock;
  /** Called with every change of what it can do. */
  readonly onChange: () => void;
};

/** Why a runner ended, and how long it was of use. */
export type RunnerEnd = { readonly reason: string; readonly readyMs: number };

/** From its start until it is ready, ms. */
const startMs = 180_000;
/** With settings that have it compile something first, ms. */
const compileMs = 300_000;
/** Until an address answers that somebody else is responsible for, ms. */
const externalStartMs = 120_000;
/** Between looks at one that loads, ms. */
const loadLookMs = 500;
/** Between looks at one that works, ms. */
const lookMs = 5000;
/** Until one that did not answer as it should is asked again, ms. */
const confirmMs = 500;
/** One that works and says that it loads again, ms. */
const reloadMs = 180_000;
/** Failed looks in a row that end it. */
const maxFailedLooks = 2;

/** One runner from its start to its end. */
export class RunnerLife {
  readonly spec: RunnerSpec;
  /** Jobs that it does at once. */
  readonly places: number;
  /** Resolves when it is ready for the first time; rejects with `runner_not_started` when it ends before. */
  readonly ready: Promise<void>;
  /** Jobs that have or will get it. */
  inUse = 0;
  /** When the last job left it, ms of `Clock.mono`. */
  usedAt: number;
  #phase: RunnerPhase = "starting";
  #address: RunnerAddress | undefined;
  #version = "";
  #readySince: number | undefined;
  readonly #deps: RunnerLifeDeps;
  readonly #readiness = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  #nudge = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<void>();

  constructor(spec: RunnerSpec, deps: RunnerLifeDeps) {
    this.spec = spec;
    this.places = spec.driver === "external" ? spec.capacity : 1;
    this.#deps = deps;
    this.usedAt = deps.clock.mono();
    this.ready = this.#readiness.promise;
    // whoever waits hears of it; often nobody does
    this.ready.catch(() => undefined);
  }

  get phase(): RunnerPhase {
    return this.#phase;
  }

  /** What it says; empty while it is unknown. */
  get version(): string {
    return this.#version;
  }

  get address(): RunnerAddress | undefined {
    return this.#address;
  }

  get hasPlace(): boolean {
    return this.inUse < this.places;
  }

  /** It did not do as it should: it is looked at now, and gets no job before it has answered. */
  suspect(): void {
    if (this.#phase !== "ready") return;
    this.#become("suspect");
    this.#nudge.resolve();
  }

  /** Ends it; resolves when nothing of it is left. */
  end(why: string): Promise<void> {
    this.#become("ending");
    this.#stopping.abort(new LpError({ code: "runner_ended", message: why }));
    return this.#end.promise;
  }

  /** Starts it, watches it and stops it at its end, or when `signal` aborts. Call once. */
  async run(slot: DeviceSlot | Promise<DeviceSlot>, signal: AbortSignal): Promise<RunnerEnd> {
    const onAbort = () => this.#stopping.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    let reason: string;
    try {
      reason = await this.#live(await slot);
    } catch (error) {
      reason = errorText(error);
    }
    signal.removeEventListener("abort", onAbort);
    this.#become("ending");
    const { pipeline, modelId } = this.spec;
    this.#readiness.reject(
      new LpError({
        code: "runner_not_started",
        message: `the runner of ${pipeline} ${modelId} is not ready: ${reason}`,
        retryable: true,
      }),
    );
    this.#end.resolve();
    const { mono } = this.#deps.clock;
    return { reason, readyMs: this.#readySince === undefined ? 0 : mono() - this.#readySince };
  }

  async #live(slot: DeviceSlot): Promise<string> {
    const { clock, driver } = this.#deps;
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    await driver.prepare?.(this.spec, signal);
    const limitMs = startLimitMs(this.spec);
    const deadline = clock.deadline(limitMs, signal);
    let running: RunningRunner | undefined;
    try {
      running = await driver.start(this.spec, slot, deadline.signal);
      this.#address = { url: running.url, token: running.token };
      this.#become("loading");
      await this.#untilReady(running, limitMs, deadline.signal);
      deadline.clear();
      this.#readySince = clock.mono();
      this.#become("ready");
      this.#readiness.resolve();
      return await this.#watch(running);
    } catch (error) {
      if (deadline.signal.aborted && !signal.aborted && running === undefined)
        throw notStarted(`it was not started within ${limitMs / 1000} s`);
      throw error;
    } finally {
      deadline.clear();
      this.#become("ending");
      await running?.stop();
    }
  }

  /** Resolves when it is healthy and serves what was asked for. */
  async #untilReady(running: RunningRunner, limitMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    let last = "it has said nothing";
    const died = running.ended.then((reason) => {
      throw notStarted(reason);
    });
    died.catch(() => undefined);
    for (;;) {
      const health = await Promise.race([askHealth(running, this.#deps, signal), died]).catch((error: unknown) => {
        if (signal.aborted && !this.#stopping.signal.aborted)
          throw notStarted(`it was not ready within ${limitMs / 1000} s (${last})`);
        throw error;
      });
      if (health.status === "refused" || health.status === "ERROR") throw notStarted(health.why);
      if (health.status === "OK" || health.status === "IDLE") break;
      last = health.why;
      await outlasts(running.ended, loadLookMs, clock, signal);
    }
    const said = await Promise.race([askIdentity(running, this.#deps, signal), died]);
    const { pipeline, modelId } = this.spec;
    if ((said.pipeline !== "" && said.pipeline !== pipeline) || (said.modelId !== "" && said.modelId !== modelId))
      throw notStarted(`it serves ${said.pipeline} ${said.modelId}, not ${pipeline} ${modelId}`);
    this.#version = said.version;
  }

  /** Resolves with the reason when it must end. */
  async #watch(running: RunningRunner): Promise<string> {
    const { clock } = this.#deps;
    const { signal } = this.#stopping;
    let died: string | undefined;
    void running.ended.then((reason) => {
      died = reason;
    });
    let failedLooks = 0;
    let loadingSince: number | undefined;
    let waitMs = lookMs;
    for (;;) {
      this.#nudge = Promise.withResolvers();
      if (this.#phase !== "suspect" || failedLooks > 0)
        await outlasts(Promise.race([running.ended, this.#nudge.promise]), waitMs, clock, signal);
      signal.throwIfAborted();
      if (died !== undefined) return died;
      const health = await askHealth(running, this.#deps, signal);
      if (died !== undefined) return died;
      waitMs = lookMs;
      if (health.status === "ERROR") return health.why;
      if (health.status === "LOADING") {
        failedLooks = 0;
        loadingSince ??= clock.mono();
        if (clock.mono() - loadingSince > reloadMs) return `its /health says LOADING for ${reloadMs / 1000} s`;
        this.#become("loading");
      } else if (health.status === "OK" || health.status === "IDLE") {
        failedLooks = 0;
        loadingSince = undefined;
        this.#become("ready");
      } else {
        failedLooks++;
        if (failedLooks >= maxFailedLooks) return health.why;
        if (this.#phase === "suspect") waitMs = confirmMs;
      }
    }
  }

  #become(phase: RunnerPhase): void {
    if (this.#phase === phase || this.#phase === "ending") return;
    this.#phase = phase;
    this.#deps.onChange();
  }
}

function startLimitMs({ driver, optimizationFlags }: RunnerSpec): number {
  if (driver === "external") return externalStartMs;
  return Object.keys(optimizationFlags).length === 0 ? startMs : compileMs;
}

function notStarted(message: string): LpError {
  return new LpError({ code: "runner_not_started", message, retryable: true });
}
