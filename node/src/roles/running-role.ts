/** A role of this process that listens. */
export type RunningRole = {
  /** Ports and addresses, for the supervisor. */
  readonly facts: Readonly<Record<string, string | number>>;
  stop(): Promise<void>;
};
