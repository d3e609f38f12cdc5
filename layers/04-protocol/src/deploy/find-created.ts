import { type Address, toAddress } from "@livepeer-ts/kernel";
import { getContractAddress } from "viem";
import type { ChainSession } from "./chain-session.ts";
import { type ContractCode, isMadeBy } from "./contract-code.ts";

/** Transactions of an account that are looked through for contracts it made, the newest first. */
const maxSearchedNonces = 1000;
const searchedAtOnce = 50;

/** A contract that an account made. */
export type FoundContract = { readonly address: Address; readonly nonce: number };

/** The newest contract of this code that an account made; undefined when there is none among its last transactions. */
export async function findCreated(
  session: ChainSession,
  account: Address,
  nextNonce: number,
  code: ContractCode,
  depth: number = maxSearchedNonces,
): Promise<FoundContract | undefined> {
  const last = Math.max(0, nextNonce - depth);
  for (let end = nextNonce; end > last; end -= searchedAtOnce) {
    const nonces = Array.from({ length: Math.min(searchedAtOnce, end - last) }, (_, i) => end - 1 - i);
    const found = await Promise.all(
      nonces.map(async (nonce) => {
        const address = toAddress(getContractAddress({ from: account, nonce: BigInt(nonce) }));
        return isMadeBy(code, await session.code(address)) ? { address, nonce } : undefined;
      }),
    );
    const newest = found.find((contract) => contract !== undefined);
    if (newest !== undefined) return newest;
  }
  return undefined;
}
