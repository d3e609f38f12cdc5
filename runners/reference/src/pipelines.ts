import type { Pipeline } from "./jobs/engine.ts";
import { fieldSpecs } from "./jobs/field-spec.ts";

/** Every pipeline of this runner. Models are loaded from their own modules, so that a process holds one engine only. */
export const pipelines: readonly Pipeline[] = [
  {
    name: "llm",
    modelId: "SmolLM2-135M-Instruct",
    body: "json",
    fields: fieldSpecs.llm,
    weights: "llm",
    load: async (folder) =>
      (await import("./llm/conversation-engine.ts")).conversationEngine(folder, "SmolLM2-135M-Instruct"),
  },
  {
    name: "text-to-speech",
    modelId: "piper/en_US-joe-medium",
    body: "json",
    fields: fieldSpecs["text-to-speech"],
    weights: "tts",
    load: async (folder) => (await import("./speech/speech-engine.ts")).speechEngine(folder),
  },
  {
    name: "audio-to-text",
    modelId: "whisper-tiny.en",
    body: "form",
    fields: fieldSpecs["audio-to-text"],
    weights: "asr",
    load: async (folder) => (await import("./whisper/transcription-engine.ts")).transcriptionEngine(folder),
  },
  {
    name: "image-to-text",
    modelId: "classic/describe",
    body: "form",
    fields: fieldSpecs["image-to-text"],
    weights: "describe",
    load: async (folder) => (await import("./describe/describe-engine.ts")).describeEngine(folder),
  },
  {
    name: "upscale",
    modelId: "esrgan-medium-x4",
    body: "form",
    fields: fieldSpecs.upscale,
    weights: "upscale",
    load: async (folder) => (await import("./upscale/upscale-engine.ts")).upscaleEngine(folder),
  },
  {
    name: "segment-anything-2",
    modelId: "classic/grabcut",
    body: "form",
    fields: fieldSpecs["segment-anything-2"],
    weights: "segment",
    load: async (folder) => (await import("./segment/segment-engine.ts")).segmentEngine(folder),
  },
  {
    name: "text-to-image",
    modelId: "tiny/emoji-flow-48",
    body: "json",
    fields: fieldSpecs["text-to-image"],
    weights: undefined,
    load: async () => (await import("./emoji/image-engines.ts")).textToImageEngine(),
  },
  {
    name: "image-to-image",
    modelId: "tiny/emoji-flow-48",
    body: "form",
    fields: fieldSpecs["image-to-image"],
    weights: undefined,
    load: async () => (await import("./emoji/image-engines.ts")).imageToImageEngine(),
  },
  {
    name: "image-to-video",
    modelId: "tiny/emoji-flow-48",
    body: "form",
    fields: fieldSpecs["image-to-video"],
    weights: undefined,
    load: async () => (await import("./emoji/video-engine.ts")).imageToVideoEngine(),
  },
];
