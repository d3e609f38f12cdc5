export * from "./capability-bitstring.ts";
export * from "./capability-number.ts";
export * from "./compatible-with.ts";
export * from "./job-capabilities.ts";
export * from "./node-capabilities.ts";
export * from "./node-version.ts";
export * from "./pipeline-capability.ts";
