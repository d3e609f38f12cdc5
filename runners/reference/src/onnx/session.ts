import { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelError } from "../model-error.ts";

/** Threads of one inference. */
const threads = 2;

export { InferenceSession, Tensor };

/** Opens an ONNX model for the CPU. Rejects with `ModelError` naming the file. */
export async function openModel(file: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(file, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new ModelError(`${file} cannot be opened: ${(cause as Error).message}`, { cause });
  }
}

/** Runs a model whose outputs are float32. */
export async function infer(
  session: InferenceSession,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>> {
  const outputs = await session.run(inputs);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]),
  );
}

export function floatTensor(data: Float32Array, dims: readonly number[]): Tensor {
  return new Tensor("float32", data, dims);
}

export function longTensor(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor("int64", BigInt64Array.from(values, BigInt), dims);
}
