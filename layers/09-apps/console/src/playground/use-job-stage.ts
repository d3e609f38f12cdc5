import type { AiJobStage } from "@livepeer-ts/sdk";
import { useEffect, useState } from "react";

/** Most jobs are over before the first question. */
const firstMs = 400;
const everyMs = 1000;

/** Where a job is, as the server says, every second until its answer begins; the last that it said. Undefined while it has not said anything. */
export function useJobStage(jobId: string): AiJobStage | undefined {
  const [stage, setStage] = useState<AiJobStage>();
  useEffect(() => {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    let isKnown = false;
    const ask = async () => {
      try {
        const answer = await fetch(`/api/ai/jobs/${jobId}`, { signal: over.signal });
        if (answer.ok) setStage((await answer.json()) as AiJobStage);
        else if (isKnown) return;
        isKnown ||= answer.ok;
      } catch {
        // it is asked again; that the server is gone is seen by the job itself
      }
      if (!over.signal.aborted) timer = setTimeout(() => void ask(), everyMs);
    };
    timer = setTimeout(() => void ask(), firstMs);
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [jobId]);
  return stage;
}
