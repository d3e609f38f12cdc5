import { type Hex, LpError } from "@livepeer-ts/kernel";
import { decodeAbiParameters } from "viem/utils";

const errorSelector = "0x08c379a0";
const panicSelector = "0x4e487b71";

/** The text of a `require` in revert data; undefined when there is none. Panics give `panic code 0x11`. */
export function decodeRevertData(data: string | undefined): string | undefined {
  if (data === undefined || !/^0x[0-9a-fA-F]{8,}$/.test(data)) return undefined;
  const body = `0x${data.slice(10)}` as Hex;
  try {
    if (data.startsWith(errorSelector)) return decodeAbiParameters([{ type: "string" }], body)[0];
    if (data.startsWith(panicSelector))
      return `panic code 0x${decodeAbiParameters([{ type: "uint256" }], body)[0].toString(16)}`;
  } catch {
    return undefined; // not the ABI encoding it claims to be
  }
  return undefined;
}

/**
 * Why a contract refused a call, from the error of `ChainRpc.call`: the text of its `require`, `` for a revert without text,
 * undefined when the error is not a revert.
 */
export function revertReason(error: unknown): string | undefined {
  if (!(error instanceof LpError) || error.code !== "rpc_error") return undefined;
  const { data, rpcMessage } = error.details;
  const decoded = decodeRevertData(typeof data === "string" ? data : undefined);
  if (decoded !== undefined) return decoded;
  const text = typeof rpcMessage === "string" ? rpcMessage : error.message;
  const match =
    /execution reverted(?::\s*(?:revert:?\s*)?(.*))?/.exec(text) ?? /reverted with reason string '(.*)'/.exec(text);
  if (match !== null) return (match[1] ?? "").trim();
  return error.details["rpcCode"] === 3 || /\brevert/.test(text) ? "" : undefined;
}
