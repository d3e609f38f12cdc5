import {
  type Capabilities,
  capability as capabilityNumbers,
  pipelineToCapability,
  pixelsPerSecond,
  type WeiUnit,
} from "@livepeer-ts/execution";
import { addRational, LpError, mulRational, type Rational, rational, zeroRational } from "@livepeer-ts/kernel";
import type { CapabilityPrice } from "./price-book.ts";
import { type PriceFlag, parsePriceFlag } from "./price-flags.ts";

/** Highest price for one model of one capability, as an operator writes it. */
export type MaxCapabilityPrice = { readonly capability: number; readonly modelId: string; readonly price: PriceFlag };

const flag = "-maxPricePerCapability";
/** Stands beside the pipelines for apps of live runners, which are no capability of the protocol; `model_id` is the app's name. */
const runnerPipeline = "live-runner";
/** What prices of apps are kept under: no number of the protocol. */
const runnerCapability = -1;
/** Stands for external capabilities, which are priced by the second, each under its own name. */
const externalPipeline = "byoc";

/** The number that prices of a pipeline, of `live-runner` or of `byoc` are kept under. Throws `pipeline_not_available`. */
export function pricedCapability(pipeline: string): number {
  if (pipeline === runnerPipeline) return runnerCapability;
  return pipeline === externalPipeline ? capabilityNumbers.byoc : pipelineToCapability(pipeline);
}

function bad(why: string): LpError {
  return new LpError({ code: "bad_price_flag", message: `${flag}: ${why}`, details: { flag } });
}

/** Reads `-maxPricePerCapability`. An empty model stands for every model without a price. Throws `bad_price_flag`. */
export function parseMaxPricePerCapability(json: string): readonly MaxCapabilityPrice[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw bad(
      'this is not JSON: write {"capabilities_prices":[{"pipeline":"text-to-image","model_id":"default","price_per_unit":1000,"pixels_per_unit":1}]}',
    );
  }
  const list = ((parsed ?? {}) as { capabilities_prices?: unknown }).capabilities_prices;
  if (!Array.isArray(list)) throw bad('there is no list "capabilities_prices"');
  return list.map((item: unknown, i) => {
    const fields = (item ?? {}) as Record<string, unknown>;
    const text = (name: string, fallback?: string) => {
      const value = fields[name] ?? fallback;
      if (typeof value !== "number" && typeof value !== "string") throw bad(`entry ${i + 1} lacks ${name}`);
      return String(value);
    };
    const pipeline = text("pipeline");
    let capability: number;
    try {
      capability = pricedCapability(pipeline);
    } catch (cause) {
      throw new LpError({
        code: "bad_price_flag",
        message: `${flag}: entry ${i + 1} names the pipeline "${pipeline.slice(0, 80)}", which is not known: write for example text-to-image`,
        cause,
      });
    }
    const price = parsePriceFlag(
      `${text("price_per_unit")}${text("currency", "")}`,
      text("pixels_per_unit", "1"),
      flag,
    );
    return { capability, modelId: text("model_id", "") || "default", price };
  });
}

/**
 * Highest price per unit of a job, wei: the sum of the prices of its models, each by its name or its capability's `default`.
 * `base` when that sum is 0, as for transcoding, which asks for no models; undefined = any price.
 */
export function maxPriceOfJob(
  capabilities: Capabilities,
  prices: readonly CapabilityPrice[],
  base: Rational | undefined,
): Rational | undefined {
  let total = zeroRational;
  for (const [number, models] of Object.entries(capabilities.constraints?.PerCapability ?? {})) {
    const ofCapability = prices.filter((price) => price.capability === Number(number));
    for (const modelId of Object.keys(models.models)) {
      const found =
        ofCapability.find((price) => price.constraint === modelId) ??
        ofCapability.find((price) => price.constraint === "default");
      if (found !== undefined) total = addRational(total, found.price);
    }
  }
  return total.num > 0n ? total : base;
}

/**
 * Highest price of an app for one of its units, wei: the app's own or the `default` of apps; else `base` (wei per pixel), a second
 * counted as one of live video. One price for a whole call has nothing to do with pixels: `base` does not bound it. Undefined = any.
 */
export function maxPriceOfApp(
  app: string,
  unit: WeiUnit,
  prices: readonly CapabilityPrice[],
  base: Rational | undefined,
): Rational | undefined {
  const ofApps = prices.filter(({ capability }) => capability === runnerCapability);
  const own =
    ofApps.find(({ constraint }) => constraint === app) ?? ofApps.find(({ constraint }) => constraint === "default");
  if (own !== undefined) return own.price;
  if (base === undefined || unit === "fixed") return undefined;
  return unit === "seconds" ? mulRational(base, rational(pixelsPerSecond)) : base;
}
