/** Why a stream of an external capability has ended. */
export type StreamEndReason =
  | "stopped_by_client"
  /** The webhook for running streams said so. */
  | "credit_exhaustion"
  /** Its publisher sent nothing for too long. */
  | "no_input"
  /** The payments did not keep up at the orchestrator. */
  | "insufficient_balance"
  | "orchestrator_ended"
  | "orchestrator_unreachable"
  /** It took the segments more slowly than they came. */
  | "orchestrator_slow"
  /** The worker sent no video for too long. */
  | "no_output"
  /** The worker's events stopped. */
  | "no_events"
  | "too_many_swaps"
  | "gateway_stopping";

/** How a stream, or its time at one orchestrator, has ended. */
export type StreamEnd = { readonly reason: StreamEndReason; readonly message: string };
