import type { AiField } from "@livepeer-ts/sdk";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { defaultOf } from "../form-values.ts";

/** Texts that are more than a line. */
const longTexts: ReadonlySet<string> = new Set(["prompt", "text", "description", "negative_prompt", "mask_input"]);

/** One field of the request, by its type. Left empty it is not sent, and the default counts. */
export function FieldInput({
  field,
  value,
  isOwn = false,
  onChange,
}: {
  field: AiField;
  value: string;
  /** It differs from what it is compared with. */
  isOwn?: boolean;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const otherwise = defaultOf(field);
  const isNumber = field.type === "integer" || field.type === "number";
  const common = { id, required: field.isRequired === true, "aria-describedby": `${id}-hint` };
  return (
    <div className={isNumber || field.type === "boolean" || field.choices !== undefined ? "field short" : "field"}>
      <label htmlFor={id}>
        {t(`fields.${field.name}`)}
        {isOwn ? <span className="tag">{t("compare.differs")}</span> : null}
      </label>
      {field.type === "boolean" || field.choices !== undefined ? (
        <select {...common} value={value} onChange={(event) => onChange(event.target.value)}>
          {field.isRequired === true ? null : (
            <option value="">{t("form.default", { value: String(otherwise) })}</option>
          )}
          {(field.choices ?? ["true", "false"]).map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : isNumber ? (
        <input
          {...common}
          type="number"
          step={field.type === "integer" ? 1 : "any"}
          value={value}
          placeholder={otherwise === undefined ? t("form.any") : String(otherwise)}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : longTexts.has(field.name) ? (
        <textarea {...common} rows={2} value={value} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...common} value={value} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
      )}
      <code id={`${id}-hint`} className="hint">
        {field.name}
      </code>
    </div>
  );
}
