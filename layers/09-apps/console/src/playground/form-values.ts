import type { AiField, AiPipeline } from "@livepeer-ts/sdk";

export type Message = { readonly role: string; readonly content: string };

/** What a form holds. Texts are as typed; an empty one is not sent. */
export type FormValues = {
  readonly modelId: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly messages: readonly Message[];
  readonly files: Readonly<Record<string, File>>;
};

/** The fields that a person fills in, those first that are needed. The model has a place of its own. */
export function shownFields({ fields, modelField }: AiPipeline): {
  readonly main: AiField[];
  readonly more: AiField[];
} {
  const shown = fields.filter((field) => field.name !== modelField && field.isMeasured !== true);
  const isMain = (field: AiField) => field.isRequired === true || mainNames.has(field.name);
  const weight = (field: AiField) => (field.type === "file" ? 0 : field.isRequired === true ? 1 : 2);
  return {
    main: shown.filter(isMain).sort((a, b) => weight(a) - weight(b)),
    more: shown.filter((field) => !isMain(field)),
  };
}

/** Not required by the wire, but without them there is nothing to do. */
const mainNames: ReadonlySet<string> = new Set(["text", "prompt", "point_coords", "point_labels"]);

/** What a field is when nothing is sent. */
export function defaultOf(field: AiField): string | number | boolean | undefined {
  return field.gatewayDefault ?? field.runnerDefault;
}

/** Members of the request without files, with the types that the pipeline takes. */
export function requestFields(pipeline: AiPipeline, values: FormValues): Record<string, unknown> {
  const fields: Record<string, unknown> = { [pipeline.modelField]: values.modelId };
  for (const field of pipeline.fields) {
    if (field.name === pipeline.modelField || field.type === "file") continue;
    if (field.type === "messages") {
      fields[field.name] = values.messages;
      continue;
    }
    const text = values.texts[field.name] ?? "";
    const isText = field.type === "string";
    if (text.trim() === "" && !(isText && field.isRequired === true)) continue;
    fields[field.name] = isText ? text : field.type === "boolean" ? text === "true" : Number(text);
  }
  return fields;
}

/** The request's body as `fetch` takes it. */
export function requestBody(pipeline: AiPipeline, values: FormValues): FormData | string {
  const fields = requestFields(pipeline, values);
  if (pipeline.body === "json") return JSON.stringify(fields);
  const form = new FormData();
  for (const [name, file] of Object.entries(values.files)) form.set(name, file, file.name);
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  return form;
}
