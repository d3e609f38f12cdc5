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
];
