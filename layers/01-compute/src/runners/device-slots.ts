import type { DeviceSlot, GpuMaker } from "./runner-spec.ts";

/** A GPU of this machine by its number. */
export type Gpu = { readonly number: number; readonly maker: GpuMaker };

export type DeviceSlotsOptions = {
  /** Those that runners may use; none: the processor does the work. */
  readonly gpus: readonly Gpu[];
  /** Runners that share one device (`-aiRunnerContainersPerGPU`). */
  readonly runnersPerDevice: number;
  /** Runners that are kept loaded: a processor has a place for each of them at least. */
  readonly warmCount: number;
};

/** Places for runners, named as go-livepeer names its devices. */
export function deviceSlots({ gpus, runnersPerDevice, warmCount }: DeviceSlotsOptions): readonly DeviceSlot[] {
  if (gpus.length === 0) {
    return Array.from({ length: Math.max(1, runnersPerDevice, warmCount) }, (_, colocation) => ({
      id: `emulated-${colocation}`,
      gpu: undefined,
      maker: undefined,
      colocation,
    }));
  }
  return Array.from({ length: Math.max(1, runnersPerDevice) }, (_, colocation) => colocation).flatMap((colocation) =>
    gpus.map(({ number, maker }) => ({
      id: runnersPerDevice > 1 ? `colocated-${colocation}-${number}` : String(number),
      gpu: number,
      maker,
      colocation,
    })),
  );
}
