/** Where background promises live: each has a name and an owner, and its failure is reported. */
export interface TaskOwner {
  /** Aborts when the owner stops. */
  readonly signal: AbortSignal;
  /** Runs `fn` in the background; a rejection that is not the owner's abort is reported. */
  spawn(name: string, fn: (signal: AbortSignal) => Promise<void>): void;
}

export interface Tasks extends TaskOwner {
  /** A task owner that stops with this one, or earlier by `stop`. `stop` resolves when its tasks have ended. */
  child(name: string): Tasks;
  stop(): Promise<void>;
}
