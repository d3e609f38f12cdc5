import {
  type Address,
  fromHex,
  type Hash32,
  type Hex,
  hashFromBytes,
  keccak256,
  signHash,
  toHex,
} from "@livepeer-ts/kernel";
import type { TransactionSerializable } from "viem";
import { serializeTransaction } from "viem/utils";
import type { TxFees } from "./fees.ts";

/** Everything that a signature covers. */
export type UnsignedTx = {
  readonly chainId: bigint;
  readonly nonce: number;
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly gasLimit: bigint;
  readonly fees: TxFees;
};

/** The signed transaction and its hash. */
export function signTransaction(tx: UnsignedTx, privateKey: Uint8Array): { raw: Hex; hash: Hash32 } {
  const base = {
    chainId: Number(tx.chainId),
    nonce: tx.nonce,
    to: tx.to,
    data: tx.data,
    value: tx.valueWei,
    gas: tx.gasLimit,
  };
  const unsigned: TransactionSerializable =
    tx.fees.type === "legacy"
      ? { ...base, type: "legacy", gasPrice: tx.fees.maxFeePerGasWei }
      : {
          ...base,
          type: "eip1559",
          maxFeePerGas: tx.fees.maxFeePerGasWei,
          maxPriorityFeePerGas: tx.fees.maxPriorityFeePerGasWei,
        };
  const signature = signHash(keccak256(fromHex(serializeTransaction(unsigned))), privateKey);
  const yParity = (signature[64] as number) - 27;
  const raw = serializeTransaction(unsigned, {
    r: toHex(signature.subarray(0, 32)),
    s: toHex(signature.subarray(32, 64)),
    yParity,
    v: tx.fees.type === "legacy" ? tx.chainId * 2n + 35n + BigInt(yParity) : BigInt(yParity + 27),
  });
  return { raw, hash: hashFromBytes(keccak256(fromHex(raw))) };
}
