import { cpus, totalmem } from "node:os";
import type { GpuFacts, HardwareFacts } from "../facts/compute-facts.ts";
import { askNvidiaSmi } from "./ask-nvidia-smi.ts";

/** What this machine is made of, as the system and `nvidia-smi` say. */
export async function readHardware(nvidiaSmi?: string): Promise<HardwareFacts> {
  const rows = (await askNvidiaSmi(["name", "memory.total"], nvidiaSmi)) ?? [];
  const processors = cpus();
  return {
    cpuModel: processors[0]?.model.trim() ?? "",
    cpuCount: processors.length,
    memoryBytes: totalmem(),
    gpus: rows.flatMap(([name = "", mebibytes]): GpuFacts[] => {
      const memory = Number(mebibytes);
      return name === "" ? [] : [{ name, memoryBytes: Number.isFinite(memory) ? memory * 1024 * 1024 : 0 }];
    }),
  };
}
