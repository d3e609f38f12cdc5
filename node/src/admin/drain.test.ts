import { silentLogger } from "@livepeer-ts/kernel";
import { Simulation } from "@livepeer-ts/kernel/testing";
import { expect, it } from "vitest";
import type { CapacitySubject } from "./admin-subjects.ts";
import { Drain } from "./drain.ts";

/** A drain of a node with this many sessions and segments, on virtual time. */
function world(start: { sessions: number; segments: number }) {
  const sim = new Simulation(3);
  const { clock, tasks } = sim.host("node");
  const state = { ...start, refusesNew: false, refusesAll: false };
  const capacity: CapacitySubject = {
    running: () => state.sessions,
    maxSessions: () => 10,
    setMaxSessions: () => {},
    refuseNew: (refuses) => {
      state.refusesNew = refuses;
    },
    refuseAll: () => {
      state.refusesAll = true;
    },
    inFlight: () => state.segments,
  };
  return { sim, clock, state, capacity, drain: new Drain({ clock, tasks, logger: silentLogger }) };
}

const never = new AbortController().signal;

it("waits for sessions, then for segments, no longer than it is told, and refuses more at each step", async () => {
  const { sim, clock, state, capacity, drain } = world({ sessions: 1, segments: 1 });
  drain.attach(capacity);
  let endedAt = 0;
  void drain.finish({ sessionsMs: 10_000, segmentsMs: 5000 }, never).then(() => {
    endedAt = clock.mono();
  });
  await sim.run(9000);
  expect(state).toMatchObject({ refusesNew: true, refusesAll: false });
  await sim.run(11_000);
  expect(state.refusesAll).toBe(true);
  await sim.run(14_000);
  expect(endedAt).toBe(0);
  await sim.run(16_000);
  expect(endedAt).toBeGreaterThanOrEqual(15_000);
});

it("ends as soon as nothing is left, and at once when somebody is in a hurry", async () => {
  for (const hurries of [false, true]) {
    const { sim, clock, state, capacity, drain } = world({ sessions: 2, segments: 1 });
    drain.attach(capacity);
    const hurry = new AbortController();
    let endedAt = 0;
    void drain.finish({ sessionsMs: 60_000, segmentsMs: 60_000 }, hurry.signal).then(() => {
      endedAt = clock.mono();
    });
    sim.schedule(3000, "end", () => {
      if (hurries) hurry.abort(new Error("again"));
      else Object.assign(state, { sessions: 0, segments: 0 });
    });
    await sim.run(5000);
    expect(endedAt).toBeGreaterThanOrEqual(3000);
    expect(endedAt).toBeLessThan(4000);
  }
});

it("counts from before the role is there, ends when it is told, and then does not call back", async () => {
  const { sim, state, capacity, drain } = world({ sessions: 1, segments: 0 });
  drain.begin();
  drain.attach(capacity);
  expect(state.refusesNew).toBe(true);
  let calls = 0;
  drain.whenIdle(() => calls++);
  drain.end();
  expect([state.refusesNew, drain.since]).toEqual([false, undefined]);
  state.sessions = 0;
  await sim.run(2000);
  expect(calls).toBe(0);
  drain.begin();
  drain.whenIdle(() => calls++);
  await sim.run(4000);
  expect(calls).toBe(1);
});
