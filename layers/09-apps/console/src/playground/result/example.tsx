import type { AiPipeline } from "@livepeer-ts/sdk";
import { useTranslation } from "react-i18next";
import { useExampleResult } from "../example-results.ts";
import { exampleValues } from "../examples.ts";
import type { FormValues } from "../form-values.ts";
import { Answer } from "./answer.tsx";

/** What stands in the result's place before a run: what came of the example that the form begins with. */
export function Example({ pipeline, files }: { pipeline: AiPipeline; files: FormValues["files"] }) {
  const { t } = useTranslation();
  const result = useExampleResult(pipeline);
  if (result === undefined) return <p className="empty">{t(`result.empty.${pipeline.result}`)}</p>;
  const { modelId, value } = result;
  return (
    <>
      <p className="row sm dim example">
        <span className="tag">{t("result.example")}</span>
        <span>{t("result.exampleOf", { model: modelId })}</span>
      </p>
      <Answer pipeline={pipeline} values={{ ...exampleValues(pipeline, modelId), files }} value={value} />
    </>
  );
}
