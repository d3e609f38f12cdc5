import type { Hex } from "@livepeer-ts/kernel";
import { type Abi, decodeErrorResult } from "viem";

/**
 * Why a call reverted: the text of a `require`, `panic: 0x11` for what the language itself refuses, `Name(arguments)`
 * for a custom error, `(empty)` for no reason at all. Anything that is not a revert is thrown.
 */
export function revertReason(error: { readonly message: string; readonly data?: unknown }, abi: Abi): string {
  if (typeof error.data !== "string" || !error.data.startsWith("0x")) throw new Error(error.message);
  const data = error.data as Hex;
  if (data === "0x") return "(empty)";
  const errors = abi.filter((item) => item.type === "error");
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: errors, data });
    if (errorName === "Error") return String(args[0]);
    if (errorName === "Panic") return panic(BigInt(String(args[0])));
    return `${errorName}(${args.join(", ")})`;
  } catch {
    return data;
  }
}

/** The one form in which a panic is written here. */
export function panic(code: bigint): string {
  return `panic: 0x${code.toString(16)}`;
}
