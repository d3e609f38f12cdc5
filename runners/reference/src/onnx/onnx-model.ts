import { type Attribute, attributeBytes, bytesField, int64s, text, whole } from "./protobuf.ts";

/** Numbers of a tensor as ONNX knows them. */
export const onnxTypes = { float32: 1, int8: 3, int32: 6, int64: 7, float16: 10 } as const;
export type OnnxType = keyof typeof onnxTypes;

/** Constant values: little-endian bytes in row order. */
export type Constant = { readonly type: OnnxType; readonly dims: readonly number[]; readonly bytes: Uint8Array };

/** Size of one dimension; a string names one that is known only when the model runs. */
export type Dimension = number | string;

/** float32 values as a constant. */
export function floats(values: Float32Array | readonly number[], dims: readonly number[] = [values.length]): Constant {
  const data = values instanceof Float32Array ? values : Float32Array.from(values);
  return { type: "float32", dims, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** int64 values as a constant. */
export function longs(values: readonly number[], dims: readonly number[] = [values.length]): Constant {
  const data = BigInt64Array.from(values, BigInt);
  return { type: "int64", dims, bytes: new Uint8Array(data.buffer) };
}

/** An ONNX graph that is put together node by node and written as a file. */
export class OnnxModel {
  readonly #nodes: Uint8Array[] = [];
  readonly #constants: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  readonly #name: string;
  readonly #opset: number;
  #count = 0;

  constructor(name: string, opset = 17) {
    this.#name = name;
    this.#opset = opset;
  }

  input(name: string, type: OnnxType, dims: readonly Dimension[]): string {
    this.#inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /** Gives a value the name under which it leaves the model. */
  output(name: string, value: string, type: OnnxType, dims: readonly Dimension[]): void {
    if (name !== value) this.node("Identity", [value], {}, [name]);
    this.#outputs.push(valueInfo(name, type, dims));
  }

  constant(value: Constant, name = this.#fresh()): string {
    this.#constants.push(
      Buffer.concat([
        bytesField(1, int64s(value.dims)),
        whole(2, onnxTypes[value.type]),
        text(8, name),
        bytesField(9, value.bytes),
      ]),
    );
    return name;
  }

  /** Adds a node with one output and returns the output's name. */
  op(kind: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = this.#fresh();
    this.node(kind, inputs, attributes, [output]);
    return output;
  }

  node(
    kind: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly string[],
  ): void {
    this.#nodes.push(
      Buffer.concat([
        ...inputs.map((input) => text(1, input)),
        ...outputs.map((output) => text(2, output)),
        text(4, kind),
        ...Object.entries(attributes).map(([name, value]) => bytesField(5, attributeBytes(name, value))),
      ]),
    );
  }

  /** The whole model as the bytes of an `.onnx` file. */
  bytes(): Uint8Array {
    const graph = Buffer.concat([
      ...this.#nodes.map((node) => bytesField(1, node)),
      text(2, this.#name),
      ...this.#constants.map((constant) => bytesField(5, constant)),
      ...this.#inputs.map((input) => bytesField(11, input)),
      ...this.#outputs.map((output) => bytesField(12, output)),
    ]);
    return Buffer.concat([
      whole(1, 8),
      text(2, "livepeer-ts"),
      bytesField(7, graph),
      bytesField(8, Buffer.concat([text(1, ""), whole(2, this.#opset)])),
    ]);
  }

  #fresh(): string {
    return `v${this.#count++}`;
  }
}

function valueInfo(name: string, type: OnnxType, dims: readonly Dimension[]): Uint8Array {
  const shape = dims.map((dim) => bytesField(1, typeof dim === "number" ? whole(1, dim) : text(2, dim)));
  const tensor = Buffer.concat([whole(1, onnxTypes[type]), bytesField(2, Buffer.concat(shape))]);
  return Buffer.concat([text(1, name), bytesField(2, bytesField(1, tensor))]);
}
