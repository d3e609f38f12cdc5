import {
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type Net,
  orAborted,
  type Random,
  type Tasks,
} from "@livepeer-ts/kernel";
import type { RunnerDriver } from "./runner-driver.ts";
import type { RunnerLease, RunnerModel, RunnerPool, RunnerState } from "./runner-lease.ts";
import { type RunnerEnd, RunnerLife } from "./runner-life.ts";
import type { DeviceSlot, RunnerKind, RunnerSpec } from "./runner-spec.ts";

export type RunnerPoolOptions = {
  /** Several of one model add up; each model of them is warm everywhere or nowhere. */
  readonly specs: readonly RunnerSpec[];
  /** For containers and processes of this machine. */
  readonly slots: readonly DeviceSlot[];
  /** For the metrics; empty: a worker without its own address. */
  readonly orchestratorUri: string;
};

export type RunnerPoolDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Throws for a kind that the node was not set up for. */
  readonly driverOf: (kind: RunnerKind) => RunnerDriver;
};

/** The runners of this machine while they run. */
export type StartedRunnerPool = RunnerPool & {
  /** Jobs that have a runner or wait for one that starts. */
  readonly inUse: number;
  /** Lends nothing any more, or again. */
  setAway(isAway: boolean): void;
  /** Ends every runner that was started here; resolves when nothing of them is left. */
  stop(): Promise<void>;
};

/** One entry of `-aiModels`. */
type Source = {
  readonly spec: RunnerSpec;
  readonly runners: Set<RunnerLife>;
  /** Starts and lives in a row that came to nothing. */
  failures: number;
  /** No start before, ms of `Clock.mono`. */
  restsUntil: number;
  /** Of the last start or life; undefined when it was good. */
  problem: string | undefined;
};

type Model = { readonly pipeline: string; readonly modelId: string; readonly sources: readonly Source[] };

/** First wait before a runner that ended is started again; doubles with each further one, ms. */
const firstRetryMs = 1000;
const maxRetryMs = 60_000;
/** One that was ready for this long was a good one: the next start is quick again, ms. */
const settledMs = 60_000;
/** Letters of a problem that is told. */
const maxProblemLength = 1000;

const keyOf = (pipeline: string, modelId: string) => `${pipeline}/${modelId}`;

/** Starts the warm models, keeps them, and starts the others when a job asks for them. */
export function startRunnerPool(options: RunnerPoolOptions, deps: RunnerPoolDeps): StartedRunnerPool {
  return new LivePool(options, deps);
}

class LivePool implements StartedRunnerPool {
  readonly #options: RunnerPoolOptions;
  readonly #deps: RunnerPoolDeps;
  readonly #tasks: Tasks;
  readonly #models: ReadonlyMap<string, Model>;
  readonly #freeSlots: DeviceSlot[];
  /** Runners that are ended so that another model gets their device. */
  readonly #evicted = new Set<RunnerLife>();
  /** Who waits for the device of a runner that ends. */
  readonly #handedOn = new Map<RunnerLife, (slot: DeviceSlot) => void>();
  #isAway = false;
  #clusterSlots = 0;

  constructor(options: RunnerPoolOptions, deps: RunnerPoolDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#tasks = deps.tasks.child("runners");
    this.#freeSlots = [...options.slots];
    this.#models = modelsOf(options.specs);
    this.#tasks.spawn("start", (signal) => this.#start(signal));
    this.#count();
  }

  get inUse(): number {
    return this.models().reduce((sum, { inUse }) => sum + inUse, 0);
  }

  models(): readonly RunnerModel[] {
    return [...this.#models.values()].map((model) => this.#describe(model));
  }

  setAway(isAway: boolean): void {
    this.#isAway = isAway;
  }

  stop(): Promise<void> {
    return this.#tasks.stop();
  }

  async borrow(pipeline: string, modelId: string, signal: AbortSignal): Promise<RunnerLease> {
    const model = this.#models.get(keyOf(pipeline, modelId));
    if (model === undefined || this.#isAway || this.#tasks.signal.aborted) throw noCapacity();
    const ready = leastUsed(runnersOf(model).filter((runner) => runner.phase === "ready" && runner.hasPlace));
    if (ready !== undefined) {
      ready.inUse++;
      return this.#lease(ready);
    }
    const coming = this.#coming(model) ?? this.#startOnDemand(model);
    coming.inUse++;
    try {
      await orAborted(coming.ready, signal);
    } catch (error) {
      this.#giveBack(coming);
      throw error;
    }
    return this.#lease(coming);
  }

  /** A runner on its way that has a place for one more; warm ones are no promise, they may need minutes. */
  #coming(model: Model): RunnerLife | undefined {
    return runnersOf(model).find(
      (runner) =>
        !runner.spec.isWarm &&
        runner.spec.driver !== "external" &&
        (runner.phase === "starting" || runner.phase === "loading") &&
        runner.hasPlace,
    );
  }

  /** Throws `insufficient_capacity`, or `runner_not_started` while a failed start is waited out. */
  #startOnDemand(model: Model): RunnerLife {
    const now = this.#deps.clock.mono();
    const cold = model.sources.filter(({ spec }) => !spec.isWarm && spec.driver !== "external");
    const startable = cold.find((source) => source.runners.size < source.spec.capacity && source.restsUntil <= now);
    if (startable === undefined) {
      const failed = model.sources.find(({ restsUntil, problem }) => restsUntil > now && problem !== undefined);
      if (failed === undefined || runnersOf(model).length > 0) throw noCapacity();
      throw new LpError({
        code: "runner_not_started",
        message: `the runner of ${model.pipeline} ${model.modelId} is not ready: ${failed.problem}`,
        retryable: true,
      });
    }
    const slot = this.#takeSlot(startable.spec);
    if (slot === undefined) throw noCapacity();
    const runner = this.#create(startable);
    this.#tasks.spawn("run", async (signal) => {
      await this.#run(startable, runner, slot, signal);
    });
    return runner;
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { logger, driverOf } = this.#deps;
    for (const kind of new Set(this.#options.specs.map(({ driver }) => driver))) {
      try {
        const count = await driverOf(kind).removeOrphans(signal);
        if (count > 0) logger.warn("runners of an earlier process of this node were ended", { kind, count });
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("it is not known whether runners of an earlier process are left", {
          kind,
          error: errorText(error),
        });
      }
    }
    for (const { sources } of this.#models.values()) {
      for (const source of sources) {
        const seats = source.spec.driver === "external" ? 1 : source.spec.isWarm ? source.spec.capacity : 0;
        for (let seat = 0; seat < seats; seat++) this.#tasks.spawn("keep", (stopped) => this.#keep(source, stopped));
      }
    }
  }

  /** Has one runner of a warm model there, again and again. */
  async #keep(source: Source, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    const { pipeline, modelId, driver } = source.spec;
    while (!signal.aborted) {
      const slot = this.#takeSlot(source.spec);
      if (slot === undefined)
        this.#rest(source, `all ${this.#options.slots.length} devices of this machine have other runners`, 0);
      else await this.#run(source, this.#create(source), slot, signal);
      if (signal.aborted) return;
      const inMs = Math.max(0, source.restsUntil - clock.mono());
      logger.info("a runner is started again", { pipeline, modelId, driver, inMs: Math.round(inMs) });
      await clock.sleep(inMs, signal);
    }
  }

  #create(source: Source): RunnerLife {
    const { clock, net } = this.#deps;
    const runner = new RunnerLife(source.spec, {
      clock,
      net,
      driver: this.#deps.driverOf(source.spec.driver),
      onChange: () => this.#changed(source),
    });
    source.runners.add(runner);
    this.#count();
    return runner;
  }

  /** The whole life of a runner; its device is free afterwards, unless somebody waits for it. */
  async #run(
    source: Source,
    runner: RunnerLife,
    slot: DeviceSlot | Promise<DeviceSlot>,
    signal: AbortSignal,
  ): Promise<void> {
    let end: RunnerEnd;
    try {
      end = await runner.run(slot, signal);
    } finally {
      source.runners.delete(runner);
      this.#freeSlot(runner, await Promise.resolve(slot).catch(() => undefined));
      this.#count();
    }
    if (signal.aborted || this.#evicted.delete(runner)) return;
    this.#rest(source, end.reason, end.readyMs);
  }

  /** Writes down why a runner ended, and lets the model rest for a while. */
  #rest(source: Source, reason: string, readyMs: number): void {
    const { clock, random, logger } = this.#deps;
    source.failures = readyMs > settledMs ? 1 : source.failures + 1;
    source.problem = reason.slice(0, maxProblemLength);
    const waitMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(16, source.failures - 1));
    source.restsUntil = clock.mono() + waitMs * (0.5 + random.unit() / 2);
    const { pipeline, modelId, driver } = source.spec;
    logger.warn("a runner is not there", { pipeline, modelId, driver, reason: source.problem });
    this.#count();
  }

  /** A device that is free, or that an idle runner of a cold model gives up; undefined when there is none. */
  #takeSlot({ driver }: RunnerSpec): DeviceSlot | Promise<DeviceSlot> | undefined {
    if (driver === "external" || driver === "kubernetes") {
      this.#clusterSlots++;
      return { id: `${driver}-${this.#clusterSlots}`, gpu: undefined, maker: undefined, colocation: 0 };
    }
    const free = this.#freeSlots.shift();
    if (free !== undefined) return free;
    const idle = [...this.#models.values()].flatMap(runnersOf).filter(isEvictable);
    const [victim] = idle.sort((a, b) => a.usedAt - b.usedAt);
    if (victim === undefined) return undefined;
    this.#evicted.add(victim);
    const { pipeline, modelId } = victim.spec;
    this.#deps.logger.info("an idle runner makes room for another model", { pipeline, modelId });
    const handed = new Promise<DeviceSlot>((resolve) => this.#handedOn.set(victim, resolve));
    void victim.end("its device is needed for another model");
    return handed;
  }

  #freeSlot(runner: RunnerLife, slot: DeviceSlot | undefined): void {
    const { driver } = runner.spec;
    if (slot === undefined || driver === "external" || driver === "kubernetes") return;
    const next = this.#handedOn.get(runner);
    this.#handedOn.delete(runner);
    if (next === undefined) this.#freeSlots.push(slot);
    else next(slot);
  }

  #lease(runner: RunnerLife): RunnerLease {
    const { url, token } = runner.address as NonNullable<RunnerLife["address"]>;
    let isBack = false;
    this.#count();
    return {
      url,
      token,
      release: (isBroken = false) => {
        if (isBack) return;
        isBack = true;
        this.#giveBack(runner);
        if (isBroken) runner.suspect();
      },
    };
  }

  #giveBack(runner: RunnerLife): void {
    runner.inUse--;
    runner.usedAt = this.#deps.clock.mono();
    this.#count();
  }

  #changed(source: Source): void {
    if ([...source.runners].some(({ phase }) => phase === "ready")) {
      if (source.problem !== undefined) {
        const { pipeline, modelId } = source.spec;
        this.#deps.logger.info("a runner works again", { pipeline, modelId });
      }
      source.problem = undefined;
    }
    this.#count();
  }

  #describe({ pipeline, modelId, sources }: Model): RunnerModel {
    const runners = sources.flatMap((source) => [...source.runners]);
    const usable = sources.reduce((sum, source) => sum + this.#usablePlaces(source), 0);
    const declared = sources.reduce((sum, { spec }) => sum + spec.capacity, 0);
    const problem = sources.find((source) => source.problem !== undefined)?.problem;
    return {
      pipeline,
      modelId,
      isWarm: sources.some(({ spec }) => spec.isWarm),
      // with nobody to do it the state says so
      capacity: usable === 0 ? declared : usable,
      inUse: runners.reduce((sum, runner) => sum + runner.inUse, 0),
      version: runners.find(({ version }) => version !== "")?.version ?? "",
      state: this.#stateOf(sources, runners, problem),
      problem,
    };
  }

  /** Jobs at once that a source can do or start. */
  #usablePlaces(source: Source): number {
    const { spec, runners, restsUntil } = source;
    const ready = [...runners].filter(({ phase }) => phase === "ready").reduce((sum, { places }) => sum + places, 0);
    if (spec.isWarm || spec.driver === "external") return ready;
    return restsUntil > this.#deps.clock.mono() ? ready : spec.capacity;
  }

  #stateOf(sources: readonly Source[], runners: readonly RunnerLife[], problem: string | undefined): RunnerState {
    const has = (...phases: RunnerLife["phase"][]) => runners.some(({ phase }) => phases.includes(phase));
    if (has("ready")) return "ready";
    if (problem !== undefined && sources.some((source) => this.#isKept(source) || this.#rests(source))) return "failed";
    if (has("suspect")) return "failed";
    if (has("loading")) return "loading";
    if (has("starting")) return "starting";
    return sources.some((source) => this.#isKept(source)) ? "starting" : "cold";
  }

  #isKept({ spec }: Source): boolean {
    return spec.isWarm || spec.driver === "external";
  }

  #rests({ restsUntil }: Source): boolean {
    return restsUntil > this.#deps.clock.mono();
  }

  /** What operators see of containers and GPUs. */
  #count(): void {
    const { metrics } = this.#deps;
    const { orchestratorUri: orchestrator_uri, slots } = this.#options;
    const gpuOf = ({ gpu }: DeviceSlot) => gpu;
    const idle = new Set(this.#freeSlots.map(gpuOf).filter((gpu) => gpu !== undefined));
    const free = (gpu: number) =>
      this.#freeSlots.filter((slot) => slot.gpu === gpu).length === slots.filter((slot) => slot.gpu === gpu).length;
    const gpusIdle = [...idle].filter(free).length;
    for (const { pipeline, modelId, sources } of this.#models.values()) {
      const runners = sources.flatMap((source) => [...source.runners]).filter(({ phase }) => phase === "ready");
      const inUse = runners.filter((runner) => runner.inUse > 0).length;
      const labels = { pipeline, model_name: modelId };
      metrics.gauge("livepeer_ai_container_in_use", inUse, { ...labels, orchestrator_uri });
      metrics.gauge("livepeer_ai_container_idle", runners.length - inUse, { ...labels, orchestrator_uri });
      metrics.gauge("livepeer_ai_gpus_idle", gpusIdle, labels);
    }
  }
}

function modelsOf(specs: readonly RunnerSpec[]): ReadonlyMap<string, Model> {
  const models = new Map<string, Model & { readonly sources: Source[] }>();
  for (const spec of specs) {
    const { pipeline, modelId } = spec;
    const key = keyOf(pipeline, modelId);
    const model = models.get(key) ?? { pipeline, modelId, sources: [] };
    models.set(key, model);
    model.sources.push({ spec, runners: new Set(), failures: 0, restsUntil: 0, problem: undefined });
  }
  return models;
}

function runnersOf({ sources }: Model): readonly RunnerLife[] {
  return sources.flatMap((source) => [...source.runners]);
}

function leastUsed(runners: readonly RunnerLife[]): RunnerLife | undefined {
  return [...runners].sort((a, b) => a.inUse / a.places - b.inUse / b.places)[0];
}

/** An idle runner of a model that need not be kept, with a device of this machine. */
function isEvictable({ spec, phase, inUse }: RunnerLife): boolean {
  const hasDevice = spec.driver === "docker" || spec.driver === "process";
  return hasDevice && !spec.isWarm && phase === "ready" && inUse === 0;
}

function noCapacity(): LpError {
  return new LpError({ code: "insufficient_capacity", message: "insufficient capacity", retryable: true });
}
