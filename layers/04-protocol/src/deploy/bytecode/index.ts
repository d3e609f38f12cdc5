// Written by scripts/generate-contracts.mjs; do not edit.
export { adjustableRoundsManagerCode } from "./adjustable-rounds-manager.gen.ts";
export { bondingManagerCode } from "./bonding-manager.gen.ts";
export { bondingVotesCode } from "./bonding-votes.gen.ts";
export { controllerCode } from "./controller.gen.ts";
export { dummyL2LptDataCacheCode } from "./dummy-l2-lpt-data-cache.gen.ts";
export { livepeerTokenCode } from "./livepeer-token.gen.ts";
export { livepeerTokenFaucetCode } from "./livepeer-token-faucet.gen.ts";
export { managerProxyCode } from "./manager-proxy.gen.ts";
export { minterCode } from "./minter.gen.ts";
export { multicall3Code } from "./multicall3.gen.ts";
export { roundsManagerCode } from "./rounds-manager.gen.ts";
export { serviceRegistryCode } from "./service-registry.gen.ts";
export { sortedDoublyLlCode } from "./sorted-doubly-ll.gen.ts";
export { ticketBrokerCode } from "./ticket-broker.gen.ts";
