import { create } from "@bufbuild/protobuf";
import {
  type Address,
  errorText,
  floorRational,
  type HttpRequest,
  type Logger,
  type Rational,
  toAddress,
} from "@livepeer-ts/kernel";
import { readPaymentHeader } from "../../orchestrator/work-admission.ts";
import type { NodeSigner } from "../../ports/node-signer.ts";
import type { PaymentRecipient } from "../../ports/payment-recipient.ts";
import { type PriceInfo, PriceInfoSchema } from "../../wire/net_pb.gen.ts";
import { segmentWire } from "../../wire/segment-wire.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import type { ExternalCapabilities, ExternalCapability, Place } from "./external-capabilities.ts";
import { type ByocJob, JobHeaderFault, jobSigningBytes, readJobHeader, signatureBytes } from "./job-header.ts";

export type ByocAdmissionDeps = {
  readonly capabilities: ExternalCapabilities;
  readonly signer: Pick<NodeSigner, "verify">;
  readonly recipient: PaymentRecipient;
  readonly logger: Logger;
};

/** A job whose sender is who it says. */
export type SignedJob = ByocJob & { readonly from: Address };

/** Seconds that must be paid in advance. */
const advanceSec = 60n;

/** The job of a request. Throws 400. */
export function readSignedJob(request: HttpRequest, signer: Pick<NodeSigner, "verify">): SignedJob {
  let job: ByocJob;
  try {
    job = readJobHeader(request.header.get(byocWire.header.job));
  } catch (error) {
    if (error instanceof JobHeaderFault) throw badCredentials(error);
    throw error;
  }
  const from = addressOf(job.sender);
  const signature = signatureBytes(job.signature);
  if (from === undefined || signature === undefined) throw badCredentials();
  if (!signer.verify(from, jobSigningBytes(job), signature)) throw badCredentials();
  if (job.timeoutSec === 0) throw new ByocRefusal(400, "byoc_no_timeout", byocWire.text.noTimeout);
  return { ...job, from };
}

/** A place for a job. Throws 503. */
export function takePlace(job: SignedJob, { capabilities }: Pick<ByocAdmissionDeps, "capabilities">): Place {
  const place = capabilities.reserve(job.capability);
  if (place === undefined) throw new ByocRefusal(503, "byoc_capacity", byocWire.text.noCapacity);
  return place;
}

/** Credits the payment of a request; one that is refused is written down, and the balance decides. */
export async function takePayment(
  request: HttpRequest,
  job: SignedJob,
  { recipient, logger }: Pick<ByocAdmissionDeps, "recipient" | "logger">,
): Promise<void> {
  const header = request.header.get(segmentWire.paymentHeader) ?? "";
  if (header === "") return;
  try {
    await recipient.receive(readPaymentHeader(header), job.capability, job.capability);
  } catch (error) {
    logger.warn("payment of a job refused", { capability: job.capability, sender: job.from, error: errorText(error) });
  }
}

/** Throws `status` when the sender has less in advance than a minute of work. */
export function checkBalance(
  job: SignedJob,
  capability: ExternalCapability,
  recipient: PaymentRecipient,
  status: 400 | 402,
): void {
  if (recipient.covers(job.from, job.capability, advanceSec, priceInfo(capability))) return;
  throw new ByocRefusal(status, "byoc_balance", byocWire.text.lowBalance);
}

/** Takes the price of some seconds. */
export function charge(
  job: SignedJob,
  capability: ExternalCapability,
  seconds: number,
  recipient: PaymentRecipient,
): void {
  recipient.debit(job.from, job.capability, BigInt(seconds), priceInfo(capability));
}

/** What the sender has in advance. */
export function balanceOf(job: SignedJob, recipient: PaymentRecipient): Rational {
  return recipient.balanceOf(job.from, job.capability);
}

/** Whole wei of it, as headers say it. */
export function balanceText(job: SignedJob, recipient: PaymentRecipient): string {
  return floorRational(balanceOf(job, recipient)).toString();
}

export function priceInfo({ weiPerSecond }: Pick<ExternalCapability, "weiPerSecond">): PriceInfo {
  return create(PriceInfoSchema, { pricePerUnit: weiPerSecond, pixelsPerUnit: 1n });
}

/** The address of a text; undefined for anything else. */
export function addressOf(text: string): Address | undefined {
  try {
    return toAddress(text);
  } catch {
    return undefined;
  }
}

function badCredentials(cause?: unknown): ByocRefusal {
  return new ByocRefusal(400, "byoc_credentials", byocWire.text.badCredentials, cause);
}
