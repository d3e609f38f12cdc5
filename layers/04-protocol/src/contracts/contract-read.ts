import { type Address, type Hex, LpError } from "@livepeer-ts/kernel";
import type { Abi, ContractFunctionArgs, ContractFunctionName, ContractFunctionReturnType } from "viem";
import {
  decodeFunctionData,
  decodeFunctionResult,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
} from "viem/utils";
import type { ContractRead } from "../ports/chain-reader.ts";

type ReadName<A extends Abi> = ContractFunctionName<A, "view" | "pure">;

/** Prepares a read of a contract function. */
export function contractRead<
  const A extends Abi,
  N extends ReadName<A>,
  const P extends ContractFunctionArgs<A, "view" | "pure", N>,
>(abi: A, to: Address, name: N, args: P): ContractRead<ContractFunctionReturnType<A, "view" | "pure", N, P>> {
  return {
    to,
    name,
    data: encodeFunctionData({ abi, functionName: name, args } as unknown as EncodeFunctionDataParameters<Abi, string>),
    decode(answer: Hex) {
      try {
        return decodeFunctionResult({
          abi: abi as Abi,
          functionName: name as string,
          data: answer,
        }) as ContractFunctionReturnType<A, "view" | "pure", N, P>;
      } catch (cause) {
        throw new LpError({
          code: "contract_bad_answer",
          message: `the contract at ${to} does not answer ${name} as expected: check the controller address and the network`,
          details: { to, name },
          cause,
        });
      }
    },
  };
}

/** Call data of a contract function that changes state. */
export function contractCall<
  const A extends Abi,
  N extends ContractFunctionName<A, "nonpayable" | "payable">,
  const P extends ContractFunctionArgs<A, "nonpayable" | "payable", N>,
>(abi: A, name: N, args: P): Hex {
  return encodeFunctionData({ abi, functionName: name, args } as unknown as EncodeFunctionDataParameters<Abi, string>);
}

/** Arguments in the call data of a contract function that changes state; undefined when it is another function's. */
export function contractCallArguments<const A extends Abi, N extends ContractFunctionName<A, "nonpayable" | "payable">>(
  abi: A,
  name: N,
  data: Hex,
): ContractFunctionArgs<A, "nonpayable" | "payable", N> | undefined {
  try {
    const decoded = decodeFunctionData({ abi: abi as Abi, data });
    return decoded.functionName === name ? (decoded.args as never) : undefined;
  } catch {
    return undefined; // not a call of this contract
  }
}
