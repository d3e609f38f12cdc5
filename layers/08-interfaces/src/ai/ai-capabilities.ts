/** What became of the jobs of the last hour. */
export type AiJobFigures = {
  readonly jobs: number;
  readonly failed: number;
  /** Of the jobs that were done, ms; null without any. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
};

/** A model at one machine. */
export type AiCapabilityOffer = {
  readonly uri: string;
  /** Who is paid; null off chain. */
  readonly address: string | null;
  readonly isWarm: boolean;
  /** Jobs at once. */
  readonly capacity: number;
  readonly inUse: number;
  readonly runnerVersion: string;
  /** Wei for one of the protocol's units, an exact fraction; null where nothing is asked. */
  readonly pricePerUnit: string | null;
  readonly lastHour: AiJobFigures;
};

/** A model of the network: who offers it, and how its jobs went. */
export type AiCapability = {
  readonly pipeline: string;
  readonly modelId: string;
  readonly offers: readonly AiCapabilityOffer[];
  readonly lastHour: AiJobFigures;
};

/** Answer of `GET /api/ai/capabilities`. */
export type AiCapabilities = {
  /** When the machines were asked, ms. */
  readonly at: number;
  /** Wei for a US dollar, an exact fraction; null where no feed says it. */
  readonly weiPerUsd: string | null;
  readonly models: readonly AiCapability[];
};
