import type { AiCapability, AiField, AiPipeline } from "@livepeer-ts/sdk";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Difference, secondValues, withText } from "../comparison.ts";
import { Estimate } from "../estimate.tsx";
import { type FormValues, shownFields } from "../form-values.ts";
import { FieldInput } from "./field-input.tsx";
import { ModelInput } from "./model-input.tsx";

/** The second of two compared runs: the first one's input, with another model or other settings. */
export function SecondForm({
  pipeline,
  first,
  own,
  onChange,
  models,
  weiPerUsd,
  actions,
}: {
  pipeline: AiPipeline;
  first: FormValues;
  own: Difference;
  onChange: (own: Difference) => void;
  /** Undefined while nobody knows. */
  models: readonly AiCapability[] | undefined;
  weiPerUsd: string | null;
  /** What runs both. */
  actions: ReactNode;
}) {
  const { t } = useTranslation();
  const values = secondValues(first, own);
  const { main, more } = shownFields(pipeline);
  const isText = ({ type }: AiField) => type !== "file" && type !== "messages";
  const isSame = own.modelId === first.modelId && Object.keys(own.texts).length === 0;
  const input = (field: AiField) => (
    <FieldInput
      key={field.name}
      field={field}
      value={values.texts[field.name] ?? ""}
      isOwn={field.name in own.texts}
      onChange={(text) => onChange(withText(first, own, field.name, text))}
    />
  );
  return (
    <section className="panel request second" aria-label={t("compare.second")}>
      <div>
        <h2>{t("compare.second")}</h2>
        <p className="hint">{isSame ? t("compare.same") : t("compare.hint")}</p>
      </div>
      <ModelInput
        models={models}
        modelId={own.modelId}
        isOwn={own.modelId !== first.modelId}
        onChange={(modelId) => onChange({ ...own, modelId })}
      />
      {main.filter(isText).map(input)}
      {more.length === 0 ? null : (
        <details open={more.some(({ name }) => name in own.texts)}>
          <summary>{t("form.more", { count: more.length })}</summary>
          <div className="more">{more.filter(isText).map(input)}</div>
        </details>
      )}
      <div className="act">
        {actions}
        <Estimate pipeline={pipeline} values={values} models={models} weiPerUsd={weiPerUsd} />
      </div>
    </section>
  );
}
