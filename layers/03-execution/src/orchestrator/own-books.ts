import type { SlotPool } from "@livepeer-ts/compute";
import { errorText, hashToBytes, type Logger } from "@livepeer-ts/kernel";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { PaymentRecipient } from "../ports/payment-recipient.ts";
import type { ReceiptIssuer } from "../ports/receipts.ts";
import type { AnnouncedWork, SegmentBooks } from "../ports/segment-books.ts";
import type { AuthToken, OrchestratorInfo } from "../wire/net_pb.gen.ts";
import { buildOrchestratorInfo, type InfoSource } from "./orchestrator-info.ts";
import type { SessionTable } from "./session-table.ts";
import { type AdmissionDeps, checkCredentials, Refusal, refusal } from "./work-admission.ts";

export type OwnBooksDeps = Omit<AdmissionDeps, "signer"> & {
  readonly signer: Pick<NodeSigner, "signHash">;
  readonly sessions: SessionTable;
  readonly info: InfoSource;
  readonly recipient: PaymentRecipient;
  /** Absent where receipts are off. */
  readonly receipts: ReceiptIssuer | undefined;
  /** Places on this machine. Absent: the work is done elsewhere. */
  readonly places?: Pick<SlotPool, "acquire">;
  readonly logger: Logger;
};

/** The books, kept by this process. */
export function ownBooks(deps: OwnBooksDeps): SegmentBooks {
  const { recipient, receipts, sessions, signer, places } = deps;
  return {
    async admit(work) {
      const token = checkCredentials(work.credentials, deps);
      if (!sessions.hasRoom(token.sessionId)) throw refusal("capped");
      const info = await ownInfo(work, token, deps);
      await takePayment(work, token, recipient);
      return info;
    },
    run: (sessionId, signal, work) =>
      sessions.run(sessionId, async () => {
        const release = await places?.acquire(signal);
        try {
          return await work();
        } finally {
          release?.();
        }
      }),
    async settle(work) {
      const price = recipient.priceOf(work.gateway, work.sessionId, undefined);
      recipient.debit(work.gateway, work.sessionId, work.pixelCount, price);
      const receipt = work.wantsReceipt ? await receipts?.issue(work) : undefined;
      return { signature: signer.signHash(hashToBytes(work.resultsHash)), receipt };
    },
  };
}

async function ownInfo(work: AnnouncedWork, token: AuthToken, deps: OwnBooksDeps): Promise<OrchestratorInfo> {
  try {
    return await buildOrchestratorInfo(deps.info, work.sender, undefined, token);
  } catch (cause) {
    deps.logger.warn("no offer for the gateway", { sender: work.sender, error: errorText(cause) });
    throw refusal("internal", cause);
  }
}

async function takePayment(work: AnnouncedWork, token: AuthToken, recipient: PaymentRecipient): Promise<void> {
  const { payment, sender, credentials } = work;
  try {
    await recipient.receive(payment, token.sessionId, credentials.manifestId);
  } catch (cause) {
    throw new Refusal(400, errorText(cause), cause);
  }
  const price = recipient.priceOf(sender, token.sessionId, credentials.capabilities);
  if (!recipient.hasBalance(sender, token.sessionId, price)) throw refusal("balance");
}
