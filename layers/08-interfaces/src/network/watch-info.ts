/** What the watch page needs, as `GET /api/watch/:playbackId` answers it. No protocol words: viewers never meet them. */
export type WatchInfo = {
  readonly playbackId: string;
  readonly title: string;
  readonly isLive: boolean;
  /** When the present broadcast began; null when off air. */
  readonly liveSince: number | null;
  readonly playbackUrl: string;
  readonly qualities: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly bitrateBps: number;
  }[];
  readonly credit: { readonly text: string; readonly url: string } | null;
};
