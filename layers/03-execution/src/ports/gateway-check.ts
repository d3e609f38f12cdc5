import type { Address } from "@livepeer-ts/kernel";

/** Whether a gateway may use this orchestrator; asked before it gets an offer. */
export interface GatewayCheck {
  /** Resolves when it may. Rejects with `gateway_refused`, or (retryable) `gateway_unknown` when nobody could say; peers see the message. */
  admit(gateway: Address): Promise<void>;
}

/** Lets everybody in. */
export const anyGateway: GatewayCheck = { admit: async () => {} };
