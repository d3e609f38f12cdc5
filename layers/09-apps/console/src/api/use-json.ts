import { useCallback, useEffect, useState } from "react";

/** What a page asked the server for. A failure keeps what came before it. */
export type Asked<T> = {
  readonly value: T | undefined;
  readonly hasFailed: boolean;
  /** Asks at once. */
  readonly again: () => void;
};

/** A JSON answer of this server; asked again every `everyMs`, once without. */
export function useJson<T>(url: string, everyMs?: number): Asked<T> {
  const [state, setState] = useState<Omit<Asked<T>, "again">>({ value: undefined, hasFailed: false });
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((value) => value + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks again
  useEffect(() => {
    const over = new AbortController();
    const ask = async () => {
      try {
        const answer = await fetch(url, { signal: over.signal });
        if (!answer.ok) throw new Error(String(answer.status));
        const value = (await answer.json()) as T;
        setState({ value, hasFailed: false });
      } catch {
        if (!over.signal.aborted) setState((before) => ({ ...before, hasFailed: true }));
      }
    };
    void ask();
    const timer = everyMs === undefined ? undefined : setInterval(() => void ask(), everyMs);
    return () => {
      over.abort();
      clearInterval(timer);
    };
  }, [url, everyMs, round]);
  return { ...state, again };
}
