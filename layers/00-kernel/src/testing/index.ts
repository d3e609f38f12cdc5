export * from "./object-store-memory.ts";
export * from "./recording-event-sink.ts";
export * from "./sim-net.ts";
export * from "./sim-random.ts";
export * from "./simulation.ts";
