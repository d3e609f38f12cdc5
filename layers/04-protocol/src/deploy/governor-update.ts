import { type Address, type Hash32, type Hex, hashFromBytes, keccak256 } from "@livepeer-ts/kernel";
import { encodeAbiParameters, getAbiItem, hexToBytes } from "viem";
import { governorAbi } from "../abi/index.ts";

/** Calls that a Governor makes together, as its functions take them. */
export type GovernorUpdate = {
  readonly target: readonly Address[];
  readonly value: readonly bigint[];
  readonly data: readonly Hex[];
  readonly nonce: bigint;
};

/** Puts calls into an update; the nonce tells updates with the same calls apart. */
export function governorUpdate(
  calls: readonly { readonly to: Address; readonly data: Hex }[],
  nonce: bigint,
): GovernorUpdate {
  return {
    target: calls.map(({ to }) => to),
    value: calls.map(() => 0n),
    data: calls.map(({ data }) => data),
    nonce,
  };
}

/** Hash under which a Governor keeps a staged update. */
export function governorUpdateHash(update: GovernorUpdate): Hash32 {
  const [type] = getAbiItem({ abi: governorAbi, name: "execute" }).inputs;
  return hashFromBytes(keccak256(hexToBytes(encodeAbiParameters([type], [update]))));
}
