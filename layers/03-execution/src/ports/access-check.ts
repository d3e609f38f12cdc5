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
  /** URL of the stream's own store for live output; undefined = the gateway's. */
  readonly objectStoreUrl: string | undefined;
  /** URL of the stream's own store for recordings; undefined = the gateway's. */
  readonly recordStoreUrl: string | undefined;
  /** What the URLs of recorded segments begin with; undefined = they are relative. */
  readonly recordBaseUrl: string | undefined;
  /** Manifest ids of earlier sessions that belong to the same recording, oldest first. */
  readonly previousSessions: readonly string[];
};

/** A stream that is running and is asked about again. */
export type RunningCheck = { readonly manifestId: string };

/** Asks whoever decides whether a publisher may publish. Rejects with `LpError` (`access_denied`). */
export interface AccessCheck {
  /** `running` is given when the publisher was let in before and the question is whether it still may. */
  check(url: string, signal: AbortSignal, running?: RunningCheck): Promise<AccessGrant>;
}
