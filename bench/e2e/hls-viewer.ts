// A player of one stream, from outside: reads the playlists of some tracks over and over and downloads what they list.

export type ViewerOptions = {
  /** `http://host:port` of the gateway. */
  readonly base: string;
  readonly stream: string;
  readonly tracks: readonly string[];
  /** Ms between looks at a playlist. */
  readonly pollMs: number;
  /** Gets every segment, once, in order. */
  readonly onSegment: (track: string, seqNo: number, bytes: Uint8Array) => void;
};

/** A player that runs until `stop`. */
export type Viewer = { readonly stop: () => Promise<void> };

/** Starts to play. Before the stream is on air there is nothing to read, and that is no failure. */
export function viewHls(options: ViewerOptions): Viewer {
  let isStopped = false;
  const loops = options.tracks.map(async (track) => {
    let last = -1;
    const url = `${options.base}/stream/${options.stream}/${track}.m3u8`;
    for (;;) {
      const isLastLook = isStopped;
      const answer = await fetch(url);
      const text = await answer.text();
      const uris = answer.ok ? text.split("\n").filter((line) => line !== "" && !line.startsWith("#")) : [];
      for (const uri of uris) {
        const seqNo = Number(/(\d+)\.ts/.exec(uri)?.[1]);
        if (seqNo <= last) continue;
        const media = await fetch(new URL(uri, url));
        if (!media.ok) throw new Error(`${uri} answered ${media.status}`);
        options.onSegment(track, seqNo, new Uint8Array(await media.arrayBuffer()));
        last = seqNo;
      }
      if (isLastLook) return;
      await new Promise((resolve) => setTimeout(resolve, options.pollMs));
    }
  });
  const all = Promise.all(loops);
  all.catch(() => {});
  return {
    async stop() {
      isStopped = true;
      await all;
    },
  };
}
