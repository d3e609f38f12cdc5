import { join } from "node:path";
import { convertKerasUpscaler } from "../convert/keras-upscaler.ts";
import { convertTfjsGraph } from "../convert/tfjs-graph.ts";
import { convertWhisper } from "../convert/whisper.ts";
import type { ModelPipeline } from "./catalog.ts";

/** Models that are made on this machine from fetched files. `version` changes when the conversion does. */
export type Conversion = {
  readonly wanted: readonly ModelPipeline[];
  readonly version: number;
  /** Files below the models folder that it needs. */
  readonly from: readonly string[];
  /** Files that it makes, below the models folder. */
  readonly to: readonly string[];
  make(folder: string): Record<string, Uint8Array>;
};

export const conversions: readonly Conversion[] = [
  {
    wanted: ["asr"],
    version: 1,
    from: ["asr/model.bin"],
    to: ["asr/encoder.onnx", "asr/decoder.onnx"],
    make(folder) {
      const { encoder, decoder } = convertWhisper(join(folder, "asr/model.bin"));
      return { "asr/encoder.onnx": encoder, "asr/decoder.onnx": decoder };
    },
  },
  {
    wanted: ["upscale"],
    version: 1,
    from: ["upscale/model.json", "upscale/group1-shard1of1.bin"],
    to: ["upscale/esrgan-medium-x4.onnx"],
    make: (folder) => ({ "upscale/esrgan-medium-x4.onnx": convertKerasUpscaler(join(folder, "upscale/model.json")) }),
  },
  {
    wanted: ["describe", "segment"],
    version: 1,
    from: ["human/nanodet.json", "human/nanodet.bin"],
    to: ["human/nanodet.onnx"],
    make: (folder) => ({
      "human/nanodet.onnx": convertTfjsGraph(join(folder, "human/nanodet.json"), {
        scores_8: "Identity",
        scores_16: "Identity_1",
        scores_32: "Identity_2",
        boxes_8: "Identity_3",
        boxes_16: "Identity_4",
        boxes_32: "Identity_5",
      }),
    }),
  },
  {
    wanted: ["segment"],
    version: 1,
    from: ["human/selfie.json", "human/selfie.bin"],
    to: ["human/selfie.onnx"],
    make: (folder) => ({
      "human/selfie.onnx": convertTfjsGraph(join(folder, "human/selfie.json"), { person: "activation_10" }),
    }),
  },
];
