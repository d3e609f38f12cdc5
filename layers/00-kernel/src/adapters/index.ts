export * from "./http-host.ts";
export * from "./line-logger.ts";
export * from "./node-net.ts";
export * from "./self-signed-certificate.ts";
export * from "./system-clock.ts";
export * from "./system-random.ts";
export * from "./worker-tasks.ts";
