import { ModelError } from "../model-error.ts";
import { type Constant, floats, longs, OnnxModel } from "../onnx/onnx-model.ts";
import { permuted, readTfjsModel, valuesOf } from "./tfjs-weights.ts";

type GraphNode = {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, AttributeValue>>;
};
type AttributeValue = {
  readonly s?: string;
  readonly f?: number;
  readonly b?: boolean;
  readonly list?: { readonly i?: readonly string[] };
  readonly shape?: { readonly dim: readonly { readonly size: string }[] };
};
/** A value of the graph: its name in ONNX and its size; `fixed` when it is a constant. */
type Value = { readonly name: string; readonly dims: readonly number[]; readonly fixed?: Constant };

const toNchw = [0, 3, 1, 2];
const toNhwc = [0, 2, 3, 1];

/**
 * A TensorFlow.js graph model with inputs of fixed size as ONNX, values in their order kept (NHWC). Outputs are named `outputs` in
 * their order. Knows the operators of small detectors and segmenters; throws for any other.
 */
export function convertTfjsGraph(file: string, outputs: Readonly<Record<string, string>>): Uint8Array {
  const { model, weights } = readTfjsModel(file);
  const nodes = (model.modelTopology as { node: readonly GraphNode[] }).node;
  const graph = new GraphConversion(weights);
  for (const node of nodes) graph.convert(node);
  return graph.finish(outputs);
}

class GraphConversion {
  readonly #onnx = new OnnxModel("graph");
  readonly #values = new Map<string, Value>();
  readonly #weights: ReadonlyMap<string, Constant>;

  constructor(weights: ReadonlyMap<string, Constant>) {
    this.#weights = weights;
  }

  finish(outputs: Readonly<Record<string, string>>): Uint8Array {
    for (const [name, node] of Object.entries(outputs)) {
      const value = this.#value(node);
      this.#onnx.output(name, value.name, "float32", value.dims);
    }
    return this.#onnx.bytes();
  }

  convert(node: GraphNode): void {
    const inputs = (node.input ?? []).map((name) => this.#value(name));
    const set = (value: Value) => this.#values.set(node.name, value);
    const [first, second, third] = inputs as [Value, Value, Value];
    switch (node.op) {
      case "Const": {
        const fixed = this.#weights.get(node.name);
        if (fixed === undefined) throw new ModelError(`constant ${node.name} has no value`);
        set({ name: "", dims: fixed.dims, fixed });
        return;
      }
      case "Placeholder": {
        const dims = (node.attr?.["shape"]?.shape?.dim ?? []).map(({ size }) => Number(size));
        set({ name: this.#onnx.input("input", "float32", dims), dims });
        return;
      }
      case "SparseToDense":
        set(filled(first, second, inputs[3] as Value));
        return;
      case "Identity":
        set(first);
        return;
      case "Transpose":
        set(this.#transposed(first, wholes(second)));
        return;
      case "Conv2D":
      case "DepthwiseConv2dNative":
        set(this.#convolution(node, first, second));
        return;
      case "Conv2DBackpropInput":
        set(this.#transposedConvolution(node, wholes(first), second, third));
        return;
      case "MaxPool":
      case "AvgPool":
        set(this.#pool(node, first));
        return;
      case "Pad":
      case "PadV2":
        set(this.#padded(first, wholes(second), third === undefined ? 0 : Number(valuesOf(constantOf(third))[0])));
        return;
      case "ConcatV2":
        set(this.#concatenated(inputs.slice(0, -1), wholes(inputs.at(-1) as Value)[0] as number));
        return;
      case "SplitV":
        this.#split(node.name, first, wholes(second), wholes(third)[0] as number);
        return;
      case "Reshape":
        set(this.#reshaped(first, wholes(second)));
        return;
      case "ResizeBilinear":
        set(this.#resized(node, first, wholes(second)));
        return;
      case "AddN":
        set(inputs.reduce((sum, input) => this.#binary("Add", sum, input)));
        return;
      case "Add":
      case "AddV2":
        set(first.fixed?.type === "int32" ? addedWholes(first, second) : this.#binary("Add", first, second));
        return;
      case "Mul":
        set(this.#binary("Mul", first, second));
        return;
      case "Relu":
      case "Sigmoid":
        set({ name: this.#onnx.op(node.op, [this.#named(first)]), dims: first.dims });
        return;
      case "Relu6": {
        const bounds = [0, 6].map((bound) => this.#onnx.constant(floats([bound], [])));
        set({ name: this.#onnx.op("Clip", [this.#named(first), ...bounds]), dims: first.dims });
        return;
      }
      case "LeakyRelu": {
        const alpha = { float: node.attr?.["alpha"]?.f ?? 0.2 };
        set({ name: this.#onnx.op("LeakyRelu", [this.#named(first)], { alpha }), dims: first.dims });
        return;
      }
      default:
        throw new ModelError(`operator ${node.op} (${node.name}) is not known to this conversion`);
    }
  }

  #value(name: string): Value {
    const found = this.#values.get(name.replace(/:0$/, ""));
    if (found === undefined) throw new ModelError(`the graph uses ${name} before it is made`);
    return found;
  }

  /** Name of a value in ONNX; constants are written when somebody uses them. */
  #named({ name, fixed }: Value): string {
    return fixed === undefined ? name : this.#onnx.constant(floats(Float32Array.from(valuesOf(fixed)), fixed.dims));
  }

  #transposed(value: Value, order: readonly number[]): Value {
    const dims = order.map((axis) => value.dims[axis] as number);
    return { name: this.#onnx.op("Transpose", [this.#named(value)], { perm: order }), dims };
  }

  #convolution(node: GraphNode, input: Value, filter: Value): Value {
    const [height = 0, width = 0, depth = 0, last = 0] = filter.dims;
    const channels = input.dims[3] as number;
    const isDepthwise = node.op === "DepthwiseConv2dNative";
    if (isDepthwise && last !== 1) throw new ModelError(`${node.name}: more than one filter for a channel`);
    const strides = spatial(node, "strides");
    const dilations = spatial(node, "dilations");
    const padding = paddingOf(node);
    const sizes = [height, width].map((size, axis) => (size - 1) * (dilations[axis] as number) + 1);
    const kernel = permuted(constantOf(filter), isDepthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);
    const value = this.#onnx.op("Conv", [this.#transposed(input, toNchw).name, this.#onnx.constant(kernel)], {
      auto_pad: padding,
      kernel_shape: [height, width],
      strides,
      dilations,
      group: isDepthwise ? channels : channels / depth,
    });
    const size = windowed(input.dims, sizes, strides, padding);
    const made = { name: value, dims: [1, isDepthwise ? channels : last, ...size] };
    return this.#transposed(made, toNhwc);
  }

  #transposedConvolution(node: GraphNode, size: readonly number[], filter: Value, input: Value): Value {
    const [height = 0, width = 0] = filter.dims;
    const strides = spatial(node, "strides");
    if (height !== strides[0] || width !== strides[1]) throw new ModelError(`${node.name}: windows overlap`);
    const kernel = this.#onnx.constant(permuted(constantOf(filter), [3, 2, 0, 1]));
    const name = this.#onnx.op("ConvTranspose", [this.#transposed(input, toNchw).name, kernel], {
      kernel_shape: [height, width],
      strides,
    });
    const made = { name, dims: [1, size[3] as number, size[1] as number, size[2] as number] };
    return this.#transposed(made, toNhwc);
  }

  #pool(node: GraphNode, input: Value): Value {
    const kernel = spatial(node, "ksize");
    const strides = spatial(node, "strides");
    const padding = paddingOf(node);
    const name = this.#onnx.op(
      node.op === "MaxPool" ? "MaxPool" : "AveragePool",
      [this.#transposed(input, toNchw).name],
      { auto_pad: padding, kernel_shape: kernel, strides },
    );
    const made = { name, dims: [1, input.dims[3] as number, ...windowed(input.dims, kernel, strides, padding)] };
    return this.#transposed(made, toNhwc);
  }

  #padded(value: Value, pads: readonly number[], filling: number): Value {
    const before = pads.filter((_, index) => index % 2 === 0);
    const after = pads.filter((_, index) => index % 2 === 1);
    const name = this.#onnx.op("Pad", [
      this.#named(value),
      this.#onnx.constant(longs([...before, ...after])),
      this.#onnx.constant(floats([filling], [])),
    ]);
    return { name, dims: value.dims.map((size, axis) => size + (before[axis] ?? 0) + (after[axis] ?? 0)) };
  }

  #concatenated(values: readonly Value[], axis: number): Value {
    const dims = [...(values[0] as Value).dims];
    const at = axis < 0 ? axis + dims.length : axis;
    dims[at] = values.reduce((sum, value) => sum + (value.dims[at] as number), 0);
    return {
      name: this.#onnx.op(
        "Concat",
        values.map((value) => this.#named(value)),
        { axis: at },
      ),
      dims,
    };
  }

  #split(node: string, value: Value, sizes: readonly number[], axis: number): void {
    const at = axis < 0 ? axis + value.dims.length : axis;
    const names = sizes.map((_, index) => `${node}/part${index}`);
    this.#onnx.node("Split", [this.#named(value), this.#onnx.constant(longs(sizes))], { axis: at }, names);
    for (const [index, size] of sizes.entries()) {
      const dims = value.dims.map((old, dim) => (dim === at ? size : old));
      this.#values.set(index === 0 ? node : `${node}:${index}`, { name: names[index] as string, dims });
    }
  }

  #reshaped(value: Value, shape: readonly number[]): Value {
    const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
    const all = value.dims.reduce((product, size) => product * size, 1);
    const dims = shape.map((size) => (size === -1 ? all / known : size));
    return { name: this.#onnx.op("Reshape", [this.#named(value), this.#onnx.constant(longs(dims))]), dims };
  }

  #resized(node: GraphNode, value: Value, size: readonly number[]): Value {
    const isHalf = node.attr?.["half_pixel_centers"]?.b === true;
    const dims = [1, value.dims[3] as number, ...size];
    const name = this.#onnx.op(
      "Resize",
      [this.#transposed(value, toNchw).name, "", "", this.#onnx.constant(longs(dims))],
      { mode: "linear", coordinate_transformation_mode: isHalf ? "half_pixel" : "asymmetric" },
    );
    return this.#transposed({ name, dims }, toNhwc);
  }

  #binary(kind: string, left: Value, right: Value): Value {
    const rank = Math.max(left.dims.length, right.dims.length);
    const size = ({ dims }: Value, axis: number) => dims[axis - rank + dims.length] ?? 1;
    const dims = Array.from({ length: rank }, (_, axis) => Math.max(size(left, axis), size(right, axis)));
    return { name: this.#onnx.op(kind, [this.#named(left), this.#named(right)]), dims };
  }
}

function constantOf({ fixed, name }: Value): Constant {
  if (fixed === undefined) throw new ModelError(`${name} must be a constant`);
  return fixed;
}

function wholes(value: Value): number[] {
  return Array.from(valuesOf(constantOf(value)));
}

function intConstant(values: readonly number[]): Value {
  const bytes = new Uint8Array(Int32Array.from(values).buffer);
  return { name: "", dims: [values.length], fixed: { type: "int32", dims: [values.length], bytes } };
}

/** `SparseToDense` as shapes use it: nothing is set, every place holds the default. */
function filled(indices: Value, shape: Value, value: Value): Value {
  if (wholes(indices).length > 0) throw new ModelError("SparseToDense with indices is not known to this conversion");
  return intConstant(new Array(wholes(shape)[0] as number).fill(wholes(value)[0]));
}

function addedWholes(left: Value, right: Value): Value {
  const [more, less] = [wholes(left), wholes(right)];
  return intConstant(more.map((value, index) => value + (less[index] ?? (less[0] as number))));
}

/** The two middle values of a list for NHWC. */
function spatial(node: GraphNode, name: string): number[] {
  const list = node.attr?.[name]?.list?.i ?? ["1", "1", "1", "1"];
  return [Number(list[1]), Number(list[2])];
}

function paddingOf(node: GraphNode): string {
  const padding = Buffer.from(node.attr?.["padding"]?.s ?? "", "base64").toString();
  if (padding === "SAME") return "SAME_UPPER";
  if (padding === "VALID") return "VALID";
  throw new ModelError(`${node.name} pads by ${padding || "nothing"}`);
}

/** Height and width after a sliding window. */
function windowed(dims: readonly number[], sizes: readonly number[], strides: readonly number[], padding: string) {
  return [0, 1].map((axis) => {
    const size = dims[axis + 1] as number;
    const free = padding === "VALID" ? size - (sizes[axis] as number) + 1 : size;
    return Math.ceil(free / (strides[axis] as number));
  });
}
