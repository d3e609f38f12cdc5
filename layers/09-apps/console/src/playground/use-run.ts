import type { AiPipeline } from "@livepeer-ts/sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import type { FormValues } from "./form-values.ts";
import { type JobResult, runJob } from "./run-job.ts";

const keyName = "livepeer.apiKey";
const maxRuns = 10;

/** A finished run of this visit. */
export type PastRun = {
  readonly id: number;
  readonly at: number;
  readonly values: FormValues;
  readonly result: JobResult;
};

export type Run =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly since: number; readonly values: FormValues; readonly text: string }
  | { readonly kind: "over"; readonly values: FormValues; readonly result: JobResult };

export type RunControl = {
  readonly run: Run;
  /** Newest first. */
  readonly past: readonly PastRun[];
  readonly apiKey: string;
  readonly setApiKey: (key: string) => void;
  readonly start: (values: FormValues) => void;
  readonly cancel: () => void;
};

/** One run at a time of a pipeline; leaving the page calls it off. */
export function useRun(pipeline: AiPipeline): RunControl {
  const [run, setRun] = useState<Run>({ kind: "none" });
  const [past, setPast] = useState<readonly PastRun[]>([]);
  const [apiKey, setKey] = useState(() => sessionStorage.getItem(keyName) ?? "");
  const current = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => current.current?.abort(), []);

  const start = useCallback(
    (values: FormValues) => {
      current.current?.abort();
      const control = new AbortController();
      current.current = control;
      setRun({ kind: "running", since: Date.now(), values, text: "" });
      const onText = (text: string) => {
        if (!control.signal.aborted) setRun((before) => (before.kind === "running" ? { ...before, text } : before));
      };
      runJob(pipeline, values, { apiKey, signal: control.signal, onText }).then(
        (result) => {
          if (control.signal.aborted) return;
          setRun({ kind: "over", values, result });
          const at = Date.now();
          setPast((before) => [{ id: (before[0]?.id ?? 0) + 1, at, values, result }, ...before].slice(0, maxRuns));
        },
        () => {}, // called off
      );
    },
    [pipeline, apiKey],
  );
  const cancel = useCallback(() => {
    current.current?.abort();
    setRun({ kind: "none" });
  }, []);
  const setApiKey = useCallback((key: string) => {
    sessionStorage.setItem(keyName, key);
    setKey(key);
  }, []);
  return { run, past, apiKey, setApiKey, start, cancel };
}
