import { bool, duration, type FlagGroup, int, text } from "../flag-spec.ts";

const runnerRoles = ["aiWorker", "orchestrator"] as const;

export const aiFlags: FlagGroup = {
  title: "AI and live AI",
  flags: [
    bool("aiServiceRegistry", false, "use the registry of AI orchestrators instead of the common one", {
      onChain: true,
    }),
    bool("aiServerless", false, "use a serverless runner for live video: the one of -aiModels, at a WebSocket", {
      roles: runnerRoles,
    }),
    bool("useLiveRunners", false, "accept live runners that register themselves with -orchSecret"),
    text("liveRunnerConfig", "", "file that names live runners, JSON"),
    text(
      "liveRunnerProxyUrl",
      "",
      "URL of proxies in front of live runners, with {proxy} in the host or as the last part of the path",
      {
        url: true,
        unsetMeans: "<serviceAddr>/run/{proxy}",
      },
    ),
    text("liveRunnerAddr", "", "base URL under which live runners reach this node", { unsetMeans: "the service URI" }),
    text("aiModels", "", "models to serve and their prices, JSON, or pipeline:model_id:warm,…", {
      orFile: true,
      // tokens of runners may be in it
      secret: true,
      roles: runnerRoles,
    }),
    text("aiModelsDir", "", "folder of models", { unsetMeans: "<dataDir>/models", roles: runnerRoles }),
    text("aiRunnerImageOverrides", "", "container images of runners, JSON: default, batch, live", {
      roles: runnerRoles,
    }),
    bool("aiVerboseLogs", false, "let runners log more", { roles: runnerRoles }),
    duration("aiProcessingRetryTimeout", "2s", "how long an AI job is tried again"),
    int("aiRunnerContainersPerGPU", 1, "runners that share one GPU", { roles: runnerRoles }),
    text("aiMinRunnerVersion", "[]", "lowest versions of runners, JSON"),
    text("mediaMTXApiPassword", "", "password of MediaMTX's control API", { secret: true }),
    text("liveAITrickleHostForRunner", "", "host under which runners reach this node's trickle channels"),
    text("liveAIAuthApiKey", "", "key for the live AI webhook", { secret: true, roles: ["gateway"] }),
    text("liveAIAuthWebhookUrl", "", "asked before a live AI stream may start", { url: true, roles: ["gateway"] }),
    text("liveAIHeartbeatURL", "", "told which live AI streams run", { url: true, roles: ["gateway"] }),
    text("liveAIHeartbeatHeaders", "", "headers of those calls, name:value, comma separated", {
      secret: true,
      roles: ["gateway"],
    }),
    duration("liveAIHeartbeatInterval", "5s", "time between those calls", { roles: ["gateway"] }),
    duration(
      "livePaymentInterval",
      "5s",
      "time between two charges of a live session, and between two payments for it",
    ),
    duration("liveOutSegmentTimeout", "0s", "how long live AI may send no video; then another orchestrator is tried", {
      unsetMeans: "30s",
      roles: ["gateway"],
    }),
    int("liveAISaveNSegments", 10, "segments of live AI kept for a look at errors"),
    duration("liveAICapReportInterval", "25m", "time between looks at the capabilities of all orchestrators"),
  ],
};
