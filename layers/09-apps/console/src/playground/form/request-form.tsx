import type { AiCapability, AiField, AiPipeline } from "@livepeer-ts/sdk";
import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Estimate } from "../estimate.tsx";
import { type FormValues, shownFields } from "../form-values.ts";
import { FieldInput } from "./field-input.tsx";
import { FileInput } from "./file-input.tsx";
import { MessagesInput } from "./messages-input.tsx";
import { ModelInput } from "./model-input.tsx";

/** The form of a pipeline, made from its description: what is needed first, the rest folded. */
export function RequestForm({
  pipeline,
  values,
  onChange,
  models,
  weiPerUsd,
  maxRequestBytes,
  id,
  isRunning,
  isComparing,
  onRun,
  onCompare,
  actions,
}: {
  pipeline: AiPipeline;
  values: FormValues;
  onChange: (values: FormValues) => void;
  /** Undefined while nobody knows. */
  models: readonly AiCapability[] | undefined;
  weiPerUsd: string | null;
  maxRequestBytes: number;
  id: string;
  isRunning: boolean;
  /** A second run of the same input stands beside it. */
  isComparing: boolean;
  onRun: () => void;
  /** Begins or ends the comparison. */
  onCompare: () => void;
  /** What runs it, where that does not stand elsewhere. */
  actions: ReactNode;
}) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const { main, more } = shownFields(pipeline);
  const canRun = models === undefined || models.length > 0;
  const setText = (name: string, text: string) => onChange({ ...values, texts: { ...values.texts, [name]: text } });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (canRun && !isRunning) onRun();
  };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      form.current?.requestSubmit();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  const input = (field: AiField) => {
    if (field.type === "file") {
      return (
        <FileInput
          key={field.name}
          field={field}
          file={values.files[field.name]}
          maxBytes={maxRequestBytes}
          onFile={(file) => onChange({ ...values, files: { ...values.files, [field.name]: file } })}
          onPoint={
            pipeline.result === "masks"
              ? ({ x, y }) =>
                  onChange({
                    ...values,
                    texts: { ...values.texts, point_coords: `[[${x},${y}]]`, point_labels: "[1]", box: "" },
                  })
              : undefined
          }
          points={pipeline.result === "masks" ? values.texts["point_coords"] : undefined}
          box={pipeline.result === "masks" ? values.texts["box"] : undefined}
        />
      );
    }
    if (field.type === "messages") {
      return (
        <MessagesInput
          key={field.name}
          messages={values.messages}
          onChange={(messages) => onChange({ ...values, messages })}
        />
      );
    }
    return (
      <FieldInput
        key={field.name}
        field={field}
        value={values.texts[field.name] ?? ""}
        onChange={(text) => setText(field.name, text)}
      />
    );
  };
  return (
    <form ref={form} id={id} className="panel request" onSubmit={submit} aria-label={t("form.label")}>
      {isComparing ? <h2>{t("compare.first")}</h2> : null}
      <ModelInput models={models} modelId={values.modelId} onChange={(modelId) => onChange({ ...values, modelId })} />
      {main.map(input)}
      {more.length === 0 ? null : (
        <details>
          <summary>{t("form.more", { count: more.length })}</summary>
          <div className="more">{more.map(input)}</div>
        </details>
      )}
      <div className="act">
        {actions}
        <button type="button" className="btn ghost" aria-pressed={isComparing} onClick={onCompare}>
          {t("compare.action")}
        </button>
        <Estimate pipeline={pipeline} values={values} models={models} weiPerUsd={weiPerUsd} />
      </div>
    </form>
  );
}
