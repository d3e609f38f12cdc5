import { join } from "node:path";
import { type ImageOverrides, noImageOverrides } from "@livepeer-ts/compute";
import { aiPipeline } from "@livepeer-ts/execution";
import { type AiModel, parseAiModels, runnerSpecs } from "../ai-models.ts";
import { badFlag } from "../flag-value.ts";
import type { FlagValues } from "../go-flags.ts";
import type { CommonConfig, OrchestratorConfig, RunnersConfig } from "../node-config.ts";
import { checkCurrency } from "./check-price.ts";
import type { Problems } from "./problems.ts";

/** Runners on one GPU; more would be told apart by no port. */
const maxPerDevice = 10;

/** The entries of `-aiModels`; none, with a sentence, when something is wrong with them. */
export function readAiModels(flags: FlagValues, problems: Problems): readonly AiModel[] {
  const text = flags.get("aiModels");
  if (text.trim() === "") return [];
  return problems.read("aiModels", () => parseAiModels(text, flags.get("pixelsPerUnit"))) ?? [];
}

/** How an orchestrator takes AI jobs; undefined: not at all. */
export function checkAiOrchestrator(
  secret: string | undefined,
  common: CommonConfig,
  flags: FlagValues,
  problems: Problems,
): OrchestratorConfig["ai"] {
  const models = readAiModels(flags, problems);
  const isLocal = flags.bool("aiWorker");
  // runners that somebody else runs need no worker to be served from here
  const hasRunners = isLocal || (secret === undefined && !flags.bool("transcoder") && flags.get("aiModels") !== "");
  if (!hasRunners && secret === undefined) {
    if (models.length > 0) problems.warn("-aiModels does nothing without -aiWorker, or -orchSecret for remote workers");
    return undefined;
  }
  const prices = models.flatMap(({ spec, gateway, price }) =>
    price === undefined
      ? []
      : [{ capability: aiPipeline(spec.pipeline)?.capability ?? 0, modelId: spec.modelId, gateway, price }],
  );
  if (common.chain === undefined) {
    if (prices.length > 0) problems.warn("prices in -aiModels do nothing off chain: there is no payment");
  } else for (const { price } of prices) checkCurrency("aiModels", price, flags, problems);
  return { runners: hasRunners ? checkRunners(models, common, flags, problems) : undefined, prices };
}

/** What this machine's runners need. */
export function checkRunners(
  models: readonly AiModel[],
  { dataDir }: Pick<CommonConfig, "dataDir">,
  flags: FlagValues,
  problems: Problems,
): RunnersConfig {
  if (flags.get("aiModels").trim() === "")
    problems.add(
      "-aiWorker needs -aiModels: name the models that this machine serves, in a file or as pipeline:model_id:warm",
    );
  const runnersPerDevice = flags.int("aiRunnerContainersPerGPU");
  if (runnersPerDevice < 1 || runnersPerDevice > maxPerDevice)
    problems.add(`-aiRunnerContainersPerGPU ${runnersPerDevice} does not do: write a number from 1 to ${maxPerDevice}`);
  const overrides = flags.get("aiRunnerImageOverrides");
  return {
    specs: runnerSpecs(models),
    modelsDir: flags.get("aiModelsDir") || join(dataDir, "models"),
    images:
      overrides === ""
        ? noImageOverrides
        : (problems.read("aiRunnerImageOverrides", () => imageOverrides(overrides)) ?? noImageOverrides),
    pullsImages: flags.bool("aiPullImages"),
    isVerbose: flags.bool("aiVerboseLogs"),
    runnersPerDevice: Math.min(maxPerDevice, Math.max(1, runnersPerDevice)),
    gpus: gpusOf(flags.get("nvidia")),
    kubernetes: {
      url: problems.httpUrl("aiKubernetesUrl"),
      namespace: flags.get("aiKubernetesNamespace") || undefined,
      modelsClaim: flags.get("aiKubernetesModelsClaim") || undefined,
      gpuResource: flags.get("aiKubernetesGpu") || undefined,
    },
  };
}

/** `{"default": …, "batch": {pipeline: …}, "live": {model: …}}`. Throws `bad_flag`. */
function imageOverrides(text: string): ImageOverrides {
  const problem = () =>
    badFlag(
      '-aiRunnerImageOverrides must be JSON like {"default":"image","batch":{"llm":"image"},"live":{"noop":"image"}}',
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw problem();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw problem();
  const { default: all, batch = {}, live = {}, ...others } = value as Readonly<Record<string, unknown>>;
  const images = (map: unknown) => {
    const isMap = typeof map === "object" && map !== null && !Array.isArray(map);
    if (!isMap || !Object.values(map).every(isImage)) throw problem();
    return new Map(Object.entries(map) as [string, string][]);
  };
  if (Object.keys(others).length > 0 || (all !== undefined && !isImage(all))) throw problem();
  return { default: all as string | undefined, batch: images(batch), live: images(live) };
}

/** A reference without anything that would be another path of the engine's API. */
function isImage(value: unknown): value is string {
  return typeof value === "string" && /^[a-z0-9][\w.:/@-]{0,254}$/i.test(value) && !value.includes("..");
}

/** `-nvidia` is checked where the transcoder is; what it names is for runners too. */
function gpusOf(nvidia: string): RunnersConfig["gpus"] {
  if (nvidia === "" || nvidia === "all") return "all";
  return [...new Set(nvidia.split(",").map((id) => Number(id.trim())))].filter(Number.isSafeInteger);
}
