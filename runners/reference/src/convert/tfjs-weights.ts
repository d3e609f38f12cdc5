import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ModelError } from "../model-error.ts";
import { type Constant, floats } from "../onnx/onnx-model.ts";

type WeightEntry = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string };
};

/** Head of a TensorFlow.js model file, as far as conversions read it. */
export type TfjsModel = {
  readonly modelTopology: unknown;
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly WeightEntry[] }[];
};

/** Reads a TensorFlow.js model: its JSON, and every weight as float32, int32 or float16. */
export function readTfjsModel(file: string): { readonly model: TfjsModel; readonly weights: Map<string, Constant> } {
  const model = JSON.parse(readFileSync(file, "utf8")) as TfjsModel;
  const weights = new Map<string, Constant>();
  for (const group of model.weightsManifest) {
    const bytes = Buffer.concat(group.paths.map((path) => readFileSync(join(dirname(file), path))));
    let at = 0;
    for (const { name, shape, dtype, quantization } of group.weights) {
      const type = quantization?.dtype ?? dtype;
      if (type !== "float32" && type !== "int32" && type !== "float16") {
        throw new ModelError(`weight ${name} of ${file} has the type ${type}, which this conversion does not know`);
      }
      const length = shape.reduce((product, size) => product * size, 1) * (type === "float16" ? 2 : 4);
      weights.set(name, { type, dims: shape, bytes: Uint8Array.from(bytes.subarray(at, at + length)) });
      at += length;
    }
    if (at !== bytes.length) throw new ModelError(`${file} has ${bytes.length} bytes of weights, its list names ${at}`);
  }
  return { model, weights };
}

/** The values of a constant as numbers. */
export function valuesOf({ type, bytes }: Constant): Float32Array | Int32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (type === "float32") return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (type === "int32") return new Int32Array(buffer, byteOffset, byteLength / 4);
  if (type === "float16") return Float32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), halfToFloat);
  throw new ModelError(`constants of type ${type} are not read here`);
}

/** An IEEE half-precision number given as its 16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The same tensor as float32 with its axes in another order. */
export function permuted(constant: Constant, order: readonly number[]): Constant {
  const source = valuesOf(constant);
  const dims = order.map((axis) => constant.dims[axis] as number);
  const strides = constant.dims.map((_, axis) => constant.dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const steps = order.map((axis) => strides[axis] as number);
  const target = new Float32Array(source.length);
  const index = dims.map(() => 0);
  let from = 0;
  for (let at = 0; at < target.length; at++) {
    target[at] = source[from] as number;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += steps[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (dims[axis] as number)) break;
      from -= (steps[axis] as number) * (dims[axis] as number);
      index[axis] = 0;
    }
  }
  return floats(target, dims);
}
