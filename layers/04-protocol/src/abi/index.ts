// Written by scripts/generate-contracts.mjs; do not edit.
export { adjustableRoundsManagerAbi } from "./adjustable-rounds-manager.gen.ts";
export { bondingManagerAbi } from "./bonding-manager.gen.ts";
export { bondingVotesAbi } from "./bonding-votes.gen.ts";
export { controllerAbi } from "./controller.gen.ts";
export { dummyL2LptDataCacheAbi } from "./dummy-l2-lpt-data-cache.gen.ts";
export { livepeerTokenAbi } from "./livepeer-token.gen.ts";
export { livepeerTokenFaucetAbi } from "./livepeer-token-faucet.gen.ts";
export { managerProxyAbi } from "./manager-proxy.gen.ts";
export { minterAbi } from "./minter.gen.ts";
export { multicall3Abi } from "./multicall3.gen.ts";
export { roundsManagerAbi } from "./rounds-manager.gen.ts";
export { serviceRegistryAbi } from "./service-registry.gen.ts";
export { ticketBrokerAbi } from "./ticket-broker.gen.ts";
