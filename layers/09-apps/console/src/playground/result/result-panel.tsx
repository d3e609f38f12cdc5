import type { AiPipeline } from "@livepeer-ts/sdk";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Setting } from "../comparison.ts";
import { Cost } from "../cost.tsx";
import type { JobResult } from "../run-job.ts";
import { Seconds } from "../seconds.tsx";
import { Settings } from "../settings.tsx";
import type { Run } from "../use-run.ts";
import { Answer } from "./answer.tsx";
import { Conversation } from "./conversation.tsx";
import { Waiting } from "./waiting.tsx";

/** What came of a run: nothing yet, under way, a result with its time and cost, or why not. */
export function ResultPanel({
  pipeline,
  run,
  title,
  settings,
  weiPerUsd,
  nothing,
  failure,
}: {
  pipeline: AiPipeline;
  run: Run;
  /** Shown where there are two; otherwise the panel speaks for itself. */
  title: string | undefined;
  /** In what its request differs from the other one's. */
  settings: readonly Setting[];
  weiPerUsd: string | null;
  /** What stands there before a run. */
  nothing: ReactNode;
  failure: (run: Extract<Run, { kind: "over" }>, result: Extract<JobResult, { kind: "failed" }>) => ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <section
      className="panel result"
      aria-label={title === undefined ? t("result.title") : `${title} · ${t("result.title")}`}
      aria-busy={run.kind === "running"}
    >
      {title === undefined ? null : (
        <header>
          <h2>{title}</h2>
          <Settings settings={settings} />
        </header>
      )}
      {run.kind === "none" ? nothing : null}
      {run.kind === "held" ? <p className="empty">{t("compare.held")}</p> : null}
      {run.kind === "running" ? (
        <>
          {run.text === "" ? null : <Conversation text={run.text} />}
          <Waiting key={run.jobId} jobId={run.jobId} since={run.since} hasBegun={run.text !== ""} />
        </>
      ) : null}
      {run.kind !== "over" ? null : run.result.kind === "failed" ? (
        failure(run, run.result)
      ) : (
        <>
          <Answer pipeline={pipeline} values={run.values} value={run.result.value} />
          <Settled modelId={run.values.modelId} result={run.result} weiPerUsd={weiPerUsd} />
        </>
      )}
    </section>
  );
}

function Settled({
  modelId,
  result,
  weiPerUsd,
}: {
  modelId: string;
  result: Extract<JobResult, { kind: "done" }>;
  weiPerUsd: string | null;
}) {
  const { t } = useTranslation();
  return (
    <p className="settled" role="status">
      <span className="vh">{t("result.done")}</span>
      <Seconds ms={result.ms} />
      <Cost wei={result.feeWei} weiPerUsd={weiPerUsd} />
      <span className="trunc">{modelId}</span>
      <code title={t("result.requestId")}>{result.requestId}</code>
    </p>
  );
}
