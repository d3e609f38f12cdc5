export * from "./memory-only.ts";
export * from "./recording-payments.ts";
export * from "./test-signer.ts";
