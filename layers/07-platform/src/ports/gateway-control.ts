/** A model that a machine offers, as the gateway knows it. */
export type GatewayAiOffer = {
  readonly pipeline: string;
  readonly modelId: string;
  readonly isWarm: boolean;
  /** Jobs at once. */
  readonly capacity: number;
  readonly inUse: number;
  /** Empty when the runner says none. */
  readonly runnerVersion: string;
  readonly uri: string;
  /** Who is paid; null off chain. */
  readonly address: string | null;
  /** Wei for one unit, an exact fraction; null where nothing is asked. */
  readonly pricePerUnit: string | null;
};

/** What a gateway's machines offer. */
export type GatewayAiNetwork = {
  /** When the gateway asked them, ms. */
  readonly at: number;
  /** Wei for a US dollar, an exact fraction; null where no feed says it. */
  readonly weiPerUsd: string | null;
  readonly offers: readonly GatewayAiOffer[];
};

/** The gateway's admin API, as far as the platform uses it. */
export interface GatewayControl {
  /** Ends the running broadcast of a manifest; nothing happens when there is none. */
  endStream(manifestId: string, signal: AbortSignal): Promise<void>;
  /** What the machines that the gateway can use offer. Rejects with `gateway_refused`, or as its network does. */
  aiNetwork(signal: AbortSignal): Promise<GatewayAiNetwork>;
}
