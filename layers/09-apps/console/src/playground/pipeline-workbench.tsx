import type { AiCapabilities, AiPipeline } from "@livepeer-ts/sdk";
import { Reason } from "@livepeer-ts/ui";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Asked } from "../api/use-json.ts";
import { CodePanel } from "./code/code-panel.tsx";
import { type Difference, differenceOf, differingSettings, secondValues } from "./comparison.ts";
import { exampleValues, loadSamples } from "./examples.ts";
import { RequestForm } from "./form/request-form.tsx";
import { RunActions } from "./form/run-actions.tsx";
import { SecondForm } from "./form/second-form.tsx";
import type { FormValues } from "./form-values.ts";
import { NoModel } from "./no-model.tsx";
import { PastRunList } from "./past-runs.tsx";
import { Example } from "./result/example.tsx";
import { Failure } from "./result/failure.tsx";
import { failureCode } from "./result/failure-code.ts";
import { ResultPanel } from "./result/result-panel.tsx";
import type { PastRun } from "./run-history.ts";
import { useApiKey } from "./use-api-key.ts";
import { usePastRuns } from "./use-past-runs.ts";
import { type Run, type RunControl, useRun } from "./use-run.ts";

/**
 * One pipeline: what goes in on the left, what comes out on the right, the same call as code below. With a comparison both requests stand
 * side by side, and both results below them.
 */
export function PipelineWorkbench({
  pipeline,
  startModel,
  maxRequestBytes,
  network,
}: {
  pipeline: AiPipeline;
  /** The model that the form begins with; empty: the first that somebody offers. */
  startModel: string;
  maxRequestBytes: number;
  network: Asked<AiCapabilities>;
}) {
  const { t } = useTranslation();
  const offered = network.value?.models.filter((model) => model.pipeline === pipeline.name && model.offers.length > 0);
  const formId = useId();
  const [values, setValues] = useState<FormValues>(() => exampleValues(pipeline, startModel));
  const [sampleFiles, setSampleFiles] = useState<FormValues["files"]>({});
  const [own, setOwn] = useState<Difference>();
  const apiKey = useApiKey();
  const past = usePastRuns(pipeline.name);
  const first = useRun(pipeline, apiKey.value, past.add);
  const second = useRun(pipeline, apiKey.value, past.add);
  // what is offered comes after the form is there; a choice of the person's stays, and other edits are none
  const modelId = values.modelId === "" ? (offered?.[0]?.modelId ?? pipeline.defaultModel) : values.modelId;
  const chosen = { ...values, modelId };
  const weiPerUsd = network.value?.weiPerUsd ?? null;
  useEffect(() => {
    let isOver = false;
    void loadSamples(pipeline).then((files) => {
      if (isOver) return;
      setSampleFiles(files);
      setValues((before) => ({ ...before, files: { ...files, ...before.files } }));
    });
    return () => {
      isOver = true;
    };
  }, [pipeline]);

  /** One after the other: at the same time they would take time from each other. */
  const runBoth = async (other: Difference) => {
    second.hold();
    const result = await first.start(chosen);
    if (result === undefined) return;
    if (result.kind === "failed" && failureCode(result) === "KEY_NEEDED") second.clear();
    else await second.start(secondValues(chosen, other));
  };
  const run = () => void (own === undefined ? first.start(chosen) : runBoth(own));
  const endComparison = () => {
    second.clear();
    setOwn(undefined);
  };
  const compare = () => {
    if (own !== undefined) return endComparison();
    const other = offered?.find((model) => model.modelId !== modelId);
    setOwn({ modelId: other?.modelId ?? modelId, texts: {} });
  };
  const runAgain = (again: PastRun) => {
    endComparison();
    setValues(again.values);
    void first.start(again.values);
  };
  const compareWith = ({ values: before, result }: PastRun) => {
    setOwn(differenceOf(chosen, before));
    second.show(before, result);
  };

  const panelOf = (control: RunControl, title: string | undefined, requests: Requests) => (
    <ResultPanel
      pipeline={pipeline}
      run={control.run}
      title={title}
      settings={requests.other === undefined ? [] : differingSettings(pipeline, requests.own, requests.other)}
      weiPerUsd={weiPerUsd}
      nothing={
        control === first ? (
          <Example pipeline={pipeline} files={sampleFiles} />
        ) : (
          <p className="empty">{t(`result.empty.${pipeline.result}`)}</p>
        )
      }
      failure={(failed, result) => (
        <Failure
          pipeline={pipeline}
          values={failed.values}
          result={result}
          models={offered}
          apiKey={apiKey}
          onAgain={(again) => {
            if (control === first) setValues(again);
            else setOwn(differenceOf(chosen, again));
            void control.start(again);
          }}
        />
      )}
    />
  );
  const isRunning = isBusy(first.run) || isBusy(second.run);
  const actions = (
    <RunActions
      form={formId}
      canRun={offered === undefined || offered.length > 0}
      isRunning={isRunning}
      isComparing={own !== undefined}
      onCancel={() => {
        first.clear();
        second.clear();
      }}
    />
  );
  const firstAsked = askedOf(first.run, chosen);
  const secondAsked = own === undefined ? undefined : askedOf(second.run, secondValues(chosen, own));
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
        onChange={(next) => setValues(next.modelId === modelId ? { ...next, modelId: values.modelId } : next)}
        models={offered}
        weiPerUsd={weiPerUsd}
        maxRequestBytes={maxRequestBytes}
        id={formId}
        isRunning={isRunning}
        isComparing={own !== undefined}
        onRun={run}
        onCompare={compare}
        actions={own === undefined ? actions : null}
      />
      {own === undefined ? null : (
        <SecondForm
          pipeline={pipeline}
          first={chosen}
          own={own}
          onChange={setOwn}
          models={offered}
          weiPerUsd={weiPerUsd}
          actions={actions}
        />
      )}
      {panelOf(first, own === undefined ? undefined : t("compare.first"), { own: firstAsked, other: secondAsked })}
      {secondAsked === undefined ? null : panelOf(second, t("compare.second"), { own: secondAsked, other: firstAsked })}
      <CodePanel pipeline={pipeline} values={chosen} />
      <PastRunList pipeline={pipeline} past={past} weiPerUsd={weiPerUsd} onAgain={runAgain} onCompare={compareWith} />
    </>
  );
}

/** A panel's request, and the one that it is compared with. */
type Requests = { readonly own: FormValues; readonly other: FormValues | undefined };

function isBusy({ kind }: Run): boolean {
  return kind === "running" || kind === "held";
}

/** What a result answers; before there is one, what the form has. */
function askedOf(run: Run, form: FormValues): FormValues {
  return run.kind === "running" || run.kind === "over" ? run.values : form;
}
