import { LpError } from "@livepeer-ts/kernel";
import type { RunnerSpec } from "./runner-spec.ts";

/** Images that take the place of the usual ones (`-aiRunnerImageOverrides`). */
export type ImageOverrides = {
  readonly default: string | undefined;
  /** By pipeline. */
  readonly batch: ReadonlyMap<string, string>;
  /** By model of live video. */
  readonly live: ReadonlyMap<string, string>;
};

export const noImageOverrides: ImageOverrides = { default: undefined, batch: new Map(), live: new Map() };

const repository = "livepeer/ai-runner";
const ownTags: ReadonlySet<string> = new Set(["segment-anything-2", "text-to-speech", "audio-to-text", "llm"]);
const liveApps = [
  ...["streamdiffusion", "streamdiffusion-sd15", "streamdiffusion-sd15-v2v", "streamdiffusion-sdxl"],
  ...["streamdiffusion-sdxl-v2v", "streamdiffusion-sdxl-faceid", "comfyui", "segment_anything_2", "noop"],
];
const liveImages: ReadonlyMap<string, string> = new Map([
  ...liveApps.map((app) => [app, `${repository}:live-app-${app}`] as const),
  ["scope", "daydreamlive/scope-runner"],
]);

/** The container image that serves a model. Throws `runner_not_started` for a model of live video that has none. */
export function runnerImage({ pipeline, modelId }: RunnerSpec, overrides: ImageOverrides): string {
  if (pipeline === "live-video-to-video") {
    const image = overrides.live.get(modelId) ?? liveImages.get(modelId);
    if (image !== undefined) return image;
    throw new LpError({
      code: "runner_not_started",
      message: `no container image is known for live video with ${modelId}: name one in -aiRunnerImageOverrides under "live"`,
    });
  }
  const own = ownTags.has(pipeline) ? `${repository}:${pipeline}` : undefined;
  return overrides.batch.get(pipeline) ?? own ?? overrides.default ?? `${repository}:latest`;
}
