/** Paths, header names, answer texts and figures of live runners; runners and clients match on them. */
export const liveRunnerWire = {
  path: {
    discovery: "/discovery",
    heartbeat: "/runners/heartbeat",
    runners: "/runners/",
    apps: "/apps/",
    runner: "/runner/",
    refreshPayment: "/refresh-payment",
  },
  header: {
    route: "Livepeer-Runner-Route",
    sessionId: "Livepeer-Session-Id",
    sessionToken: "Livepeer-Session-Token",
    sessionControl: "Livepeer-Session-Control",
    payer: "Livepeer-Payer-Address",
    /** Ours: why a session has ended, or a call was refused. */
    reason: "Livepeer-Reason",
  },
  heartbeatInterval: "5s",
  heartbeatTtl: "20s",
  text: {
    badRegistration: "invalid registration authorization",
    badHeartbeat: "invalid heartbeat authorization",
    badAuthorization: "invalid authorization",
    noRunner: "runner not found",
    noDynamic: "dynamic live runner registration is disabled",
    isStatic: "static live runners cannot be unregistered",
    badUrl: "invalid runner_url",
    badId: "runner_id may only contain alphanumerics, dots, underscores, or hyphens",
    appTrimmed: "app must be trimmed",
    appRequired: "app is required",
    badMode: 'mode must be "persistent" or "single-shot"',
    badStatus: "status must be lowercase and trimmed",
    badCapacity: "capacity must be >= 0",
    longMetadata: "metadata must be at most 1024 bytes",
    badMetadata: "metadata must be valid UTF-8",
    badGpu: "gpu must be an object or a device index",
    badPrice: 'price_info needs price > 0, currency "usd" and unit "hour", "720p" or "fixed"',
    noSession: "runner session not found",
    notSingleShot: "runner is not single-shot",
    notPersistent: "runner is not persistent",
    noCapacity: "no capacity available for runner",
    sessionExists: "session already exists",
    noChannels: "channels is required",
    manyChannels: "channels cannot contain more than 25 entries",
    badChannel: "trickle channel name may only contain alphanumerics, underscores, or hyphens",
    noChannel: "trickle channel not found",
    noProxy: "live runner proxy not found",
    relativeTarget: "target_url must be an absolute URL",
    otherHost: "target_url hostname must match registered runner_url hostname",
    unreachable: "the runner did not answer",
    otherManifest: "mismatched manifest and auth token",
    otherSession: "payment is for another session",
    otherPrice: "payment price does not match live runner price",
    isFixed: "session has a fixed price",
    noFixedPrice: "fixed price not found for session",
    lowBalance: "Insufficient balance",
    noPrice: (why: string) => `live runner price unavailable: ${why}`,
  },
} as const;

/** Why a session ended. */
export type SessionEnd =
  | "stopped_by_client"
  | "stopped_by_runner"
  | "request_ended"
  | "runner_gone"
  | "runner_unhealthy"
  | "insufficient_balance"
  | "node_stopping";

/** Why a call came to nothing without the end of its session. */
export type CallRefusalReason =
  /** The node refused it; the application has not seen it. */
  | "refused"
  /** The application could not be reached; it has not seen the call either. */
  | "runner_unreachable"
  /** The application broke it off before it answered. */
  | "runner_failed";
