import {
  type HttpResponse,
  LpError,
  type MetricLabels,
  type Metrics,
  type Net,
  silentLogger,
} from "@livepeer-ts/kernel";
import { type SimHost, Simulation } from "@livepeer-ts/kernel/testing";
import { describe, expect, it } from "vitest";
import { deviceSlots } from "./device-slots.ts";
import { externalRunnerDriver } from "./external-runner-driver.ts";
import type { RunnerDriver } from "./runner-driver.ts";
import type { RunnerLease } from "./runner-lease.ts";
import { type StartedRunnerPool, startRunnerPool } from "./runner-pool.ts";
import type { RunnerSpec } from "./runner-spec.ts";

/** A runner of the simulation, as the test wants it to be. */
type Machine = {
  readonly url: string;
  readonly spec: RunnerSpec;
  readonly slot: string;
  /** What `/health` says; a number is an error status, undefined is silence. */
  health: string | number | undefined;
  identity: { pipeline: string; model_id: string; version: string };
  crash(reason: string): void;
  isStopped: boolean;
};

const never = new AbortController().signal;

function spec(modelId: string, more: Partial<RunnerSpec> = {}): RunnerSpec {
  const base = { pipeline: "text-to-image", modelId, driver: "process", isWarm: false, capacity: 1 } as const;
  return { ...base, optimizationFlags: {}, command: ["x"], external: undefined, ...more };
}

class World {
  readonly simulation = new Simulation(7);
  readonly host: SimHost = this.simulation.host("machine");
  readonly machines: Machine[] = [];
  readonly gauges = new Map<string, number>();
  /** How new runners are; `failing` starts are refused with that text. */
  newHealth: string | number | undefined = "OK";
  serves: string | undefined;
  failing: string | undefined;
  orphans = 0;
  readonly pool: StartedRunnerPool;

  constructor(specs: readonly RunnerSpec[], gpus = 1) {
    const slots = deviceSlots({
      gpus: Array.from({ length: gpus }, (_, number) => ({ number, maker: "nvidia" })),
      runnersPerDevice: 1,
      warmCount: 0,
    });
    const metrics: Metrics = {
      count() {},
      observe() {},
      forget() {},
      gauge: (name, value, labels: MetricLabels = {}) => this.gauges.set(`${name} ${labels["model_name"]}`, value),
    };
    const { clock, random, tasks } = this.host;
    this.pool = startRunnerPool(
      { specs, slots, orchestratorUri: "" },
      {
        ...{ clock, random, tasks, metrics, logger: silentLogger, net: this.#net() },
        driverOf: (kind) => (kind === "external" ? externalRunnerDriver : this.#driver()),
      },
    );
  }

  /** Adds a runner that somebody else started. */
  add(url: string, served: RunnerSpec): Machine {
    return this.#machine(url, served, "elsewhere", () => undefined);
  }

  async after(ms: number): Promise<void> {
    await this.simulation.run(this.simulation.now + ms);
  }

  /** Lets time pass until the promise has settled. */
  async settled<T>(promise: Promise<T>, limitMs = 400_000): Promise<PromiseSettledResult<T>> {
    let isDone = false;
    const [result] = [Promise.allSettled([promise])];
    void result.then(() => {
      isDone = true;
    });
    await this.simulation.run(this.simulation.now + limitMs, () => isDone);
    return (await result)[0];
  }

  async borrowed(modelId: string): Promise<RunnerLease> {
    const result = await this.settled(this.pool.borrow("text-to-image", modelId, never));
    if (result.status === "rejected") throw result.reason;
    return result.value;
  }

  model(modelId: string) {
    return this.pool.models().find((model) => model.modelId === modelId);
  }

  #driver(): RunnerDriver {
    return {
      kind: "process",
      removeOrphans: async () => this.orphans,
      start: async (served, slot) => {
        if (this.failing !== undefined) throw new LpError({ code: "runner_not_started", message: this.failing });
        const { promise: ended, resolve } = Promise.withResolvers<string>();
        const machine = this.#machine(`http://runner-${this.machines.length}`, served, slot.id, resolve);
        const stop = async () => {
          machine.isStopped = true;
          machine.health = undefined;
          resolve("it was stopped");
        };
        return { url: machine.url, token: "t", ended, stop };
      },
    };
  }

  #machine(url: string, served: RunnerSpec, slot: string, resolve: (reason: string) => void): Machine {
    const machine: Machine = {
      url,
      spec: served,
      slot,
      health: this.newHealth,
      identity: { pipeline: served.pipeline, model_id: this.serves ?? served.modelId, version: "0.14.1" },
      isStopped: false,
      crash(reason) {
        machine.health = undefined;
        resolve(reason);
      },
    };
    this.machines.push(machine);
    return machine;
  }

  #net(): Net {
    return {
      request: async ({ url, signal }): Promise<HttpResponse> => {
        await this.host.clock.sleep(1, signal);
        const { origin, pathname } = new URL(url);
        const machine = this.machines.find((one) => one.url === origin);
        const { health } = machine ?? {};
        if (machine === undefined || health === undefined)
          throw new LpError({ code: "net_dial", message: "nobody there" });
        const value = pathname === "/health" ? { status: health } : machine.identity;
        const bytes = new TextEncoder().encode(JSON.stringify(value));
        const body = (async function* () {
          yield bytes;
        })();
        return { status: typeof health === "number" ? health : 200, header: new Headers(), body };
      },
    };
  }
}

async function failure(promise: Promise<unknown>, world: World): Promise<LpError> {
  const result = await world.settled(promise);
  if (result.status === "fulfilled") throw new Error("it did not fail");
  return result.reason as LpError;
}

describe("warm models", () => {
  it("are started at the beginning, lent one job at a time and given back", async () => {
    const world = new World([spec("a", { isWarm: true, capacity: 2 })], 2);
    expect(world.model("a")).toMatchObject({ state: "starting", capacity: 2, inUse: 0, isWarm: true });
    await world.after(2000);
    expect(world.model("a")).toMatchObject({ state: "ready", capacity: 2, version: "0.14.1", problem: undefined });
    const [first, second] = [await world.borrowed("a"), await world.borrowed("a")];
    expect(new Set([first.url, second.url]).size).toBe(2);
    expect(first.token).toBe("t");
    expect(world.model("a")?.inUse).toBe(2);
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "insufficient_capacity",
    });
    first.release();
    first.release();
    expect(world.model("a")?.inUse).toBe(1);
    expect((await world.borrowed("a")).url).toBe(first.url);
  });

  it("are started again when they die, later and later while that goes on", async () => {
    const world = new World([spec("a", { isWarm: true })]);
    await world.after(2000);
    world.machines[0]?.crash("killed by the system");
    await world.after(10);
    expect(world.model("a")).toMatchObject({ state: "failed", problem: "killed by the system" });
    await world.after(2000);
    expect(world.model("a")).toMatchObject({ state: "ready", problem: undefined });
    world.newHealth = "ERROR";
    world.machines[1]?.crash("again");
    await world.after(600_000);
    const count = world.machines.length;
    // 1 s, 2 s, … up to one in 30 to 60 s: neither given up nor hammered
    expect(count).toBeGreaterThan(14);
    expect(count).toBeLessThan(32);
    expect(world.machines.slice(1).every(({ isStopped }) => isStopped)).toBe(true);
    expect(world.model("a")).toMatchObject({ state: "failed", problem: "its /health says ERROR" });
    world.newHealth = "OK";
    await world.after(61_000);
    expect(world.model("a")).toMatchObject({ state: "ready", problem: undefined });
  });

  it("are not lent while they load, and are given up when that takes too long", async () => {
    const world = new World(
      [spec("a", { isWarm: true }), spec("b", { isWarm: true, optimizationFlags: { SFAST: true } })],
      2,
    );
    world.newHealth = "LOADING";
    await world.after(5000);
    expect(world.model("a")).toMatchObject({ state: "loading" });
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "insufficient_capacity",
    });
    await world.after(176_000);
    expect(world.model("a")?.problem).toBe("it was not ready within 180 s (its /health says LOADING)");
    // what is compiled first has five minutes
    expect(world.model("b")).toMatchObject({ state: "loading", problem: undefined });
    await world.after(122_000);
    expect(world.model("b")?.problem).toMatch(/within 300 s/);
  });

  it("that serve something else are not used", async () => {
    const world = new World([spec("a", { isWarm: true })]);
    world.serves = "z";
    await world.after(400);
    expect(world.model("a")).toMatchObject({
      state: "failed",
      problem: "it serves text-to-image z, not text-to-image a",
    });
    expect(world.machines[0]?.isStopped).toBe(true);
  });
});

describe("health", () => {
  it("is looked at every 5 s: two silences end a runner, ERROR ends it at once", async () => {
    const world = new World([spec("a", { isWarm: true })]);
    await world.after(1000);
    (world.machines[0] as Machine).health = 500;
    await world.after(5000);
    expect(world.machines[0]?.isStopped).toBe(false);
    await world.after(5100);
    expect(world.machines[0]?.isStopped).toBe(true);
    await world.after(2000);
    (world.machines[1] as Machine).health = "ERROR";
    await world.after(5100);
    expect(world.machines[1]?.isStopped).toBe(true);
  });

  it("that says LOADING takes a runner out until it is OK", async () => {
    const world = new World([spec("a", { isWarm: true })]);
    await world.after(1000);
    (world.machines[0] as Machine).health = "LOADING";
    await world.after(6000);
    expect(world.model("a")?.state).toBe("loading");
    (world.machines[0] as Machine).health = "IDLE";
    await world.after(6000);
    expect(world.model("a")?.state).toBe("ready");
    expect(world.machines).toHaveLength(1);
  });

  it("is looked at now when a lease was broken, and no job comes before the answer", async () => {
    const world = new World([spec("a", { isWarm: true })]);
    await world.after(1000);
    const lease = await world.borrowed("a");
    lease.release(true);
    expect(world.model("a")?.state).toBe("failed");
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "insufficient_capacity",
    });
    await world.after(20);
    expect(world.model("a")?.state).toBe("ready");
    (world.machines[0] as Machine).health = undefined;
    (await world.borrowed("a")).release(true);
    await world.after(700);
    expect(world.machines[0]?.isStopped).toBe(true);
  });
});

describe("cold models", () => {
  it("are started when a job asks, and stay", async () => {
    const world = new World([spec("a")]);
    await world.after(1000);
    expect(world.model("a")).toMatchObject({ state: "cold", capacity: 1 });
    expect(world.machines).toEqual([]);
    const lease = await world.borrowed("a");
    expect(world.model("a")).toMatchObject({ state: "ready", inUse: 1 });
    lease.release();
    await world.after(600_000);
    expect(world.machines.map(({ isStopped }) => isStopped)).toEqual([false]);
  });

  it("push out the one that was idle longest, never a warm or busy one", async () => {
    const world = new World([spec("warm", { isWarm: true }), spec("a"), spec("b"), spec("c")], 3);
    await world.after(1000);
    (await world.borrowed("a")).release();
    await world.after(1000);
    const b = await world.borrowed("b");
    const c = await world.borrowed("c");
    expect(world.machines.map((machine) => [machine.spec.modelId, machine.slot, machine.isStopped])).toEqual([
      ["warm", "0", false],
      ["a", "1", true],
      ["b", "2", false],
      ["c", "1", false],
    ]);
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "insufficient_capacity",
    });
    expect(world.model("a")).toMatchObject({ state: "cold", problem: undefined });
    b.release();
    c.release();
    expect((await world.borrowed("a")).url).toBeTruthy();
  });

  it("that do not start are said to have failed for a while, with the reason, and can then be tried again", async () => {
    const world = new World([spec("a")]);
    world.failing = "there is no program x";
    const first = await failure(world.pool.borrow("text-to-image", "a", never), world);
    expect(first).toMatchObject({
      code: "runner_not_started",
      message: expect.stringContaining("there is no program x"),
    });
    expect(world.model("a")).toMatchObject({ state: "failed", problem: "there is no program x", inUse: 0 });
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "runner_not_started",
    });
    world.failing = undefined;
    await world.after(1100);
    expect(world.model("a")).toMatchObject({ state: "cold" });
    expect((await world.borrowed("a")).url).toBe("http://runner-0");
  });

  it("have one start for two jobs that come at once, if there is room for one", async () => {
    const world = new World([spec("a")]);
    const first = world.pool.borrow("text-to-image", "a", never);
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "insufficient_capacity",
    });
    expect((await world.settled(first)).status).toBe("fulfilled");
    expect(world.machines).toHaveLength(1);
  });

  it("go on loading when the job that asked is called off", async () => {
    const world = new World([spec("a")]);
    world.newHealth = "LOADING";
    const job = new AbortController();
    const borrowed = world.pool.borrow("text-to-image", "a", job.signal);
    await world.after(1000);
    job.abort(new LpError({ code: "gone", message: "the client has left" }));
    expect(await failure(borrowed, world)).toMatchObject({ code: "gone" });
    expect(world.model("a")).toMatchObject({ state: "loading", inUse: 0 });
    (world.machines[0] as Machine).health = "OK";
    await world.after(1000);
    expect(world.model("a")?.state).toBe("ready");
  });
});

describe("addresses", () => {
  it("take as many jobs as was said, and come back by themselves", async () => {
    const external = spec("a", {
      driver: "external",
      isWarm: true,
      capacity: 2,
      external: { url: "http://there", token: "t" },
    });
    const world = new World([external]);
    const machine = world.add("http://there", external);
    await world.after(1000);
    expect(world.model("a")).toMatchObject({ state: "ready", capacity: 2 });
    const leases = [await world.borrowed("a"), await world.borrowed("a")];
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "insufficient_capacity",
    });
    for (const lease of leases) lease.release();
    machine.health = undefined;
    await world.after(11_000);
    expect(world.model("a")).toMatchObject({ state: "failed", problem: "nobody there" });
    machine.health = "OK";
    await world.after(3000);
    expect(world.model("a")).toMatchObject({ state: "ready", problem: undefined });
  });

  it("of one model add up, and those that are away do not count", async () => {
    const at = (url: string) => spec("a", { driver: "external", capacity: 3, external: { url, token: undefined } });
    const world = new World([at("http://one"), at("http://two")]);
    world.add("http://one", at("http://one"));
    await world.after(1000);
    expect(world.model("a")).toMatchObject({ state: "ready", capacity: 3 });
    world.add("http://two", at("http://two"));
    await world.after(1000);
    expect(world.model("a")?.capacity).toBe(6);
  });
});

describe("the pool", () => {
  it("leaves nothing when it stops", async () => {
    const world = new World([spec("a", { isWarm: true }), spec("b")], 2);
    await world.after(1000);
    await world.borrowed("b");
    await world.settled(world.pool.stop());
    expect(world.machines.map(({ isStopped }) => isStopped)).toEqual([true, true]);
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "insufficient_capacity",
    });
    await world.after(600_000);
    expect(world.machines).toHaveLength(2);
    expect(world.simulation.failures).toEqual([]);
  });

  it("lends nothing while it is away, and says how much it does", async () => {
    const world = new World([spec("a", { isWarm: true, capacity: 2 })], 2);
    await world.after(1000);
    await world.borrowed("a");
    expect(world.pool.inUse).toBe(1);
    world.pool.setAway(true);
    expect(await failure(world.pool.borrow("text-to-image", "a", never), world)).toMatchObject({
      code: "insufficient_capacity",
    });
    world.pool.setAway(false);
    await world.borrowed("a");
    expect(world.pool.inUse).toBe(2);
  });

  it("tells the metrics which runners work and which GPUs are free", async () => {
    const world = new World([spec("a", { isWarm: true }), spec("b")], 3);
    await world.after(1000);
    await world.borrowed("a");
    const value = (name: string, modelId: string) => world.gauges.get(`livepeer_ai_${name} ${modelId}`);
    expect([value("container_in_use", "a"), value("container_idle", "a"), value("gpus_idle", "b")]).toEqual([1, 0, 2]);
    (await world.borrowed("b")).release();
    expect([value("container_in_use", "b"), value("container_idle", "b"), value("gpus_idle", "a")]).toEqual([0, 1, 1]);
  });

  it("of the same seed does the same", async () => {
    const run = async () => {
      const world = new World([spec("a", { isWarm: true }), spec("b"), spec("c")], 2);
      await world.after(1000);
      (await world.borrowed("b")).release();
      (await world.borrowed("c")).release(true);
      world.machines[0]?.crash("x");
      await world.after(100_000);
      return world.simulation.traceHash;
    };
    expect(await run()).toBe(await run());
  });
});

describe("devices", () => {
  it("have go-livepeer's names; a processor has one for each warm runner", () => {
    const ids = (gpus: number, runnersPerDevice: number, warmCount = 0) =>
      deviceSlots({
        gpus: Array.from({ length: gpus }, (_, number) => ({ number, maker: "nvidia" as const })),
        runnersPerDevice,
        warmCount,
      }).map(({ id }) => id);
    expect(ids(2, 1)).toEqual(["0", "1"]);
    expect(ids(2, 2)).toEqual(["colocated-0-0", "colocated-0-1", "colocated-1-0", "colocated-1-1"]);
    expect(ids(0, 1)).toEqual(["emulated-0"]);
    expect(ids(0, 1, 3)).toEqual(["emulated-0", "emulated-1", "emulated-2"]);
  });
});
