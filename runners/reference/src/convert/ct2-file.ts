import { readFileSync } from "node:fs";
import { ModelError } from "../model-error.ts";
import type { Constant, OnnxType } from "../onnx/onnx-model.ts";

const types: Readonly<Record<number, OnnxType>> = { 0: "float32", 1: "int8", 3: "int32", 4: "float16" };

/**
 * The variables of a CTranslate2 model file: version, name of the architecture, its revision, then name, sizes, type and bytes of
 * each, all little endian.
 */
export function readCt2File(file: string): ReadonlyMap<string, Constant> {
  const bytes = readFileSync(file);
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new ModelError(`${file} ends in the middle of a variable`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const u32 = () => take(4).readUInt32LE();
  const name = () => {
    const raw = take(take(2).readUInt16LE());
    return raw.subarray(0, -1).toString("utf8");
  };
  const version = u32();
  const architecture = name();
  u32();
  if (version !== 6 || architecture !== "WhisperSpec") {
    throw new ModelError(
      `${file} is ${architecture} in version ${version}; this conversion knows WhisperSpec in version 6`,
    );
  }
  const variables = new Map<string, Constant>();
  for (let left = u32(); left > 0; left--) {
    const variable = name();
    const rank = take(1).readUInt8();
    const dims = Array.from({ length: rank }, u32);
    const code = take(1).readUInt8();
    const type = types[code];
    const data = Uint8Array.from(take(u32()));
    if (type !== undefined) variables.set(variable, { type, dims, bytes: data });
  }
  return variables;
}
