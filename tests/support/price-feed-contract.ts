import type { Address } from "@livepeer-ts/kernel";
import { installPriceFeed, openChainSession } from "@livepeer-ts/protocol/deploy";

/** Puts a Chainlink aggregator on anvil that says what one ether costs in dollars, with 8 digits. */
export async function putPriceFeed(rpcUrl: string, address: Address, dollars: bigint): Promise<void> {
  await installPriceFeed(await openChainSession({ rpcUrl }), address, dollars);
}
