import { describe, expect, it } from "vitest";
import type { HttpHandler } from "../ports/http.ts";
import { bodyOf, readBody } from "../units/body.ts";
import { utf8 } from "../units/bytes.ts";
import { SimNet } from "./sim-net.ts";
import { type SimHost, Simulation } from "./simulation.ts";

const origin = "https://server.test";
const never = new AbortController().signal;
const seeds = [1, 2, 3, 4, 5];

function world(seed: number, handler: (server: SimHost) => HttpHandler) {
  const sim = new Simulation(seed);
  const net = new SimNet(sim);
  const [server, client] = [sim.host("server"), sim.host("client")];
  net.mount(origin, server, handler(server));
  const port = net.port(client);
  const get = (path: string, signal = never) =>
    port.request({ method: "GET", url: `${origin}${path}`, header: new Headers(), signal });
  return { sim, net, server, client, get };
}

const chunked =
  (server: SimHost, count: number): HttpHandler =>
  async () => ({
    status: 200,
    header: new Headers(),
    body: (async function* () {
      for (let i = 0; i < count; i++) {
        await server.clock.sleep(i % 3);
        yield utf8(`${i} `);
      }
    })(),
  });

describe.each(seeds)("the simulated network, seed %i", (seed) => {
  it("delivers the chunks of a body in order and completely, whatever the delays", async () => {
    const { sim, client, get } = world(seed, (server) => chunked(server, 50));
    const texts: string[] = [];
    for (let i = 0; i < 4; i++)
      client.tasks.spawn("read", async () => {
        const answer = await get(`/${i}`);
        texts.push(new TextDecoder().decode(await readBody(answer.body, 10_000)));
      });
    await sim.run(60_000);
    expect(texts).toEqual(Array.from({ length: 4 }, () => Array.from({ length: 50 }, (_, i) => `${i} `).join("")));
    expect(sim.failures).toEqual([]);
  });

  it("resets what a crashed host had under way, and its code never goes on", async () => {
    const done: string[] = [];
    const { sim, net, server, client, get } = world(seed, (host) => async () => {
      await host.clock.sleep(1000);
      done.push("answered");
      return { status: 200, header: new Headers(), body: bodyOf(utf8("late")) };
    });
    const outcomes: unknown[] = [];
    client.tasks.spawn("ask", async () => {
      outcomes.push(await get("/").catch((error: unknown) => error));
      outcomes.push(await get("/").catch((error: unknown) => error));
    });
    await sim.run(500);
    sim.crash(server);
    net.reset(server);
    await sim.run(10_000);
    expect(outcomes).toMatchObject([
      { code: "net_reset", message: expect.stringContaining("unexpected EOF") },
      { code: "net_dial", message: expect.stringContaining("connection refused") },
    ]);
    expect(done).toEqual([]);
    expect(net.openExchanges()).toEqual([]);
  });

  it("names the exchanges that nobody finished", async () => {
    const { sim, net, client, get } = world(seed, (server) => chunked(server, 3));
    client.tasks.spawn("careful", async () => {
      await readBody((await get("/read")).body, 100);
    });
    client.tasks.spawn("careless", async () => {
      await get("/unread");
    });
    await sim.run(60_000);
    expect(net.openExchanges()).toEqual([`client>${origin} GET /unread`]);
  });

  it("ends an exchange with the reason of its signal", async () => {
    const { sim, net, client, get } = world(seed, () => () => new Promise(() => {}));
    const reason = new Error("too slow");
    const outcomes: unknown[] = [];
    const stop = new AbortController();
    client.tasks.spawn("ask", async () => {
      outcomes.push(await get("/", stop.signal).catch((error: unknown) => error));
    });
    client.tasks.spawn("give up", async () => {
      await client.clock.sleep(300);
      stop.abort(reason);
    });
    await sim.run(10_000);
    expect(outcomes).toEqual([reason]);
    expect(net.openExchanges()).toEqual([]);
  });
});

describe("a simulation", () => {
  const traced = async (seed: number) => {
    const { sim, client, get } = world(seed, (server) => chunked(server, 10));
    for (let i = 0; i < 5; i++)
      client.tasks.spawn("read", async () => {
        await readBody((await get(`/${i}`)).body, 1000);
      });
    await sim.run(60_000);
    return sim.traceHash;
  };

  it("runs the same way for the same seed, and another way for another", async () => {
    expect(await traced(7)).toBe(await traced(7));
    expect(await traced(8)).not.toBe(await traced(7));
  });

  it("moves time by what was waited for, at once", async () => {
    const sim = new Simulation(1);
    const host = sim.host("a");
    const seen: [string, number][] = [];
    const at = (name: string) => seen.push([name, host.clock.mono()]);
    host.tasks.spawn("sleep", async () => {
      await host.clock.sleep(3_600_000);
      at("slept");
    });
    host.tasks.spawn("deadline", async () => {
      const { signal } = host.clock.deadline(500);
      await host.clock.sleep(1000, signal).catch((error: { code: string }) => at(error.code));
    });
    await sim.run(7_200_000);
    expect(seen).toEqual([
      ["deadline", 500],
      ["slept", 3_600_000],
    ]);
  });

  it("ends everything on a crashed host, and gives a restarted one a new life", async () => {
    const sim = new Simulation(3);
    const first = sim.host("node");
    const beats: string[] = [];
    first.clock.every(100, async () => void beats.push(`first ${first.clock.mono()}`), first.tasks);
    await sim.run(250);
    sim.crash(first);
    const second = sim.host("node");
    second.clock.every(100, async () => void beats.push(`second ${second.clock.mono()}`), second.tasks);
    await sim.run(400);
    expect(beats).toEqual(["first 0", "first 100", "first 200", "second 250", "second 350"]);
    expect([first.isAlive(), second.isAlive()]).toEqual([false, true]);
    expect(first.random.u32()).not.toBe(second.random.u32());
  });

  it("keeps the failure of a background task, with its name", async () => {
    const sim = new Simulation(1);
    sim.host("node").tasks.spawn("sweep", () => Promise.reject(new Error("broken")));
    await sim.run(10);
    expect(sim.failures).toMatchObject([{ task: "node/sweep", error: new Error("broken") }]);
  });

  it("draws from forks that do not disturb each other", () => {
    const { random } = new Simulation(5);
    const [a, b] = [random.fork("a"), new Simulation(5).random.fork("a")];
    random.fork("b").bytes(100);
    expect(a.bytes(16)).toEqual(b.bytes(16));
    expect(random.fork("a").u32()).not.toBe(random.fork("c").u32());
    for (let i = 0; i < 1000; i++) {
      const unit = a.unit();
      expect(unit >= 0 && unit < 1).toBe(true);
    }
  });
});
