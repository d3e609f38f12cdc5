import { capability } from "../../capabilities/capability-number.ts";

/** Names, texts and figures of serverless runners and of the call that begins a job of theirs; runners and clients match on them. */
export const serverlessWire = {
  pipeline: "live-video-to-video",
  /** The only model there is. */
  model: "scope",
  /** Number of the pipeline in the capability table. */
  capability: capability.liveVideoToVideo,
  path: "/scope",
  header: {
    manifestId: "Manifest-Id",
    userId: "Daydream-User-Id",
  },
  /** Field of a job's parameters that names the user, and who it is without. */
  userParameter: "daydream_user_id",
  defaultUser: "daydreamer",
  /** A job begins again this often within a minute at most. */
  maxReadyPerMinute: 20,
  text: {
    noCapacity: "insufficient capacity",
    otherPrice: "payment price does not match the price of this model",
    lowBalance: "Insufficient balance",
    badManifest: "manifest id must be 1 to 64 letters, digits, underscores or hyphens",
    manifestInUse: "a job of this manifest id runs already",
    closing: "the time of this session is over",
    stopping: "this node is stopping",
  },
} as const;

/** Why a job has ended. */
export type ServerlessEnd =
  | "runner_gone"
  | "runner_failed"
  | "no_pong"
  | "too_many_restarts"
  | "events_ended"
  | "session_limit"
  | "insufficient_balance"
  | "node_stopping";
