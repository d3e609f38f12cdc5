import type { Address, Hash32 } from "@livepeer-ts/kernel";
import type { VideoProfile } from "@livepeer-ts/media";

export type WorkDone = {
  readonly sessionId: string;
  readonly manifestId: string;
  readonly gateway: Address;
  /** keccak of the received bytes. */
  readonly sourceHash: Hash32;
  readonly profiles: readonly VideoProfile[];
  /** The 32 bytes that the result signature signs. */
  readonly resultsHash: Hash32;
  readonly pixelCount: bigint;
};

/** A signed receipt ready for the answer's headers. */
export type SignedReceipt = {
  /** EIP-712 struct hash chain value of this receipt. */
  readonly hash: Hash32;
  /** Value of `Livepeer-Receipt`: base64 of the ABI-encoded struct. */
  readonly header: string;
  /** Value of `Livepeer-Receipt-Sig`: 65 bytes hex. */
  readonly signatureHeader: string;
};

/** Signs what was done. The counter is durable before the promise resolves. */
export interface ReceiptIssuer {
  issue(work: WorkDone): Promise<SignedReceipt>;
}

/** Reads and checks a receipt that came with an answer. Throws `LpError` when it does not fit the work. */
export interface ReceiptReader {
  read(
    header: string,
    signatureHeader: string,
    expected: Omit<WorkDone, "pixelCount"> & { orchestrator: Address },
  ): {
    readonly hash: Hash32;
    readonly pixelCount: bigint;
  };
}
