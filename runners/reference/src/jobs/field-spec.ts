/** A field of a pipeline's request. Bounds are for numbers; a file has no default. */
export type FieldSpec = {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "messages" | "file";
  readonly isRequired?: boolean;
  readonly default?: string | number | boolean;
  readonly least?: number;
  readonly most?: number;
};

const string = (name: string, fallback?: string): FieldSpec =>
  fallback === undefined ? { name, type: "string" } : { name, type: "string", default: fallback };
const boolean = (name: string, fallback: boolean): FieldSpec => ({ name, type: "boolean", default: fallback });
const bounded = (
  type: "integer" | "number",
  name: string,
  least: number,
  most: number,
  fallback?: number,
): FieldSpec => (fallback === undefined ? { name, type, least, most } : { name, type, least, most, default: fallback });
const file = (name: string): FieldSpec => ({ name, type: "file", isRequired: true });

const prompt: FieldSpec = { name: "prompt", type: "string", isRequired: true };
const modelId = string("model_id", "");
const seed = bounded("integer", "seed", 0, 2 ** 53 - 1);
const steps = (fallback: number) => bounded("integer", "num_inference_steps", 1, 200, fallback);
const count = bounded("integer", "num_images_per_prompt", 1, 8, 1);
const guidance = (name: string, fallback: number) => bounded("number", name, 0, 100, fallback);
const safety = boolean("safety_check", true);
const side = (name: string, fallback: number) => bounded("integer", name, 16, 1024, fallback);

/** Fields of each pipeline with the defaults of the runner API; bounds are those of this runner. */
export const fieldSpecs = {
  "text-to-image": [
    modelId,
    string("loras", ""),
    prompt,
    side("height", 576),
    side("width", 1024),
    guidance("guidance_scale", 7.5),
    string("negative_prompt", ""),
    safety,
    seed,
    steps(50),
    count,
  ],
  "image-to-image": [
    prompt,
    file("image"),
    modelId,
    string("loras", ""),
    bounded("number", "strength", 0, 1, 0.8),
    guidance("guidance_scale", 7.5),
    guidance("image_guidance_scale", 1.5),
    string("negative_prompt", ""),
    safety,
    seed,
    steps(100),
    count,
  ],
  "image-to-video": [
    file("image"),
    modelId,
    side("height", 576),
    side("width", 1024),
    bounded("integer", "fps", 1, 60, 6),
    bounded("integer", "motion_bucket_id", 0, 255, 127),
    bounded("number", "noise_aug_strength", 0, 1, 0.02),
    safety,
    seed,
    steps(25),
  ],
  upscale: [prompt, file("image"), modelId, safety, seed, steps(75)],
  "audio-to-text": [file("audio"), modelId, string("return_timestamps", "true"), string("metadata", "{}")],
  "segment-anything-2": [
    file("image"),
    modelId,
    string("point_coords"),
    string("point_labels"),
    string("box"),
    string("mask_input"),
    boolean("multimask_output", true),
    boolean("return_logits", true),
    boolean("normalize_coords", true),
  ],
  llm: [
    { name: "messages", type: "messages", isRequired: true },
    string("model", ""),
    bounded("number", "temperature", 0, 10, 0.7),
    bounded("integer", "max_tokens", 1, 1_000_000, 256),
    bounded("number", "top_p", 0, 1, 1),
    bounded("integer", "top_k", -1, 1_000_000, -1),
    boolean("stream", false),
  ],
  "image-to-text": [file("image"), string("prompt", ""), modelId],
  "text-to-speech": [modelId, string("text", ""), string("description")],
} as const satisfies Record<string, readonly FieldSpec[]>;
