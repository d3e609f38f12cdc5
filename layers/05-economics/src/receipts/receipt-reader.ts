import type { ReceiptReader } from "@livepeer-ts/execution";
import {
  type Address,
  type Clock,
  errorText,
  fromHex,
  type Logger,
  LpError,
  recoverAddress,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import type { ReceiptStore } from "../ports/receipt-store.ts";
import {
  decodeReceipt,
  type ReceiptDomain,
  receiptDigest,
  receiptHash,
  receiptSession,
  transcodeParamsHash,
} from "./receipt.ts";

export type ReceiptReaderDeps = {
  readonly domain: ReceiptDomain;
  /** True when `signer` may sign receipts for `orchestrator`. Default: only itself. */
  readonly isDelegate?: (orchestrator: Address, signer: Address) => boolean;
  /** Where good receipts are kept; undefined keeps none. */
  readonly keep?: {
    readonly store: ReceiptStore;
    readonly clock: Clock;
    readonly tasks: TaskOwner;
    readonly logger: Logger;
  };
};

function mismatch(field: string): LpError {
  return new LpError({
    code: "receipt_mismatch",
    message: `the receipt does not fit the work: ${field} differs`,
    details: { field },
  });
}

/** Reads receipts that came with answers and compares them with the work that was asked for. */
export function createReceiptReader(deps: ReceiptReaderDeps): ReceiptReader {
  return {
    read(header, signatureHeader, expected) {
      const encoded = new Uint8Array(Buffer.from(header, "base64"));
      const receipt = decodeReceipt(encoded);
      const signature = fromHex(signatureHeader);
      const hash = receiptHash(receipt);
      const signer = recoverAddress(receiptDigest(hash, deps.domain), signature);
      if (signer !== expected.orchestrator) throw mismatch("signer");
      if (receipt.orchestrator !== signer && deps.isDelegate?.(receipt.orchestrator, signer) !== true) {
        throw mismatch("orchestrator");
      }
      const session = receiptSession(expected.sessionId, expected.manifestId, expected.gateway);
      if (receipt.session !== session) throw mismatch("session");
      if (receipt.sourceHash !== expected.sourceHash) throw mismatch("source hash");
      if (receipt.paramsHash !== transcodeParamsHash(expected.profiles)) throw mismatch("parameters");
      if (receipt.resultsHash !== expected.resultsHash) throw mismatch("results hash");
      const { keep } = deps;
      keep?.tasks.spawn("keep receipt", async () => {
        const { orchestrator, epoch, index } = receipt;
        const storedAt = keep.clock.now();
        try {
          await keep.store.append({
            side: "received",
            orchestrator,
            session,
            epoch,
            index,
            hash,
            encoded,
            signature,
            storedAt,
          });
        } catch (error) {
          // two different receipts with one number: evidence against the orchestrator
          keep.logger.warn("receipt could not be kept", { orchestrator, error: errorText(error) });
        }
      });
      return { hash, pixelCount: receipt.pixelCount };
    },
  };
}
