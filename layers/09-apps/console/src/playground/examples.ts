import type { AiPipeline } from "@livepeer-ts/sdk";
import { defaultOf, type FormValues } from "./form-values.ts";

/** A file that comes with the page. */
export type Sample = { readonly name: string; readonly type: string; readonly url: string };

/** By field: what is there before somebody chooses a file. */
export const samples: Readonly<Record<string, Sample>> = {
  image: { name: "bunny.jpg", type: "image/jpeg", url: new URL("../samples/bunny.jpg", import.meta.url).href },
  audio: { name: "speech.wav", type: "audio/wav", url: new URL("../samples/speech.wav", import.meta.url).href },
};

const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "text-to-image": { prompt: "a red heart" },
  "image-to-image": { prompt: "a bear" },
  upscale: { prompt: "a rabbit on a meadow" },
  "segment-anything-2": { point_coords: "[[230,200]]", point_labels: "[1]", box: "[70,35,320,320]" },
  "text-to-speech": { text: "Hello. This voice was made by a machine somewhere in the network." },
  llm: { max_tokens: "128", stream: "true", temperature: "0" },
};

/** The example of a pipeline, which really runs; files come by `loadSamples`. */
export function exampleValues(pipeline: AiPipeline, modelId: string): FormValues {
  const required = pipeline.fields
    .filter((field) => field.isRequired === true && defaultOf(field) !== undefined)
    .map((field) => [field.name, String(defaultOf(field))] as const);
  return {
    modelId,
    texts: { ...Object.fromEntries(required), ...texts[pipeline.name] },
    messages: pipeline.result === "llm" ? [{ role: "user", content: "What is the capital of France?" }] : [],
    files: {},
  };
}

/** The sample files of a pipeline's fields. */
export async function loadSamples(pipeline: AiPipeline): Promise<Record<string, File>> {
  const wanted = pipeline.fields.filter((field) => field.type === "file").map((field) => field.name);
  const files = await Promise.all(
    wanted.map(async (name): Promise<[string, File][]> => {
      const sample = samples[name];
      if (sample === undefined) return [];
      const bytes = await (await fetch(sample.url)).arrayBuffer();
      return [[name, new File([bytes], sample.name, { type: sample.type })]];
    }),
  );
  return Object.fromEntries(files.flat());
}
