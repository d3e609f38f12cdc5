import { LpError } from "@livepeer-ts/kernel";
import type { AiPipeline, AiResultKind } from "../pipelines/ai-pipeline.ts";

type Json = Readonly<Record<string, unknown>>;
/** What the answer lacks; undefined when it has the shape of its kind. */
type Check = (value: Json) => string | undefined;

const isText = (value: unknown): boolean => typeof value === "string";
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const images: Check = ({ images: list }) =>
  Array.isArray(list) && list.length > 0 && list.every((image) => isObject(image) && isText(image["url"]))
    ? undefined
    : "images: a list of {url, seed, nsfw}";
const text: Check = (value) => (isText(value["text"]) ? undefined : "text: a string");

const checks: Readonly<Record<AiResultKind, Check>> = {
  images,
  video: images,
  text: (value) => text(value) ?? (Array.isArray(value["chunks"]) ? undefined : "chunks: a list"),
  caption: text,
  masks: (value) =>
    ["masks", "scores", "logits"].every((name) => isText(value[name]))
      ? undefined
      : "masks, scores and logits: strings",
  llm: (value) => (Array.isArray(value["choices"]) ? undefined : "choices: a list"),
  audio: ({ audio }) => (isObject(audio) && isText(audio["url"]) ? undefined : "audio: {url}"),
};

/** The answer of a pipeline as parsed JSON. Throws `bad_answer` for anything that does not have its shape. */
export function checkAnswer(pipeline: AiPipeline, body: Uint8Array): Json {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw bad(pipeline, "it is no JSON", cause);
  }
  if (!isObject(value)) throw bad(pipeline, "it is no JSON object");
  const lacking = checks[pipeline.result](value);
  if (lacking !== undefined) throw bad(pipeline, `it has no ${lacking}`);
  return value;
}

function bad(pipeline: AiPipeline, why: string, cause?: unknown): LpError {
  return new LpError({
    code: "bad_answer",
    message: `this is not what ${pipeline.name} answers: ${why}`,
    retryable: true,
    cause,
  });
}

/** The same answer with every media URL replaced, in order. Nothing else of it is touched. */
export async function replaceUrls(
  value: Json,
  replace: (url: string, index: number) => Promise<string>,
): Promise<Json> {
  const replaced = async (item: unknown, index: number): Promise<unknown> =>
    isObject(item) && isText(item["url"]) ? { ...item, url: await replace(item["url"] as string, index) } : item;
  if (Array.isArray(value["images"])) {
    const list: unknown[] = [];
    for (const [index, item] of value["images"].entries()) list.push(await replaced(item, index));
    return { ...value, images: list };
  }
  return isObject(value["audio"]) ? { ...value, audio: await replaced(value["audio"], 0) } : value;
}
