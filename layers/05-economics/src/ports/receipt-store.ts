import type { Address, Hash32 } from "@livepeer-ts/kernel";

/** One receipt as it was signed (issued) or taken over (received). */
export type ReceiptRecord = {
  /** Who keeps it: the orchestrator that signed, or the gateway that got it. */
  readonly side: "issued" | "received";
  readonly orchestrator: Address;
  readonly session: Hash32;
  /** Random 63-bit number of the signer's process start. */
  readonly epoch: bigint;
  /** 0, 1, 2, … within (session, epoch). */
  readonly index: bigint;
  /** EIP-712 struct hash of the receipt; what the next one names in `prev`. */
  readonly hash: Hash32;
  /** ABI-encoded struct, 11 words of 32 bytes. */
  readonly encoded: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** Wall time in ms when it was stored. */
  readonly storedAt: number;
};

/** Names one receipt. */
export type ReceiptKey = Pick<ReceiptRecord, "side" | "orchestrator" | "session" | "epoch" | "index">;

/** Which receipts to read, oldest first. */
export type ReceiptQuery = {
  readonly side: "issued" | "received";
  /** Only this session. */
  readonly session?: Hash32;
  /** Only receipts stored at this wall time or later. */
  readonly storedFrom?: number;
  /** How many of them to leave out from the front. Default 0. */
  readonly skip?: number;
  readonly limit: number;
};

/**
 * Receipts and the counter behind them. Every writing method resolves only when its effect is durable.
 * A receipt is never changed or replaced: two receipts with one key would be evidence against the signer.
 */
export interface ReceiptStore {
  /** Remembers that the signer started this epoch. Rejects with `receipt_epoch_used` when it was used before. */
  startEpoch(orchestrator: Address, epoch: bigint, startedAt: number): Promise<void>;
  /** Keeps a receipt. Rejects with `receipt_index_used` when one with the same key but another hash is there; the same one again is fine. */
  append(record: ReceiptRecord): Promise<void>;
  /** The receipt with the highest index of (session, epoch). */
  last(key: Omit<ReceiptKey, "index">): Promise<ReceiptRecord | undefined>;
  list(query: ReceiptQuery): Promise<readonly ReceiptRecord[]>;
  /** Removes receipts stored before `storedBefore`, then the oldest until at most `maxBytes` of encoded data are left. Returns how many went. */
  prune(limits: { readonly storedBefore: number; readonly maxBytes: number }): Promise<number>;
}
