import type { AiPipeline } from "@livepeer-ts/sdk";
import { Reason } from "@livepeer-ts/ui";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FormValues } from "../form-values.ts";
import type { JobResult } from "../run-job.ts";
import type { RunControl } from "../use-run.ts";
import { failureCode, inputMessage } from "./failure-code.ts";

/** Why there is no result, and the way on. */
export function Failure({
  pipeline,
  values,
  result,
  control,
}: {
  pipeline: AiPipeline;
  values: FormValues;
  result: Extract<JobResult, { kind: "failed" }>;
  control: RunControl;
}) {
  const { t } = useTranslation();
  const code = failureCode(result);
  const words = {
    pipeline: t(`pipelines.${pipeline.name}.name`),
    model: values.modelId,
    message: inputMessage(result.message),
  };
  return (
    <div className="failed">
      <Reason
        tone="bad"
        what={t(`failures.${code}.what`, words)}
        remedy={t(`failures.${code}.remedy`, words)}
        code={code}
      >
        {code === "KEY_NEEDED" ? null : (
          <button type="button" className="btn s" onClick={() => control.start(values)}>
            {t("failures.again")}
          </button>
        )}
      </Reason>
      {code === "KEY_NEEDED" ? <KeyForm control={control} /> : null}
      {result.requestId === "" ? null : (
        <p className="xs faint">
          {t("result.requestId")} <code>{result.requestId}</code>
        </p>
      )}
    </div>
  );
}

function KeyForm({ control }: { control: RunControl }) {
  const { t } = useTranslation();
  const id = useId();
  const [key, setKey] = useState(control.apiKey);
  const keep = (event: FormEvent) => {
    event.preventDefault();
    control.setApiKey(key.trim());
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
        {control.apiKey === "" ? t("failures.keyHint") : t("failures.keyKept")}
      </p>
    </form>
  );
}
