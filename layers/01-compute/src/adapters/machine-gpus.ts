import { execFile } from "node:child_process";
import type { Gpu } from "../runners/device-slots.ts";
import { askNvidiaSmi } from "./ask-nvidia-smi.ts";

export type MachineGpusOptions = {
  /** Default `nvidia-smi` from the PATH. */
  readonly nvidiaSmi?: string;
  /** Default `rocm-smi` from the PATH. */
  readonly rocmSmi?: string;
};

const askMs = 10_000;
const maxAnswerBytes = 256 * 1024;

/** GPUs that `nvidia-smi` lists, else those that `rocm-smi` does; empty when neither is there. */
export async function readGpus(options: MachineGpusOptions = {}): Promise<readonly Gpu[]> {
  const rows = (await askNvidiaSmi(["index"], options.nvidiaSmi)) ?? [];
  const numbers = rows.map(([cell]) => Number(cell)).filter(Number.isSafeInteger);
  if (numbers.length > 0) return numbers.map((number) => ({ number, maker: "nvidia" }));
  return askRocmSmi(options.rocmSmi ?? "rocm-smi");
}

/** The cards of `rocm-smi --showid --json`: `{"card0": …}`. */
function askRocmSmi(path: string): Promise<readonly Gpu[]> {
  return new Promise((resolve) => {
    execFile(path, ["--showid", "--json"], { timeout: askMs, maxBuffer: maxAnswerBytes }, (error, stdout) => {
      if (error !== null) return resolve([]);
      try {
        const names = Object.keys(JSON.parse(stdout) as object);
        const numbers = names.flatMap((name) => /^card(\d+)$/.exec(name)?.[1] ?? []).map(Number);
        resolve(numbers.sort((a, b) => a - b).map((number) => ({ number, maker: "amd" })));
      } catch {
        resolve([]);
      }
    });
  });
}
