export * from "./network/network-state.ts";
export * from "./network/watch-info.ts";
