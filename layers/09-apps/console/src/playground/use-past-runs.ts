import { useCallback, useEffect, useState } from "react";
import type { FormValues } from "./form-values.ts";
import { maxRuns, type PastRun, runHistory } from "./run-history.ts";
import type { JobResult } from "./run-job.ts";

export type PastRuns = {
  /** Newest first. */
  readonly runs: readonly PastRun[];
  /** False: the browser does not keep some or all of them beyond this visit. */
  readonly isKept: boolean;
  readonly add: (values: FormValues, result: JobResult) => void;
  readonly forget: () => void;
};

/** This browser's runs of a pipeline. */
export function usePastRuns(pipeline: string): PastRuns {
  const [runs, setRuns] = useState<readonly PastRun[]>([]);
  const [isKept, setIsKept] = useState(true);
  useEffect(() => {
    let isOver = false;
    runHistory.of(pipeline).then(
      (found) => {
        if (!isOver) setRuns((before) => [...before, ...found].slice(0, maxRuns));
      },
      () => (isOver ? undefined : setIsKept(false)),
    );
    return () => {
      isOver = true;
    };
  }, [pipeline]);
  const add = useCallback(
    (values: FormValues, result: JobResult) => {
      const run = { at: Date.now(), values, result };
      setRuns((before) => [run, ...before].slice(0, maxRuns));
      runHistory.keep(pipeline, run).then(
        (wasKept) => (wasKept ? undefined : setIsKept(false)),
        () => setIsKept(false),
      );
    },
    [pipeline],
  );
  const forget = useCallback(() => {
    setRuns([]);
    void runHistory.forget(pipeline).catch(() => setIsKept(false));
  }, [pipeline]);
  return { runs, isKept, add, forget };
}
