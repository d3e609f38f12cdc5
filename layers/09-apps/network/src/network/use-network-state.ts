import type { NetworkPiece, NetworkState } from "@livepeer-ts/sdk";
import { useCallback, useEffect, useRef, useState } from "react";

export type Link = {
  /** `loading` before the first answer, `live` while events come, `lost` while the server does not answer. */
  readonly state: "loading" | "live" | "lost";
  /** When the last data came, ms. */
  readonly lastAt: number | null;
  /** When the next try begins, ms; null while connected. */
  readonly retryAt: number | null;
  readonly retry: () => void;
};

const backOffSec = [1, 2, 4, 8, 15, 30];
const maxPieces = 60;

/** Keeps newest last, replaces a piece that became known better. */
export function mergePiece(pieces: readonly NetworkPiece[], piece: NetworkPiece): NetworkPiece[] {
  const others = pieces.filter((known) => known.seqNo !== piece.seqNo || known.streamId !== piece.streamId);
  return [...others, piece].sort((a, b) => a.receivedAt - b.receivedAt).slice(-maxPieces);
}

/** The network's state, followed by server-sent events; reconnects with growing pauses. */
export function useNetworkState(): { network: NetworkState | null; link: Link } {
  const [network, setNetwork] = useState<NetworkState | null>(null);
  const [link, setLink] = useState<Omit<Link, "retry">>({ state: "loading", lastAt: null, retryAt: null });
  const [round, setRound] = useState(0);
  const failures = useRef(0);
  const retry = useCallback(() => setRound((value) => value + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` starts a new connection
  useEffect(() => {
    const source = new EventSource("/api/network/events");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      failures.current = 0;
      setLink({ state: "live", lastAt: Date.now(), retryAt: null });
    };
    source.addEventListener("state", (event) => {
      setNetwork(JSON.parse((event as MessageEvent<string>).data) as NetworkState);
      alive();
    });
    source.addEventListener("piece", (event) => {
      const piece = JSON.parse((event as MessageEvent<string>).data) as NetworkPiece;
      setNetwork((before) => (before === null ? before : { ...before, pieces: mergePiece(before.pieces, piece) }));
      alive();
    });
    source.onerror = () => {
      source.close();
      const pause = (backOffSec[Math.min(failures.current, backOffSec.length - 1)] as number) * 1000;
      failures.current++;
      setLink((before) => ({ state: "lost", lastAt: before.lastAt, retryAt: Date.now() + pause }));
      timer = setTimeout(() => setRound((value) => value + 1), pause);
    };
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [round]);

  return { network, link: { ...link, retry } };
}
