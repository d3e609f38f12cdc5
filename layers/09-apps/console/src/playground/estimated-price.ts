import type { AiCapability, AiPipeline } from "@livepeer-ts/sdk";
import { defaultOf, type FormValues } from "./form-values.ts";

/** Frames that a video is charged as. */
const videoFrames = 25n;
/** Width and height that count for a video when none are given. */
const videoSize = { width: 1024, height: 576 } as const;

/** What is known of the files: width × height of a picture, whole seconds of a sound. */
export type FileFacts = { readonly pixels: bigint | undefined; readonly seconds: bigint | undefined };

/** The protocol's units that a request will be charged for; undefined while a file is not measured. */
export function estimatedUnits(pipeline: AiPipeline, values: FormValues, facts: FileFacts): bigint | undefined {
  const whole = (name: string, otherwise: number): bigint => {
    const text = values.texts[name] ?? "";
    const known = pipeline.fields.find((field) => field.name === name);
    const value =
      text.trim() === "" ? Number(known === undefined ? otherwise : (defaultOf(known) ?? otherwise)) : Number(text);
    return Number.isSafeInteger(value) && value > 0 ? BigInt(value) : BigInt(otherwise);
  };
  const times = BigInt(pipeline.unit.count);
  switch (pipeline.unit.name) {
    case "token":
      return whole("max_tokens", 256);
    case "character":
      return BigInt([...(values.texts["text"] ?? "")].length) * times;
    case "second":
      return facts.seconds === undefined ? undefined : facts.seconds * times;
    case "pixel":
      if (pipeline.result === "video")
        return whole("width", videoSize.width) * whole("height", videoSize.height) * videoFrames;
      if (!pipeline.fields.some((field) => field.type === "file"))
        return whole("width", 512) * whole("height", 512) * whole("num_images_per_prompt", 1);
      return facts.pixels === undefined ? undefined : facts.pixels * whole("num_images_per_prompt", 1);
  }
}

/** Wei at the cheapest machine that offers the model; undefined while that is not known, null where nothing is asked. */
export function estimatedWei(units: bigint | undefined, model: AiCapability | undefined): bigint | null | undefined {
  if (units === undefined || model === undefined) return undefined;
  const asked = model.offers.map(({ pricePerUnit }) => pricePerUnit);
  if (asked.includes(null)) return null;
  const fees = asked.map((price) => {
    const [num = "0", den = "1"] = (price as string).split("/");
    return (units * BigInt(num) + BigInt(den) - 1n) / BigInt(den);
  });
  return fees.sort((a, b) => Number(a - b))[0];
}
