import type { AiRequest } from "../pipelines/ai-request.ts";
import type { AiOutcome } from "../ports/ai-engine.ts";

/** Steps of models whose name says how many they take. */
const lightningSteps = /^ByteDance\/SDXL-Lightning/;

/**
 * Seconds for one unit of work, by which orchestrators are compared: pixels and steps for pictures, tokens for conversations, seconds of
 * sound, characters of speech. Undefined when it cannot be told.
 */
export function secondsPerUnit(
  request: AiRequest,
  units: bigint,
  outcome: AiOutcome,
  seconds: number,
): number | undefined {
  const count = work(request, Number(units), outcome);
  return count > 0 ? seconds / count : undefined;
}

function work(request: AiRequest, units: number, outcome: AiOutcome): number {
  const { pipeline } = request;
  if (pipeline.name === "audio-to-text" || pipeline.name === "text-to-speech") return units / 1000;
  if (pipeline.name === "llm") {
    const usage =
      outcome.kind === "json" ? (outcome.value["usage"] as { total_tokens?: unknown } | undefined) : undefined;
    return typeof usage?.total_tokens === "number" ? usage.total_tokens : units;
  }
  return units * stepsOf(request);
}

function stepsOf({ pipeline, modelId, fields }: AiRequest): number {
  if (pipeline.steps === undefined) return 1;
  if (lightningSteps.test(modelId)) return Number(/_(\d+)step/.exec(modelId)?.[1] ?? 8);
  const given = fields.get(pipeline.steps.field);
  return typeof given === "number" && given > 0 ? given : pipeline.steps.default;
}
