import { redeemGasForNetwork } from "@livepeer-ts/economics";
import { type Address, LpError, toAddress } from "@livepeer-ts/kernel";
import { knownControllers } from "@livepeer-ts/protocol";

/** What is known about a network by its name alone. */
export type NetworkDefaults = {
  /** Undefined: `-ethController` must be given. */
  readonly controller: Address | undefined;
  /** Registry of AI orchestrators (`-aiServiceRegistry`); undefined: there is none. */
  readonly aiServiceRegistry: Address | undefined;
  /** Undefined: any chain. */
  readonly chainId: bigint | undefined;
  readonly minGasPriceWei: bigint;
  /** Gas of one redemption. Undefined: look at the chain. */
  readonly redeemGas: bigint | undefined;
};

/** go-livepeer's names: the chain, and the lowest gas price that is believed there, wei. */
const publicNetworks: Readonly<Record<string, { readonly chainId: bigint; readonly minGasPriceWei: bigint }>> = {
  "arbitrum-one-mainnet": { chainId: 42_161n, minGasPriceWei: 0n },
  mainnet: { chainId: 1n, minGasPriceWei: 1_000_000_000n },
  "arbitrum-one-rinkeby": { chainId: 421_611n, minGasPriceWei: 0n },
  rinkeby: { chainId: 4n, minGasPriceWei: 0n },
};

/** By network. Same functions as the common registry, other entries. */
const aiServiceRegistries: Readonly<Record<string, Address>> = {
  "arbitrum-one-mainnet": toAddress("0x04C0b249740175999E5BF5c9ac1dA92431EF34C5"),
};

/** Defaults of `-network`. */
export function networkDefaults(network: string): NetworkDefaults {
  const row = Object.hasOwn(publicNetworks, network) ? publicNetworks[network] : undefined;
  return {
    controller: Object.hasOwn(knownControllers, network) ? knownControllers[network] : undefined,
    aiServiceRegistry: Object.hasOwn(aiServiceRegistries, network) ? aiServiceRegistries[network] : undefined,
    chainId: row?.chainId,
    minGasPriceWei: row?.minGasPriceWei ?? 0n,
    redeemGas: row === undefined ? undefined : redeemGasForNetwork(network),
  };
}

/** Throws `wrong_chain` when the chain is not the one that the network's name stands for. */
export function checkChainId(network: string, expected: bigint | undefined, chainId: bigint): void {
  if (expected === undefined || expected === chainId) return;
  throw new LpError({
    code: "wrong_chain",
    message: `node does not support chainID = ${chainId} right now: -network ${network} is chain ${expected}, so check -network and -ethUrl`,
    details: { expected: expected.toString(), chainId: chainId.toString() },
  });
}
