import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Simulation } from "@livepeer-ts/kernel/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readHardware } from "./machine-hardware.ts";
import { PowerMeter } from "./power-meter.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-power-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A clock that stands at `ms`. */
function clockAt(time: { ms: number }) {
  return { ...new Simulation(1).host("m").clock, mono: () => time.ms };
}

async function setEnergy(name: string, microjoules: number): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "energy_uj"), `${microjoules}\n`);
  await writeFile(join(folder, name, "max_energy_range_uj"), "262143328850\n");
}

it("makes watts of the energy counters of all packages, across their overflow", async () => {
  const time = { ms: 0 };
  const meter = new PowerMeter({ powercapFolder: folder, nvidiaSmi: join(folder, "none") }, clockAt(time));
  await setEnergy("intel-rapl:0", 262_143_328_850 - 50_000_000);
  await setEnergy("intel-rapl:1", 1_000_000);
  await setEnergy("intel-rapl:0:0", 1);
  await meter.look();
  expect(meter.figure()).toBeUndefined();
  time.ms = 10_000;
  await setEnergy("intel-rapl:0", 550_000_000);
  await setEnergy("intel-rapl:1", 401_000_000);
  await setEnergy("intel-rapl:0:0", 900_000_000);
  await meter.look();
  time.ms = 15_000;
  expect(meter.figure()).toEqual({ value: 100, source: "rapl", ageSec: 5 });
});

it("adds up what GPUs draw, and lists them", async () => {
  const script = join(folder, "smi");
  const text =
    '#!/bin/sh\ncase "$1" in *power.draw*) printf "71.25\\n68.00\\n";; *) printf "Some GPU, 24564\\nSome GPU, 24564\\n";; esac\n';
  await writeFile(script, text, { mode: 0o755 });
  const meter = new PowerMeter({ powercapFolder: join(folder, "none"), nvidiaSmi: script }, clockAt({ ms: 5 }));
  await meter.look();
  expect(meter.figure()).toEqual({ value: 139.3, source: "nvidia-smi", ageSec: 0 });
  const { gpus, cpuCount, memoryBytes } = await readHardware(script);
  expect(gpus).toEqual(Array(2).fill({ name: "Some GPU", memoryBytes: 24_564 * 1024 * 1024 }));
  expect(cpuCount).toBeGreaterThan(0);
  expect(memoryBytes).toBeGreaterThan(0);
});

it("says nothing where nothing can be read", async () => {
  const meter = new PowerMeter(
    { powercapFolder: join(folder, "none"), nvidiaSmi: join(folder, "none") },
    clockAt({ ms: 5 }),
  );
  await meter.look();
  await meter.look();
  expect(meter.figure()).toBeUndefined();
});
