/** Where background promises live: each has a name and an owner, and its failure is reported. */
export interface TaskOwner {
  /** Aborts when the owner stops. */
  readonly signal: AbortSignal;
  /** Runs `fn` in the background; a rejection that is not the owner's abort is reported. */
  spawn(name: string, fn: (signal: AbortSignal) => Promise<void>): void;
}

/** CPU-heavy jobs that leave the main thread. Keys are job names; inputs are the parts of one buffer, in order. */
export type OffloadJobs = {
  /** keccak-256 of one large buffer. */
  keccak256: { input: readonly Uint8Array[]; output: Uint8Array };
  /** Goes on with a hash: its 200 bytes of state, then whole blocks. Gives the new state. */
  keccakAbsorb: { input: readonly Uint8Array[]; output: Uint8Array };
};
export type OffloadJob = keyof OffloadJobs;

export interface Tasks extends TaskOwner {
  /** Runs the job on a worker thread (in line in a simulation). */
  offload<K extends OffloadJob>(job: K, input: OffloadJobs[K]["input"]): Promise<OffloadJobs[K]["output"]>;
  /** A task owner that stops with this one, or earlier by `stop`. `stop` resolves when its tasks have ended. */
  child(name: string): Tasks;
  stop(): Promise<void>;
}
