import type { AiPipeline } from "@livepeer-ts/sdk";
import { CopyButton } from "@livepeer-ts/ui";
import { type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FormValues } from "../form-values.ts";
import { jobPath } from "../run-job.ts";
import { curlCall } from "./curl-call.ts";
import { pythonCall } from "./python-call.ts";
import { typescriptCall } from "./typescript-call.ts";

const writers = { curl: curlCall, TypeScript: typescriptCall, Python: pythonCall } as const;
const names = Object.keys(writers) as (keyof typeof writers)[];

/** The same request as somebody's own program would make it. */
export function CodePanel({ pipeline, values }: { pipeline: AiPipeline; values: FormValues }) {
  const { t } = useTranslation();
  const id = useId();
  const [shown, setShown] = useState<keyof typeof writers>("curl");
  const code = writers[shown](pipeline, values, `${location.origin}${jobPath(pipeline)}`);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = names[(names.indexOf(shown) + step + names.length) % names.length] as keyof typeof writers;
    setShown(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <section className="panel full code">
      <header>
        <h2 className="grow">{t("code.title")}</h2>
        <CopyButton text={code} label={shown} />
      </header>
      <div className="tabs" role="tablist" aria-label={t("code.title")} onKeyDown={onKeyDown}>
        {names.map((name) => (
          <button
            key={name}
            id={`${id}-${name}`}
            type="button"
            role="tab"
            aria-selected={name === shown}
            aria-controls={`${id}-code`}
            tabIndex={name === shown ? 0 : -1}
            onClick={() => setShown(name)}
          >
            {name}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard */}
      <pre id={`${id}-code`} role="tabpanel" aria-labelledby={`${id}-${shown}`} tabIndex={0}>
        {code}
      </pre>
      <p className="hint">{t("code.key")}</p>
    </section>
  );
}
