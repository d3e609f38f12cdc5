/** Sends media on to a server that a client named. */
export interface StreamOutlet {
  /** Rejects with `bad_outlet` for an address that is none, or that clients may not name. */
  check(url: string): Promise<void>;
  /**
   * Publishes MPEG-TS to an `rtmp://` address until the media or the server ends. Rejects with `outlet_failed`, or the signal's
   * reason.
   */
  push(url: string, media: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
}
