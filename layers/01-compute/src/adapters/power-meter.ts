import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@livepeer-ts/kernel";
import type { ComputeFacts } from "../facts/compute-facts.ts";
import { askNvidiaSmi } from "./ask-nvidia-smi.ts";

export type PowerMeterOptions = {
  /** Energy counters of the processors. Default `/sys/class/powercap`. */
  readonly powercapFolder?: string;
  /** Default `nvidia-smi` from the PATH. */
  readonly nvidiaSmi?: string;
};

type Counter = { readonly joules: number; readonly wrapsAt: number };
type Reading = { readonly at: number; readonly counters: ReadonlyMap<string, Counter> };

/**
 * The power that processors (RAPL) or GPUs (`nvidia-smi`) draw, where the system lets it be read. With GPUs it is theirs alone:
 * they do the work. RAPL counts energy, so its first figure comes with the second look.
 */
export class PowerMeter {
  readonly #options: PowerMeterOptions;
  readonly #clock: Clock;
  #last: Reading | undefined;
  #figure: { readonly watts: number; readonly source: "rapl" | "nvidia-smi"; readonly at: number } | undefined;

  constructor(options: PowerMeterOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Looks; what cannot be read is left as it was. */
  async look(): Promise<void> {
    const rows = await askNvidiaSmi(["power.draw"], this.#options.nvidiaSmi);
    const watts = rows?.map(([cell]) => Number(cell)) ?? [];
    const at = this.#clock.mono();
    if (watts.length > 0 && watts.every(Number.isFinite)) {
      this.#figure = { watts: watts.reduce((sum, value) => sum + value, 0), source: "nvidia-smi", at };
      return;
    }
    const counters = await readCounters(this.#options.powercapFolder ?? "/sys/class/powercap");
    const before = this.#last;
    this.#last = { at, counters };
    if (before === undefined || counters.size === 0 || at <= before.at) return;
    let joules = 0;
    for (const [name, { joules: now, wrapsAt }] of counters) {
      const then = before.counters.get(name)?.joules;
      if (then !== undefined) joules += now >= then ? now - then : now - then + wrapsAt;
    }
    this.#figure = { watts: (joules * 1000) / (at - before.at), source: "rapl", at };
  }

  /** Undefined where nothing can be read. */
  figure(): ComputeFacts["powerWatts"] {
    const found = this.#figure;
    if (found === undefined) return undefined;
    const ageSec = Math.floor((this.#clock.mono() - found.at) / 1000);
    return { value: Math.round(found.watts * 10) / 10, source: found.source, ageSec };
  }
}

/** One counter for each package of processors; those below it (cores, memory) are part of it. */
async function readCounters(folder: string): Promise<ReadonlyMap<string, Counter>> {
  const names = await readdir(folder).catch(() => []);
  const found = new Map<string, Counter>();
  for (const name of names.filter((entry) => /^intel-rapl:\d+$/.test(entry))) {
    const read = (file: string) => readFile(join(folder, name, file), "utf8").catch(() => "");
    const [energy, range] = await Promise.all([read("energy_uj"), read("max_energy_range_uj")]);
    if (/^\d+\s*$/.test(energy)) found.set(name, { joules: Number(energy) / 1e6, wrapsAt: Number(range || 0) / 1e6 });
  }
  return found;
}
