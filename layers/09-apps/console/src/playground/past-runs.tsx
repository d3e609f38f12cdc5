import type { AiPipeline } from "@livepeer-ts/sdk";
import { formatTime } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";
import { chosenSettings } from "./comparison.ts";
import { Cost } from "./cost.tsx";
import type { PastRun } from "./run-history.ts";
import { Seconds } from "./seconds.tsx";
import { Settings } from "./settings.tsx";
import type { PastRuns } from "./use-past-runs.ts";

/** This browser's runs of a pipeline, newest first: what each was asked and took. */
export function PastRunList({
  pipeline,
  past: { runs, isKept, forget },
  weiPerUsd,
  onAgain,
  onCompare,
}: {
  pipeline: AiPipeline;
  past: PastRuns;
  weiPerUsd: string | null;
  onAgain: (run: PastRun) => void;
  /** Puts a run beside what the form has. */
  onCompare: (run: PastRun) => void;
}) {
  const { t } = useTranslation();
  if (runs.length === 0) return null;
  return (
    <section className="panel full">
      <header>
        <h2 className="grow">
          {t("past.title")} <span className="xs faint">{t(isKept ? "past.kept" : "past.visit")}</span>
        </h2>
        <button type="button" className="btn s ghost" onClick={forget}>
          {t("past.forget")}
        </button>
      </header>
      <ul className="past">
        {runs.map((run) => {
          const { at, values, result } = run;
          return (
            <li key={at}>
              <span className="num faint">{timeOf(at)}</span>
              <span className="grow asked">
                <span className="trunc">{values.modelId}</span>
                <Settings settings={chosenSettings(pipeline, values)} />
              </span>
              {result.kind === "done" ? (
                <>
                  <Seconds ms={result.ms} />
                  <Cost wei={result.feeWei} weiPerUsd={weiPerUsd} />
                </>
              ) : (
                <span className="badc">{t("past.failed")}</span>
              )}
              <span className="row">
                <button type="button" className="btn s" onClick={() => onAgain(run)}>
                  {t("past.again")}
                </button>
                <button type="button" className="btn s" onClick={() => onCompare(run)}>
                  {t("compare.action")}
                </button>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The time of today, the date of an earlier day. */
function timeOf(at: number): string {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? formatTime(at) : date.toLocaleDateString("en-CA");
}
