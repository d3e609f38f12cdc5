import { type Address, type Hex, toAddress } from "@livepeer-ts/kernel";
import { decodeFunctionResult, encodeFunctionData } from "viem/utils";
import { multicall3Abi } from "../abi/index.ts";

/** Where Multicall3 lives on every chain that has it. */
export const multicall3Address: Address = toAddress("0xcA11bde05977b3631167028862bE2a173976CA11");

/** Call data that runs all calls and lets single ones fail. */
export function encodeMulticall(calls: readonly { to: Address; data: Hex }[]): Hex {
  return encodeFunctionData({
    abi: multicall3Abi,
    functionName: "aggregate3",
    args: [calls.map(({ to, data }) => ({ target: to, allowFailure: true, callData: data }))],
  });
}

/** The answers in order of the calls. */
export function decodeMulticall(answer: Hex): readonly { success: boolean; returnData: Hex }[] {
  return decodeFunctionResult({ abi: multicall3Abi, functionName: "aggregate3", data: answer });
}
