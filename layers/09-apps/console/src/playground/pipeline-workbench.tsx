import type { AiCapabilities, AiPipeline } from "@livepeer-ts/sdk";
import { Reason } from "@livepeer-ts/ui";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Asked } from "../api/use-json.ts";
import { CodePanel } from "./code/code-panel.tsx";
import { exampleValues, loadSamples } from "./examples.ts";
import { RequestForm } from "./form/request-form.tsx";
import type { FormValues } from "./form-values.ts";
import { NoModel } from "./no-model.tsx";
import { PastRuns } from "./past-runs.tsx";
import { ResultPanel } from "./result/result-panel.tsx";
import { useRun } from "./use-run.ts";

/** One pipeline: what goes in on the left, what comes out on the right, the same call as code below. */
export function PipelineWorkbench({
  pipeline,
  maxRequestBytes,
  network,
}: {
  pipeline: AiPipeline;
  maxRequestBytes: number;
  network: Asked<AiCapabilities>;
}) {
  const { t } = useTranslation();
  const offered = network.value?.models.filter((model) => model.pipeline === pipeline.name && model.offers.length > 0);
  const [values, setValues] = useState<FormValues>(() => exampleValues(pipeline, ""));
  const control = useRun(pipeline);
  const first = offered?.[0]?.modelId;
  // what is offered comes after the form is there; a choice of the person's stays
  const modelId = values.modelId === "" ? (first ?? pipeline.defaultModel) : values.modelId;
  const chosen = { ...values, modelId };
  useEffect(() => {
    let isOver = false;
    void loadSamples(pipeline).then((files) => {
      if (!isOver) setValues((before) => ({ ...before, files: { ...files, ...before.files } }));
    });
    return () => {
      isOver = true;
    };
  }, [pipeline]);
  return (
    <>
      <div className="title full">
        <h1>{t(`pipelines.${pipeline.name}.name`)}</h1>
        <p className="meta">{t(`pipelines.${pipeline.name}.purpose`)}</p>
      </div>
      {network.hasFailed ? (
        <div className="full">
          <Reason
            tone="bad"
            what={t("failures.SERVER_GONE.what")}
            remedy={t("failures.SERVER_GONE.remedy")}
            code="SERVER_GONE"
          >
            <button type="button" className="btn s" onClick={network.again}>
              {t("failures.again")}
            </button>
          </Reason>
        </div>
      ) : offered?.length === 0 ? (
        <NoModel pipeline={pipeline} />
      ) : null}
      <RequestForm
        pipeline={pipeline}
        values={chosen}
        onChange={setValues}
        models={offered}
        weiPerUsd={network.value?.weiPerUsd ?? null}
        maxRequestBytes={maxRequestBytes}
        isRunning={control.run.kind === "running"}
        onRun={() => control.start(chosen)}
        onCancel={control.cancel}
      />
      <ResultPanel pipeline={pipeline} control={control} weiPerUsd={network.value?.weiPerUsd ?? null} />
      <CodePanel pipeline={pipeline} values={chosen} />
      <PastRuns runs={control.past} weiPerUsd={network.value?.weiPerUsd ?? null} onUse={setValues} />
    </>
  );
}
