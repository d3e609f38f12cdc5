export * from "./anvil.ts";
export * from "./json-rpc.ts";
export * from "./keystore-dir.ts";
