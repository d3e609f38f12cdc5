/** Paths, headers and content types between an orchestrator and its remote AI workers. */
export const aiWorkerWire = {
  resultsPath: "/aiResults",
  credentialsHeader: "Credentials",
  taskIdHeader: "TaskId",
  pipelineHeader: "Pipeline",
  errorType: "livepeer/ai-worker-error",
} as const;

/** Why a job found no worker, or came to nothing there. */
export const aiWorkerErrors = {
  tooLong: "AI worker took too long",
  gone: "the AI worker's connection ended",
} as const;

/** Largest result of one job: its JSON and media together. */
export const maxAiResultBytes = 512 * 1024 * 1024;
/** Parts of a result. */
export const maxAiResultParts = 64;
/** Longest wait for a result, ms. */
export const aiResultMs = 15 * 60_000;
