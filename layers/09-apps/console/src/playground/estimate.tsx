import type { AiCapability, AiPipeline } from "@livepeer-ts/sdk";
import { useTranslation } from "react-i18next";
import { Cost } from "./cost.tsx";
import { estimatedUnits, estimatedWei } from "./estimated-price.ts";
import type { FormValues } from "./form-values.ts";
import { useFileFacts } from "./use-file-facts.ts";

/** What a request will cost, as far as that is known before it. */
export function Estimate({
  pipeline,
  values,
  models,
  weiPerUsd,
}: {
  pipeline: AiPipeline;
  values: FormValues;
  /** Undefined while nobody knows. */
  models: readonly AiCapability[] | undefined;
  weiPerUsd: string | null;
}) {
  const { t } = useTranslation();
  const facts = useFileFacts(values.files);
  const model = models?.find(({ modelId }) => modelId === values.modelId);
  const wei = estimatedWei(estimatedUnits(pipeline, values, facts), model);
  return (
    <span className="about">
      {models?.length === 0 ? t("form.noModel") : null}
      {wei === undefined ? null : (
        <>
          {wei === null || weiPerUsd !== null ? null : <span className="faint">{t("form.about")} </span>}
          <Cost wei={wei} weiPerUsd={weiPerUsd} />
        </>
      )}
    </span>
  );
}
