import { toBinary } from "@bufbuild/protobuf";
import { type Address, toAddress } from "@livepeer-ts/kernel";
import { encodeBase64 } from "../../wire/base64.ts";
import { type OrchestratorInfo, OrchestratorInfoSchema } from "../../wire/net_pb.gen.ts";
import { liveRunnerWire } from "./live-runner-wire.ts";

/** What a 402 says to who does not name the account that pays. */
export const noPayerJson = { error: { message: `${liveRunnerWire.header.payer} must hold the address that pays` } };

/** The account that a request names; undefined for what is none. */
export function payerOf(value: unknown): Address | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return toAddress(value.trim());
  } catch {
    return undefined;
  }
}

/** The JSON of a 402: what to pay, for which session, and where later payments go. */
export function paymentOffer(
  info: OrchestratorInfo,
  { serviceUri, manifestId, paymentPath }: Readonly<Record<"serviceUri" | "manifestId" | "paymentPath", string>>,
): Readonly<Record<string, string>> {
  return {
    payment_params: encodeBase64(toBinary(OrchestratorInfoSchema, info)),
    orchestrator: serviceUri,
    manifest_id: manifestId,
    payment_url: `${serviceUri}${paymentPath}`,
  };
}
