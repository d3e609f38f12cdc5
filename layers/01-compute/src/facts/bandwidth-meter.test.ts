import { Simulation } from "@livepeer-ts/kernel/testing";
import { expect, it } from "vitest";
import { BandwidthMeter } from "./bandwidth-meter.ts";

it("keeps the best transfer, says how old it is, and forgets it after an hour", async () => {
  const sim = new Simulation(1);
  const { clock } = sim.host("m");
  const meter = new BandwidthMeter({}, clock);
  expect(meter.figure()).toBeUndefined();
  meter.add(1000, 1); // fits into a buffer
  expect(meter.figure()).toBeUndefined();
  meter.add(1_000_000, 100);
  meter.add(1_000_000, 400);
  const work = (async () => {
    await clock.sleep(60_000);
    expect(meter.figure()).toEqual({ value: 80_000_000, source: "measured", ageSec: 60 });
    meter.add(1_000_000, 50);
    expect(meter.figure()).toEqual({ value: 160_000_000, source: "measured", ageSec: 0 });
    await clock.sleep(3_600_001);
    expect(meter.figure()).toBeUndefined();
    meter.add(1_000_000, 400);
    expect(meter.figure()?.value).toBe(20_000_000);
  })();
  await sim.run(4_000_000);
  await work;
});
