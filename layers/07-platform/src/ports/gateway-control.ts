/** The gateway's admin API, as far as the platform uses it. */
export interface GatewayControl {
  /** Ends the running broadcast of a manifest; nothing happens when there is none. */
  endStream(manifestId: string, signal: AbortSignal): Promise<void>;
}
