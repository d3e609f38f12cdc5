import type { WatchInfo } from "@livepeer-ts/sdk";
import { useEffect, useState } from "react";

export type WatchState =
  | { readonly kind: "loading" }
  | { readonly kind: "missing" }
  | { readonly kind: "error"; readonly info: WatchInfo | null }
  | { readonly kind: "found"; readonly info: WatchInfo };

const everyMs = 4000;

/** What is known about the video, asked again every few seconds so that a page opened early starts by itself. */
export function useWatchInfo(playbackId: string): WatchState {
  const [state, setState] = useState<WatchState>({ kind: "loading" });
  useEffect(() => {
    let isOver = false;
    const ask = async () => {
      try {
        const answer = await fetch(`/api/watch/${encodeURIComponent(playbackId)}`);
        if (isOver) return;
        if (answer.status === 404) setState({ kind: "missing" });
        else if (answer.ok) setState({ kind: "found", info: (await answer.json()) as WatchInfo });
        else throw new Error(String(answer.status));
      } catch {
        if (!isOver) setState((before) => ({ kind: "error", info: "info" in before ? before.info : null }));
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), everyMs);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [playbackId]);
  return state;
}
