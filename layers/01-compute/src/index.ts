export * from "./facts/bandwidth-meter.ts";
export * from "./facts/compute-facts.ts";
export * from "./slots/slot-pool.ts";
