import { redeemGasOf } from "@livepeer-ts/economics";
import { toAddress } from "@livepeer-ts/kernel";
import type { ChainReader } from "@livepeer-ts/protocol";

/** ArbSys: every Arbitrum chain has it there, and no other chain has anything. */
const arbSys = toAddress("0x0000000000000000000000000000000000000064");

/** Gas of one redemption on a chain that is known by no name. */
export async function redeemGasOfChain(reader: ChainReader, signal: AbortSignal): Promise<bigint> {
  return (await reader.hasCode(arbSys, signal)) ? redeemGasOf.arbitrum : redeemGasOf.other;
}
