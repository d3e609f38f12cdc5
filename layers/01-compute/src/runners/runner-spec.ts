/** Ways to run a runner: containers, processes of this machine, an address that answers already, a cluster. */
export const runnerKinds = ["docker", "process", "kubernetes", "external"] as const;

export type RunnerKind = (typeof runnerKinds)[number];

/** A model that this machine serves, and how (`-aiModels`). */
export type RunnerSpec = {
  /** Such as `text-to-image`. */
  readonly pipeline: string;
  readonly modelId: string;
  readonly driver: RunnerKind;
  /** Loaded from the start and kept so. */
  readonly isWarm: boolean;
  /** Runner processes or containers of this model; for an external runner, jobs at once. */
  readonly capacity: number;
  /** Settings that the runner gets in its environment; booleans become `true` and `false`. */
  readonly optimizationFlags: Readonly<Record<string, string | boolean>>;
  /** Program and arguments of a runner that is a process; empty for the others. */
  readonly command: readonly string[];
  /** An address that answers already; nothing is started or stopped then. */
  readonly external: { readonly url: string; readonly token: string | undefined } | undefined;
};

/** Who made a GPU; it decides how a runner is told which one is its own. */
export type GpuMaker = "nvidia" | "amd";

/** Place on this machine where one runner works. */
export type DeviceSlot = {
  /** Such as `0`, `colocated-1-0` or `emulated-0`; unique on this machine. */
  readonly id: string;
  /** Number of the GPU; undefined when the work is done by the CPU. */
  readonly gpu: number | undefined;
  readonly maker: GpuMaker | undefined;
  /** 0, 1, … among the runners that share the device. */
  readonly colocation: number;
};
