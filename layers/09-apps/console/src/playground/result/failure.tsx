import type { AiCapability, AiPipeline } from "@livepeer-ts/sdk";
import { Reason } from "@livepeer-ts/ui";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FormValues } from "../form-values.ts";
import type { JobResult } from "../run-job.ts";
import type { ApiKey } from "../use-api-key.ts";
import { failureCode, inputMessage } from "./failure-code.ts";

/** Why there is no result, and the way on. */
export function Failure({
  pipeline,
  values,
  result,
  models,
  apiKey,
  onAgain,
}: {
  pipeline: AiPipeline;
  values: FormValues;
  result: Extract<JobResult, { kind: "failed" }>;
  /** Models that somebody offers; undefined while nobody knows. */
  models: readonly AiCapability[] | undefined;
  apiKey: ApiKey;
  /** Runs a request in place of the one that failed. */
  onAgain: (values: FormValues) => void;
}) {
  const { t } = useTranslation();
  const code = failureCode(result);
  const words = {
    pipeline: t(`pipelines.${pipeline.name}.name`),
    model: values.modelId,
    message: inputMessage(result.message),
  };
  const other = code === "NO_MACHINE" ? models?.find(({ modelId }) => modelId !== values.modelId) : undefined;
  const remedy =
    other === undefined
      ? t(`failures.${code}.remedy`, words)
      : t("failures.otherModel", { count: other.offers.length, model: other.modelId });
  return (
    <div className="failed">
      <Reason tone="bad" what={t(`failures.${code}.what`, words)} remedy={remedy} code={code}>
        {code === "KEY_NEEDED" ? null : other === undefined ? (
          <button type="button" className="btn s" onClick={() => onAgain(values)}>
            {t("failures.again")}
          </button>
        ) : (
          <button type="button" className="btn s" onClick={() => onAgain({ ...values, modelId: other.modelId })}>
            {t("failures.useModel", { model: other.modelId })}
          </button>
        )}
      </Reason>
      {code === "KEY_NEEDED" ? <KeyForm apiKey={apiKey} /> : null}
      {result.requestId === "" ? null : (
        <p className="xs faint">
          {t("result.requestId")} <code>{result.requestId}</code>
        </p>
      )}
    </div>
  );
}

function KeyForm({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const id = useId();
  const [key, setKey] = useState(apiKey.value);
  const keep = (event: FormEvent) => {
    event.preventDefault();
    apiKey.keep(key.trim());
  };
  return (
    <form className="field" onSubmit={keep}>
      <label htmlFor={id}>{t("failures.key")}</label>
      <div className="row">
        <input
          id={id}
          className="grow mono"
          value={key}
          required
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setKey(event.target.value)}
        />
        <button type="submit" className="btn">
          {t("failures.useKey")}
        </button>
      </div>
      <p className="hint" role="status">
        {apiKey.value === "" ? t("failures.keyHint") : t("failures.keyKept")}
      </p>
    </form>
  );
}
