import { arbitrumOne } from "./arbitrum-one.ts";
import { devnet } from "./devnet.ts";
import { ethereumMainnet } from "./ethereum-mainnet.ts";
import type { NetworkAddresses } from "./network-addresses.ts";

export { arbitrumOne } from "./arbitrum-one.ts";
export { devnet } from "./devnet.ts";
export { ethereumMainnet } from "./ethereum-mainnet.ts";
export type { ContractName, KnownContract, NetworkAddresses } from "./network-addresses.ts";

/** Address books of the known networks, by go-livepeer's network names. */
export const knownNetworks: Readonly<Record<string, NetworkAddresses>> = Object.fromEntries(
  [arbitrumOne, ethereumMainnet, devnet].map((book) => [book.network, book]),
);
