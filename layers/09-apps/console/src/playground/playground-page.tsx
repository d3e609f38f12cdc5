import type { AiCapabilities, AiPipelineList } from "@livepeer-ts/sdk";
import { Reason } from "@livepeer-ts/ui";
import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useJson } from "../api/use-json.ts";
import { PipelineList } from "./pipeline-list.tsx";
import { PipelineWorkbench } from "./pipeline-workbench.tsx";
import "./playground.css";

const offersEveryMs = 10_000;

/** `/console/playground/:pipeline`. */
export function PlaygroundPage() {
  const { t } = useTranslation();
  const { pipeline: name = "" } = useParams({ strict: false });
  const { model = "" }: { model?: string } = useSearch({ strict: false });
  const list = useJson<AiPipelineList>("/api/ai/pipelines");
  const network = useJson<AiCapabilities>("/api/ai/capabilities", offersEveryMs);
  const pipeline = list.value?.pipelines.find((one) => one.name === name);
  useEffect(() => {
    document.title = `${pipeline === undefined ? t("nav.playground") : t(`pipelines.${name}.name`)} · livepeer-ts`;
  }, [pipeline, name, t]);
  return (
    <>
      <PipelineList pipelines={list.value?.pipelines} network={network.value} current={name} />
      <main id="main" className="det">
        {list.hasFailed && list.value === undefined ? (
          <Reason
            tone="bad"
            what={t("failures.SERVER_GONE.what")}
            remedy={t("failures.SERVER_GONE.remedy")}
            code="SERVER_GONE"
          >
            <button type="button" className="btn s" onClick={list.again}>
              {t("failures.again")}
            </button>
          </Reason>
        ) : list.value === undefined ? (
          <h1>
            <span className="ghosted" />
            <span className="vh">{t("playground.loading")}</span>
          </h1>
        ) : pipeline === undefined ? (
          <>
            <h1>{t("playground.unknown", { name })}</h1>
            <p className="dim">{t("playground.unknownText")}</p>
          </>
        ) : (
          <PipelineWorkbench
            key={`${pipeline.name} ${model}`}
            pipeline={pipeline}
            startModel={model}
            maxRequestBytes={list.value.maxRequestBytes}
            network={network}
          />
        )}
      </main>
    </>
  );
}
