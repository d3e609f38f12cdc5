export * from "./slots/slot-pool.ts";
