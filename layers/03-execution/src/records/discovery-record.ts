/** Event `discovery.done`: whom a stream could use after a look at the directory, quickest first. */
export type DiscoveryRecord = {
  readonly manifestId: string;
  readonly orchestrators: readonly {
    /** Checksummed; null off chain. */
    readonly address: string | null;
    readonly uri: string;
    /** How long its answer took. */
    readonly latencyMs: number;
  }[];
};
