export * from "./fake-cluster.ts";
export * from "./fake-docker-engine.ts";
export * from "./fake-machine.ts";
export * from "./runner-driver-compliance.ts";
