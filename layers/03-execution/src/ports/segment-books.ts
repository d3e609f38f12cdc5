import type { Address } from "@livepeer-ts/kernel";
import type { SegmentCredentials } from "../segments/segment-credentials.ts";
import type { OrchestratorInfo, Payment } from "../wire/net_pb.gen.ts";
import type { SignedReceipt, WorkDone } from "./receipts.ts";

/** A segment that a gateway is about to send; the signature of its credentials holds. */
export type AnnouncedWork = {
  readonly payment: Payment;
  readonly sender: Address;
  readonly credentials: Pick<SegmentCredentials, "manifestId" | "capabilities" | "authToken">;
};

/** A segment that is done and is to be paid for. */
export type BilledWork = WorkDone & {
  readonly wantsReceipt: boolean;
};

export type SettledWork = {
  /** Signature over the results' hash. */
  readonly signature: Uint8Array;
  /** Undefined when none is wanted or the node issues none. */
  readonly receipt: SignedReceipt | undefined;
};

/**
 * What an orchestrator must know once, however many processes do its work: sessions and their order, places, payments, receipts,
 * its key.
 */
export interface SegmentBooks {
  /**
   * Checks capabilities, token and room, takes the payment; its winners are durable when it resolves. Resolves with what the gateway
   * is told. Rejects with `Refusal`.
   */
  admit(work: AnnouncedWork): Promise<OrchestratorInfo>;
  /**
   * Runs `work` when the session's earlier segments are done and there is a place. Rejects with `capped`, `busy`, `slots_full`
   * (retryable), or as `work` does.
   */
  run<T>(sessionId: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** Takes the fee from the session's balance, numbers the receipt, which is durable when it resolves, and signs. */
  settle(work: BilledWork): Promise<SettledWork>;
}
