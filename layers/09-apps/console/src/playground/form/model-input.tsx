import type { AiCapability } from "@livepeer-ts/sdk";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { referenceModels } from "../reference-models.ts";

/** The models that somebody offers; before that is known, and when nobody does, the name alone. */
export function ModelInput({
  models,
  modelId,
  isOwn = false,
  onChange,
}: {
  models: readonly AiCapability[] | undefined;
  modelId: string;
  /** It differs from what it is compared with. */
  isOwn?: boolean;
  onChange: (modelId: string) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {t("fields.model")}
        {isOwn ? <span className="tag">{t("compare.differs")}</span> : null}
      </label>
      {referenceModels.has(modelId) ? (
        <span className="tag hint" title={t("form.referenceText")}>
          {t("form.reference")}
        </span>
      ) : null}
      {models === undefined || models.length === 0 ? (
        <input id={id} value={modelId} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <select id={id} value={modelId} onChange={(event) => onChange(event.target.value)}>
          {models.some((model) => model.modelId === modelId) ? null : <option value={modelId}>{modelId}</option>}
          {models.map((model) => (
            <option key={model.modelId} value={model.modelId}>
              {model.modelId}
              {model.offers.some(({ isWarm }) => isWarm) ? "" : ` · ${t("form.cold")}`}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
