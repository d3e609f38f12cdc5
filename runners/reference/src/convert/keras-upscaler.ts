import { ModelError } from "../model-error.ts";
import { type Constant, OnnxModel } from "../onnx/onnx-model.ts";
import { permuted, readTfjsModel } from "./tfjs-weights.ts";

type KerasLayer = {
  readonly class_name: string;
  readonly name: string;
  readonly inbound_nodes: readonly (readonly (readonly [string, ...unknown[]])[])[];
  readonly config: {
    readonly kernel_size?: readonly number[];
    readonly strides?: readonly number[];
    readonly padding?: string;
    readonly activation?: string;
    readonly size?: readonly number[];
    readonly interpolation?: string;
  };
};

/**
 * An upscaler in the Keras layers format of TensorFlow.js as ONNX. Input `picture` float32 [1,3,h,w], RGB in 0..1; output
 * `larger` of the same kind. Throws for a layer that upscalers of this family do not have.
 */
export function convertKerasUpscaler(file: string): Uint8Array {
  const { model, weights } = readTfjsModel(file);
  const topology = model.modelTopology as { model_config: { config: { layers: readonly KerasLayer[] } } };
  const { layers } = topology.model_config.config;
  const onnx = new OnnxModel("upscaler");
  const values = new Map<string, string>();
  const weight = (name: string): Constant => {
    const found = weights.get(name);
    if (found === undefined) throw new ModelError(`${file} has no weight ${name}`);
    return found;
  };
  let last = "";
  for (const layer of layers) {
    const inputs = (layer.inbound_nodes[0] ?? []).map(([name]) => values.get(name) ?? name);
    const value = convertLayer(onnx, layer, inputs, weight);
    values.set(layer.name, value);
    last = value;
  }
  onnx.output("larger", last, "float32", [1, 3, "out_height", "out_width"]);
  return onnx.bytes();
}

function convertLayer(
  onnx: OnnxModel,
  { class_name: kind, name, config }: KerasLayer,
  inputs: readonly string[],
  weight: (name: string) => Constant,
): string {
  switch (kind) {
    case "InputLayer":
      return onnx.input("picture", "float32", [1, 3, "height", "width"]);
    case "Conv2D": {
      const kernel = onnx.constant(permuted(weight(`${name}/kernel`), [3, 2, 0, 1]));
      const bias = onnx.constant(weight(`${name}/bias`));
      const value = onnx.op("Conv", [inputs[0] as string, kernel, bias], {
        auto_pad: config.padding === "valid" ? "VALID" : "SAME_UPPER",
        kernel_shape: config.kernel_size ?? [],
        strides: config.strides ?? [1, 1],
      });
      return activated(onnx, value, config.activation);
    }
    case "Activation":
      return activated(onnx, inputs[0] as string, config.activation);
    case "Concatenate":
      return onnx.op("Concat", inputs, { axis: 1 });
    case "Add":
      return inputs.reduce((sum, input) => onnx.op("Add", [sum, input]));
    case "UpSampling2D": {
      const scales = onnx.constant({
        type: "float32",
        dims: [4],
        bytes: new Uint8Array(Float32Array.from([1, 1, ...(config.size ?? [])]).buffer),
      });
      return onnx.op("Resize", [inputs[0] as string, "", scales], {
        mode: "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      });
    }
    default:
      throw new ModelError(`layer ${name} is a ${kind}, which this conversion does not know`);
  }
}

function activated(onnx: OnnxModel, value: string, activation: string | undefined): string {
  if (activation === undefined || activation === "linear") return value;
  if (activation === "relu") return onnx.op("Relu", [value]);
  throw new ModelError(`activation ${activation} is not known`);
}
