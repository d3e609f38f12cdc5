import type { AiField, AiPipeline } from "@livepeer-ts/sdk";
import { defaultOf, type FormValues } from "./form-values.ts";

/** What the second of two compared runs has of its own; everything else is the first one's. */
export type Difference = { readonly modelId: string; readonly texts: Readonly<Record<string, string>> };

/** The second run's request. */
export function secondValues(first: FormValues, { modelId, texts }: Difference): FormValues {
  return { ...first, modelId, texts: { ...first.texts, ...texts } };
}

/** A difference with one setting changed; what is as in the first is no difference. */
export function withText(first: FormValues, own: Difference, name: string, text: string): Difference {
  const { [name]: _before, ...others } = own.texts;
  return { ...own, texts: text === (first.texts[name] ?? "") ? others : { ...others, [name]: text } };
}

/** How another request differs from the first in model and settings. */
export function differenceOf(first: FormValues, { modelId, texts }: FormValues): Difference {
  const names = new Set([...Object.keys(first.texts), ...Object.keys(texts)]);
  const differing = [...names].filter((name) => (first.texts[name] ?? "") !== (texts[name] ?? ""));
  return { modelId, texts: Object.fromEntries(differing.map((name) => [name, texts[name] ?? ""])) };
}

/** A setting as it was sent: its default where it was left out, empty where there is none. */
export type Setting = { readonly name: string; readonly value: string };

/** Settings of `values` in which two requests differ, in the order of the pipeline's fields. */
export function differingSettings(pipeline: AiPipeline, values: FormValues, other: FormValues): readonly Setting[] {
  return pipeline.fields
    .filter(({ name, type }) => type !== "file" && type !== "messages" && name !== pipeline.modelField)
    .filter(({ name }) => (values.texts[name] ?? "") !== (other.texts[name] ?? ""))
    .map((field) => ({ name: field.name, value: values.texts[field.name] || String(defaultOf(field) ?? "") }));
}

/** What was asked: settings that were filled in, without those at their default, the last message, names of files. */
export function chosenSettings(pipeline: AiPipeline, { texts, messages, files }: FormValues): readonly Setting[] {
  const textOf = ({ name, type }: AiField): string =>
    type === "messages"
      ? (messages.at(-1)?.content ?? "")
      : type === "file"
        ? (files[name]?.name ?? "")
        : (texts[name] ?? "");
  return pipeline.fields
    .filter(({ name }) => name !== pipeline.modelField)
    .map((field) => ({ name: field.name, value: textOf(field), otherwise: String(defaultOf(field) ?? "") }))
    .filter(({ value, otherwise }) => value.trim() !== "" && value !== otherwise)
    .map(({ name, value }) => ({ name, value }));
}
