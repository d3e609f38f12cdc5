import { LpError } from "@livepeer-ts/kernel";
import { capabilityNames } from "./capability-number.ts";

const numbersByName = new Map([...capabilityNames].map(([number, name]) => [name, number]));

/** Capability number of a pipeline such as `text-to-image`. Throws `pipeline_not_available`. */
export function pipelineToCapability(pipeline: string): number {
  const name = pipeline === "" ? "" : pipeline.charAt(0).toUpperCase() + pipeline.slice(1).replaceAll("-", " ");
  const number = numbersByName.get(name);
  if (number === undefined) {
    throw new LpError({
      code: "pipeline_not_available",
      message: "pipeline not available",
      details: { pipeline: pipeline.slice(0, 80) },
    });
  }
  return number;
}

/** Pipeline of an AI capability number; undefined for numbers without a name. */
export function capabilityToPipeline(number: number): string | undefined {
  const name = capabilityNames.get(number);
  return name === undefined ? undefined : name.charAt(0).toLowerCase() + name.slice(1).replaceAll(" ", "-");
}
