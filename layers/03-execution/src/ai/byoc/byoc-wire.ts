/** Paths, header names and answer texts of capabilities that others bring; gateways, workers and clients match on them. */
export const byocWire = {
  path: {
    register: "/capability/register",
    unregister: "/capability/unregister",
    token: "/process/token",
    request: "/process/request/",
    stream: "/process/stream/",
    streamWork: "/ai/stream/",
  },
  header: {
    job: "Livepeer",
    account: "Livepeer-Eth-Address",
    capability: "Livepeer-Capability",
    balance: "Livepeer-Balance",
    streamBalance: "Livepeer-Payment-Balance",
    metadata: "X-Metadata",
    orchestratorUrl: "X-Orchestrator-Url",
    streamId: "X-Stream-Id",
    controlUrl: "X-Control-Url",
    eventsUrl: "X-Events-Url",
    publishUrl: "X-Publish-Url",
    subscribeUrl: "X-Subscribe-Url",
    dataUrl: "X-Data-Url",
    searchTimeout: "Livepeer-Orch-Search-Timeout",
    answerTimeout: "Livepeer-Orch-Search-Resp-Timeout",
  },
  /** Signature of a node without a key: 65 bytes of nothing. */
  emptySignature: `0x${"00".repeat(65)}`,
  text: {
    badSecret: "invalid authorization",
    notRegistered: (why: string) => `Error registering capability: ${why}`,
    notAllowed: "Method not allowed",
    noAccount: "Must have eth address and signature on address in Livepeer-Eth-Address header",
    badAccount: "Invalid eth address header ",
    noCapability:
      "Job capabilities not provided, must provide comma separated capabilities in Livepeer-Capability header",
    noPrice: (why: string) => `Could not get price err=${why}`,
    noTicketParams: (why: string) => `Could not get ticket params err=${why}`,
    badCredentials: "Could not verify job creds",
    noTimeout: "no timeout_seconds set with request, timeout_seconds is required",
    noCapacity: "No capacity available for capability",
    lowBalance: "Insufficient balance for request",
    workerGone: (why: string) => `job not able to be processed, removing capability err=${why}`,
    workerFailed: (why: string) => `job not able to be processed err=${why}`,
    streamExists: "Error adding stream to external capabilities",
    streamWorkerFailed: "Orchestrator worker failure",
    badParameters: (why: string) => `Unable to unmarshal job parameters err=${why}`,
    badRequest: (why: string) => `Unable to parse job request, err=${why}`,
    noOrchestrators: (name: string) => `No orchestrators found for capability ${name}`,
    allFailed: (name: string, why: string) => `No orchestrator could do the job of capability ${name}: ${why}`,
    noStream: "Stream not found",
    jsonEnd: "unexpected end of JSON input",
  },
} as const;

/** A refusal of a job, with its status. */
export { AiRefusal as ByocRefusal } from "../wire/ai-refusal.ts";
