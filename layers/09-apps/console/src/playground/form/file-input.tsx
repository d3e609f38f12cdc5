import type { AiField } from "@livepeer-ts/sdk";
import { type DragEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { samples } from "../examples.ts";
import { FilePreview, type Point } from "./file-preview.tsx";

/** A picture or a sound: chosen, dropped, or the sample that is there from the start. */
export function FileInput({
  field,
  file,
  maxBytes,
  onFile,
  onPoint,
  points,
  box,
}: {
  field: AiField;
  file: File | undefined;
  maxBytes: number;
  onFile: (file: File) => void;
  /** Told where somebody clicks into the picture; undefined: nowhere in particular. */
  onPoint: ((point: Point) => void) | undefined;
  /** Points of the request, shown on the picture. */
  points: string | undefined;
  /** And its box. */
  box: string | undefined;
}) {
  const { t } = useTranslation();
  const id = useId();
  const [problem, setProblem] = useState<string>();
  const isPicture = field.name === "image";
  const take = (chosen: File | undefined) => {
    if (chosen === undefined) return;
    if (chosen.size > maxBytes) {
      setProblem(t("form.tooLarge", { size: megabytes(chosen.size), limit: megabytes(maxBytes) }));
      return;
    }
    setProblem(undefined);
    onFile(chosen);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  };
  const isSample = file !== undefined && file.name === samples[field.name]?.name;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button below does the same
    <div className="field file" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
      <span className="label">{t(`fields.${field.name}`)}</span>
      <span className="hint">
        {t("form.upTo", { size: megabytes(maxBytes) })} <code>{field.name}</code>
      </span>
      {file === undefined ? null : (
        <FilePreview file={file} isPicture={isPicture} onPoint={onPoint} points={points} box={box} />
      )}
      <div className="row">
        <input
          id={id}
          className="vh"
          type="file"
          accept={isPicture ? "image/*" : "audio/*,video/mp4"}
          aria-describedby={`${id}-hint`}
          onChange={(event) => take(event.target.files?.[0])}
        />
        <label className="btn s" htmlFor={id}>
          {t("form.choose")}
        </label>
        <span id={`${id}-hint`} className="hint">
          {file === undefined ? t("form.noFile") : `${file.name} · ${megabytes(file.size)} MB`}
          {isSample ? ` · ${t(`form.sample.${field.name}`)}` : ""}
        </span>
      </div>
      {problem === undefined ? null : (
        <p role="alert" className="badc sm">
          {problem}
        </p>
      )}
    </div>
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);
}
