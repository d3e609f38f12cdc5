import type { AiPipeline } from "@livepeer-ts/sdk";
import type { FormValues } from "../form-values.ts";
import { Conversation } from "./conversation.tsx";
import { Masks } from "./masks.tsx";
import { Pictures } from "./pictures.tsx";
import { Sound } from "./sound.tsx";
import { Transcript } from "./transcript.tsx";
import { Video } from "./video.tsx";

/** An answer as people see or hear it, by the kind of its pipeline. */
export function Answer({
  pipeline,
  values,
  value,
}: {
  pipeline: AiPipeline;
  values: FormValues;
  value: Readonly<Record<string, unknown>>;
}) {
  switch (pipeline.result) {
    case "images":
      return <Pictures value={value} prompt={values.texts["prompt"] ?? ""} />;
    case "video":
      return <Video value={value} />;
    case "audio":
      return <Sound value={value} />;
    case "text":
      return <Transcript value={value} />;
    case "caption":
      return <Conversation text={String(value["text"] ?? "")} />;
    case "masks":
      return <Masks value={value} picture={values.files["image"]} />;
    case "llm":
      return <Conversation {...conversationOf(value)} />;
  }
}

function conversationOf(value: Readonly<Record<string, unknown>>) {
  type Answer = {
    choices?: readonly { finish_reason?: string; message?: { content?: string } }[];
    usage?: { prompt_tokens?: number; completion_tokens?: number };
  };
  const { choices, usage } = value as Answer;
  const isCut = choices?.[0]?.finish_reason === "length";
  return { text: choices?.[0]?.message?.content ?? "", usage, isCut };
}
