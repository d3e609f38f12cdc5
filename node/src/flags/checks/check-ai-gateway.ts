import { defaultAiGatewayOptions } from "@livepeer-ts/execution";
import { badFlag } from "../flag-value.ts";
import type { FlagValues } from "../go-flags.ts";
import type { GatewayConfig } from "../node-config.ts";
import type { Problems } from "./problems.ts";

/** How a gateway looks for those who do AI jobs. */
export function checkAiGateway(minVersion: string, flags: FlagValues, problems: Problems): GatewayConfig["ai"] {
  return {
    retryMs: problems.ms("aiProcessingRetryTimeout"),
    queueMs: problems.ms("aiQueueTimeout"),
    maxAttempts: defaultAiGatewayOptions.maxAttempts,
    minVersion,
    minRunnerVersions:
      problems.read("aiMinRunnerVersion", () => minRunnerVersions(flags.get("aiMinRunnerVersion"))) ?? new Map(),
  };
}

/** `[{"model_id", "pipeline", "minVersion"}]` as version by `pipeline/model`. */
function minRunnerVersions(text: string): ReadonlyMap<string, string> {
  const problem = () =>
    badFlag(
      '-aiMinRunnerVersion must be JSON like [{"model_id":"…","pipeline":"text-to-image","minVersion":"0.14.1"}]',
    );
  let list: unknown;
  try {
    list = JSON.parse(text === "" ? "[]" : text);
  } catch {
    throw problem();
  }
  if (!Array.isArray(list)) throw problem();
  return new Map(
    list.map((entry: unknown) => {
      const { model_id, pipeline, minVersion } = (entry ?? {}) as Record<string, unknown>;
      if (typeof model_id !== "string" || typeof pipeline !== "string" || typeof minVersion !== "string")
        throw problem();
      return [`${pipeline}/${model_id}`, minVersion];
    }),
  );
}
