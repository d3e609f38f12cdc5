import type { AiPipeline } from "@livepeer-ts/sdk";
import { useNow } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";
import { Cost } from "../cost.tsx";
import type { FormValues } from "../form-values.ts";
import type { JobResult } from "../run-job.ts";
import { Seconds } from "../seconds.tsx";
import type { RunControl } from "../use-run.ts";
import { Conversation } from "./conversation.tsx";
import { Failure } from "./failure.tsx";
import { Masks } from "./masks.tsx";
import { Pictures } from "./pictures.tsx";
import { Sound } from "./sound.tsx";
import { Transcript } from "./transcript.tsx";
import { Video } from "./video.tsx";

/** What came of the last run: nothing yet, under way, a result with its time and cost, or why not. */
export function ResultPanel({
  pipeline,
  control,
  weiPerUsd,
}: {
  pipeline: AiPipeline;
  control: RunControl;
  weiPerUsd: string | null;
}) {
  const { t } = useTranslation();
  const { run } = control;
  return (
    <section className="panel result" aria-label={t("result.title")} aria-busy={run.kind === "running"}>
      {run.kind === "none" ? <p className="empty">{t(`result.empty.${pipeline.result}`)}</p> : null}
      {run.kind === "running" ? (
        <>
          {run.text === "" ? null : <Conversation text={run.text} />}
          <Waiting since={run.since} />
        </>
      ) : null}
      {run.kind !== "over" ? null : run.result.kind === "failed" ? (
        <Failure pipeline={pipeline} values={run.values} result={run.result} control={control} />
      ) : (
        <>
          <Result pipeline={pipeline} values={run.values} value={run.result.value} />
          <Settled modelId={run.values.modelId} result={run.result} weiPerUsd={weiPerUsd} />
        </>
      )}
    </section>
  );
}

function Waiting({ since }: { since: number }) {
  const { t } = useTranslation();
  const now = useNow(250);
  return (
    <p className="waiting" role="status">
      {t("result.running")} <span className="num">{Math.max(0, Math.floor((now - since) / 1000))}</span>
      <span className="unit">s</span>
    </p>
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

function Result({
  pipeline,
  values,
  value,
}: {
  pipeline: AiPipeline;
  values: FormValues;
  value: Readonly<Record<string, unknown>>;
}) {
  switch (pipeline.result) {
    case "images":
      return <Pictures value={value} prompt={values.texts["prompt"] ?? ""} />;
    case "video":
      return <Video value={value} />;
    case "audio":
      return <Sound value={value} />;
    case "text":
      return <Transcript value={value} />;
    case "caption":
      return <Conversation text={String(value["text"] ?? "")} />;
    case "masks":
      return <Masks value={value} picture={values.files["image"]} />;
    case "llm":
      return <Conversation {...conversationOf(value)} />;
  }
}

function conversationOf(value: Readonly<Record<string, unknown>>) {
  type Answer = {
    choices?: readonly { finish_reason?: string; message?: { content?: string } }[];
    usage?: { prompt_tokens?: number; completion_tokens?: number };
  };
  const { choices, usage } = value as Answer;
  const isCut = choices?.[0]?.finish_reason === "length";
  return { text: choices?.[0]?.message?.content ?? "", usage, isCut };
}
