export * from "./memory-receipt-store.ts";
export * from "./memory-spend-store.ts";
export * from "./memory-ticket-store.ts";
export * from "./receipt-store-compliance.ts";
export * from "./signer-world.ts";
export * from "./ticket-store-compliance.ts";
