import type { AiPipeline } from "@livepeer-ts/sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import type { FormValues } from "./form-values.ts";
import { type JobResult, newJobId, runJob } from "./run-job.ts";

export type Run =
  | { readonly kind: "none" }
  /** Its turn comes when another one is over. */
  | { readonly kind: "held" }
  | {
      readonly kind: "running";
      readonly since: number;
      readonly values: FormValues;
      /** What has come of an answer that comes piece by piece. */
      readonly text: string;
      /** By it the server tells where the job is. */
      readonly jobId: string;
    }
  | { readonly kind: "over"; readonly values: FormValues; readonly result: JobResult };

export type RunControl = {
  readonly run: Run;
  /** Resolves to what came of it; undefined when it was called off. */
  readonly start: (values: FormValues) => Promise<JobResult | undefined>;
  readonly hold: () => void;
  /** Shows a run that is over already. */
  readonly show: (values: FormValues, result: JobResult) => void;
  /** Calls off what is under way and shows nothing. */
  readonly clear: () => void;
};

/** One run at a time of a pipeline; leaving the page calls it off. */
export function useRun(
  pipeline: AiPipeline,
  apiKey: string,
  onOver: (values: FormValues, result: JobResult) => void,
): RunControl {
  const [run, setRun] = useState<Run>({ kind: "none" });
  const current = useRef<AbortController | undefined>(undefined);
  const tell = useRef(onOver);
  tell.current = onOver;
  useEffect(() => () => current.current?.abort(), []);
  const become = useCallback((next: Run) => {
    current.current?.abort();
    setRun(next);
  }, []);

  const start = useCallback(
    async (values: FormValues) => {
      const jobId = newJobId();
      become({ kind: "running", since: Date.now(), values, text: "", jobId });
      const control = new AbortController();
      current.current = control;
      const onText = (text: string) => {
        if (!control.signal.aborted) setRun((before) => (before.kind === "running" ? { ...before, text } : before));
      };
      try {
        const result = await runJob(pipeline, values, { apiKey, jobId, signal: control.signal, onText });
        if (control.signal.aborted) return undefined;
        setRun({ kind: "over", values, result });
        tell.current(values, result);
        return result;
      } catch {
        return undefined; // called off
      }
    },
    [pipeline, apiKey, become],
  );
  const hold = useCallback(() => become({ kind: "held" }), [become]);
  const show = useCallback(
    (values: FormValues, result: JobResult) => become({ kind: "over", values, result }),
    [become],
  );
  const clear = useCallback(() => become({ kind: "none" }), [become]);
  return { run, start, hold, show, clear };
}
