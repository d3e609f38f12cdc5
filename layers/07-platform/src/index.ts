export type { AiCapabilities, AiPipelineList } from "./ai/ai-routes.ts";
export * from "./options.ts";
export * from "./platform.ts";
export * from "./ports/gateway-control.ts";
export * from "./ports/local-network.ts";
export * from "./ports/static-files.ts";
