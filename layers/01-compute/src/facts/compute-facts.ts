/** A figure that the operator wrote, or that was measured. */
export type Figure<Source extends string> = {
  readonly value: number;
  readonly source: "operator" | Source;
  /** Of a measurement, s; 0 for the operator's. */
  readonly ageSec: number;
};

/** A graphics processor. */
export type GpuFacts = { readonly name: string; readonly memoryBytes: number };

/** What this machine is made of. */
export type HardwareFacts = {
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly gpus: readonly GpuFacts[];
};

/** What a machine says of itself. What is not known is left out: nothing is guessed. */
export type ComputeFacts = {
  /** The operator's word for where it is. */
  readonly region?: string;
  /** Bits per second that it takes in. A measurement is what it took in at least. */
  readonly bandwidthBps?: Figure<"measured">;
  /** Electric power, watts. */
  readonly powerWatts?: Figure<"rapl" | "nvidia-smi">;
  readonly hardware?: HardwareFacts;
};

/** A region's name: letters, digits and dashes. */
export const regionPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
