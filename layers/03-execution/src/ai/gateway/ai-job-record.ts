/** One try of an AI job at one orchestrator. */
export type AiAttemptRecord = {
  readonly uri: string;
  readonly orchestrator: string | null;
  readonly isWarm: boolean;
  readonly latencyMs: number;
  /** Tickets that left with it, also where it failed. */
  readonly ticketCount: number;
  readonly ticketHashes: readonly string[];
  readonly expectedValueWei: string;
  readonly error: { readonly code: string; readonly message: string } | null;
};

/** What became of an AI job, for whoever explains, bills or shows it (event `ai.job`). */
export type AiJobRecord = {
  readonly requestId: string;
  readonly pipeline: string;
  readonly modelId: string;
  readonly units: string;
  /** Fee that is owed, exact wei; null when nothing is, or off chain. */
  readonly feeWei: string | null;
  readonly pricePerUnit: string | null;
  readonly orchestrator: string | null;
  readonly uri: string | null;
  readonly durationMs: number;
  readonly attempts: readonly AiAttemptRecord[];
  readonly error: { readonly code: string; readonly message: string } | null;
};
