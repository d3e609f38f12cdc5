export * from "./ai/ai-capabilities.ts";
export * from "./ai/ai-job-stage.ts";
export * from "./ai/ai-pipelines.ts";
export * from "./network/network-state.ts";
export * from "./network/watch-info.ts";
