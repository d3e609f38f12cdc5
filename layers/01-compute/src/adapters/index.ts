export * from "./machine-hardware.ts";
export * from "./power-meter.ts";
