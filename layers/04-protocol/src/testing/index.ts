export * from "./memory-stores.ts";
export * from "./simulated-chain.ts";
export * from "./store-compliance.ts";
