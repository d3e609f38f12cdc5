import { capability } from "../../capabilities/capability-number.ts";
import type { AiField, AiPipeline, AiPipelineName, AiUnit } from "./ai-pipeline.ts";

const text = (name: string, more: Partial<AiField> = {}): AiField => ({ name, type: "string", ...more });
const whole = (name: string, more: Partial<AiField> = {}): AiField => ({ name, type: "integer", ...more });
const decimal = (name: string, more: Partial<AiField> = {}): AiField => ({ name, type: "number", ...more });
const flag = (name: string, runnerDefault: boolean): AiField => ({ name, type: "boolean", runnerDefault });
const file = (name: string): AiField => ({ name, type: "file", isRequired: true });

const prompt = text("prompt", { isRequired: true });
const modelId = text("model_id", { runnerDefault: "" });
const seed = whole("seed");
const loras = text("loras", { runnerDefault: "" });
const negativePrompt = text("negative_prompt", { runnerDefault: "" });
const guidanceScale = decimal("guidance_scale", { runnerDefault: 7.5 });
const safetyCheck = flag("safety_check", true);
const steps = (runnerDefault: number): AiField => whole("num_inference_steps", { runnerDefault });
const count = whole("num_images_per_prompt", { runnerDefault: 1, gatewayDefault: 1 });

const pixel: AiUnit = { name: "pixel", count: 1 };

/** Every request/response pipeline of the protocol. */
export const aiPipelines: readonly AiPipeline[] = [
  {
    name: "text-to-image",
    capability: capability.textToImage,
    body: "json",
    modelField: "model_id",
    defaultModel: "stabilityai/sdxl-turbo",
    result: "images",
    unit: pixel,
    steps: { field: "num_inference_steps", default: 50 },
    fields: [
      modelId,
      loras,
      prompt,
      whole("height", { runnerDefault: 576, gatewayDefault: 512 }),
      whole("width", { runnerDefault: 1024, gatewayDefault: 512 }),
      guidanceScale,
      negativePrompt,
      safetyCheck,
      seed,
      steps(50),
      count,
    ],
  },
  {
    name: "image-to-image",
    capability: capability.imageToImage,
    body: "form",
    modelField: "model_id",
    defaultModel: "stabilityai/sdxl-turbo",
    result: "images",
    unit: pixel,
    steps: { field: "num_inference_steps", default: 100 },
    fields: [
      prompt,
      file("image"),
      modelId,
      loras,
      decimal("strength", { runnerDefault: 0.8 }),
      guidanceScale,
      decimal("image_guidance_scale", { runnerDefault: 1.5 }),
      negativePrompt,
      safetyCheck,
      seed,
      steps(100),
      count,
    ],
  },
  {
    name: "image-to-video",
    capability: capability.imageToVideo,
    body: "form",
    modelField: "model_id",
    defaultModel: "stabilityai/stable-video-diffusion-img2vid-xt",
    result: "video",
    unit: pixel,
    steps: { field: "num_inference_steps", default: 25 },
    fields: [
      file("image"),
      modelId,
      whole("height", { runnerDefault: 576 }),
      whole("width", { runnerDefault: 1024 }),
      whole("fps", { runnerDefault: 6 }),
      whole("motion_bucket_id", { runnerDefault: 127 }),
      decimal("noise_aug_strength", { runnerDefault: 0.02 }),
      safetyCheck,
      seed,
      steps(25),
    ],
  },
  {
    name: "upscale",
    capability: capability.upscale,
    body: "form",
    modelField: "model_id",
    defaultModel: "stabilityai/stable-diffusion-x4-upscaler",
    result: "images",
    unit: pixel,
    steps: { field: "num_inference_steps", default: 75 },
    fields: [prompt, file("image"), modelId, safetyCheck, seed, steps(75)],
  },
  {
    name: "audio-to-text",
    capability: capability.audioToText,
    body: "form",
    modelField: "model_id",
    defaultModel: "openai/whisper-large-v3",
    result: "text",
    unit: { name: "second", count: 1000 },
    fields: [
      file("audio"),
      modelId,
      text("return_timestamps", { runnerDefault: "true", choices: ["true", "false", "word"] }),
      text("metadata", { runnerDefault: "{}", isMeasured: true }),
    ],
  },
  {
    name: "segment-anything-2",
    capability: capability.segmentAnything2,
    body: "form",
    modelField: "model_id",
    defaultModel: "facebook/sam2-hiera-large",
    result: "masks",
    unit: pixel,
    fields: [
      file("image"),
      modelId,
      text("point_coords"),
      text("point_labels"),
      text("box"),
      text("mask_input"),
      flag("multimask_output", true),
      flag("return_logits", true),
      flag("normalize_coords", true),
    ],
  },
  {
    name: "llm",
    capability: capability.llm,
    body: "json",
    modelField: "model",
    defaultModel: "meta-llama/llama-3.1-8B-Instruct",
    result: "llm",
    unit: { name: "token", count: 1 },
    fields: [
      { name: "messages", type: "messages", isRequired: true },
      text("model", { isRequired: true, runnerDefault: "" }),
      decimal("temperature", { runnerDefault: 0.7 }),
      whole("max_tokens", { isRequired: true, runnerDefault: 256 }),
      decimal("top_p", { runnerDefault: 1 }),
      whole("top_k", { runnerDefault: -1 }),
      { ...flag("stream", false), isRequired: true },
    ],
  },
  {
    name: "image-to-text",
    capability: capability.imageToText,
    body: "form",
    modelField: "model_id",
    defaultModel: "Salesforce/blip-image-captioning-large",
    result: "caption",
    unit: pixel,
    fields: [file("image"), text("prompt", { runnerDefault: "" }), modelId],
  },
  {
    name: "text-to-speech",
    capability: capability.textToSpeech,
    body: "json",
    modelField: "model_id",
    defaultModel: "parler-tts/parler-tts-large-v1",
    result: "audio",
    unit: { name: "character", count: 1000 },
    fields: [modelId, text("text", { runnerDefault: "" }), text("description")],
  },
];

const byName = new Map<string, AiPipeline>(aiPipelines.map((pipeline) => [pipeline.name, pipeline]));

/** The pipeline of that name; undefined when the protocol has none. */
export function aiPipeline(name: AiPipelineName): AiPipeline;
export function aiPipeline(name: string): AiPipeline | undefined;
export function aiPipeline(name: string): AiPipeline | undefined {
  return byName.get(name);
}
