import type { VideoProfile } from "@livepeer-ts/media";

/** What a publisher may do. */
export type AccessGrant = {
  /** Internal id of the stream; undefined keeps the one of the URL. */
  readonly manifestId: string | undefined;
  /** External or parent id, for events. */
  readonly streamId: string | undefined;
  readonly sessionId: string | undefined;
  readonly streamKey: string | undefined;
  /** Renditions; undefined = the gateway's defaults, empty = none. */
  readonly profiles: readonly VideoProfile[] | undefined;
  /** Fast verification on about one of this many segments; 0 = off. */
  readonly verificationFreq: number;
  readonly timeoutMultiplier: number;
};

/** Asks whoever decides whether a publisher may publish. Rejects with `LpError` (`access_denied`). */
export interface AccessCheck {
  check(url: string, signal: AbortSignal): Promise<AccessGrant>;
}
