export * from "./facts/bandwidth-meter.ts";
export * from "./facts/compute-facts.ts";
export * from "./runners/runner-driver.ts";
export * from "./runners/runner-lease.ts";
export * from "./runners/runner-spec.ts";
export * from "./slots/slot-pool.ts";
