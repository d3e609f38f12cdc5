import type { DeviceSlot, RunnerSpec } from "./runner-spec.ts";

/** What every runner that is started here finds in its environment, by the runner's own names. */
export function runnerEnvironment(
  spec: RunnerSpec,
  token: string,
  isVerbose: boolean,
): Readonly<Record<string, string>> {
  const flags = Object.entries(spec.optimizationFlags).map(([name, value]) => [name, String(value)]);
  return {
    ...Object.fromEntries(flags),
    PIPELINE: spec.pipeline,
    MODEL_ID: spec.modelId,
    AUTH_TOKEN: token,
    ...(isVerbose ? { VERBOSE_LOGGING: "1" } : {}),
  };
}

/** How a process is told which GPU is its own; its libraries then see that one alone. */
export function deviceEnvironment({ gpu, maker }: DeviceSlot): Readonly<Record<string, string>> {
  if (gpu === undefined) return {};
  return maker === "amd"
    ? { ROCR_VISIBLE_DEVICES: String(gpu) }
    : { CUDA_VISIBLE_DEVICES: String(gpu), CUDA_DEVICE_ORDER: "PCI_BUS_ID" };
}
