import { fromBinary } from "@bufbuild/protobuf";
import { type Address, addressFromBytes, errorText, type HttpRequest, LpError } from "@livepeer-ts/kernel";
import type { AuthTokenIssuer } from "../auth/auth-token.ts";
import { isCompatibleWith } from "../capabilities/index.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import {
  decodeSegmentHeader,
  type SegmentCredentials,
  verifySegmentSignature,
} from "../segments/segment-credentials.ts";
import { decodeBase64 } from "../wire/base64.ts";
import { type AuthToken, type Capabilities, type Payment, PaymentSchema } from "../wire/net_pb.gen.ts";
import { segmentRefusals, segmentWire } from "../wire/segment-wire.ts";
import type { SessionTable } from "./session-table.ts";

/** A refusal with its HTTP status; the message is the body peers match on. */
export class Refusal extends LpError {
  readonly status: number;

  constructor(status: number, text: string, cause?: unknown) {
    super({ code: "refused", message: text, details: { status }, cause });
    this.status = status;
  }
}

export type AdmissionDeps = {
  readonly signer: NodeSigner;
  readonly tokens: Pick<AuthTokenIssuer, "check">;
  readonly capabilities: () => Capabilities;
  readonly sessions: SessionTable;
};

/** What a request claims, its signature checked. */
export type WorkClaim = {
  readonly payment: Payment;
  readonly sender: Address;
  readonly credentials: SegmentCredentials;
};

/** A request whose credentials hold; nothing is paid yet. */
export type AdmittedWork = WorkClaim & { readonly token: AuthToken };

/** Reads the `Livepeer-Payment` header; empty or absent is a payment without sender and tickets. Throws 402 refusals. */
export function readPaymentHeader(header: string | null): Payment {
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(header ?? "");
  } catch (cause) {
    throw new Refusal(402, `base64 decode error: ${errorText(cause)}`, cause);
  }
  try {
    return fromBinary(PaymentSchema, bytes);
  } catch (cause) {
    throw new Refusal(
      402,
      `protobuf unmarshal error: proto: cannot parse invalid wire-format data: ${errorText(cause)}`,
      cause,
    );
  }
}

/** The checks of `/segment` and `/payment` up to session capacity, in the protocol's order. Throws `Refusal`. */
export function admitWork(request: HttpRequest, deps: AdmissionDeps): AdmittedWork {
  const work = admitCredentials(request, deps);
  if (!deps.sessions.hasRoom(work.token.sessionId)) throw refusal("capped");
  return work;
}

/** The same checks without that of capacity. Throws `Refusal`. */
export function admitCredentials(request: HttpRequest, deps: Omit<AdmissionDeps, "sessions">): AdmittedWork {
  const claim = readWork(request, deps.signer);
  return { ...claim, token: checkCredentials(claim.credentials, deps) };
}

/** The first of these checks: what the request's headers alone show. Throws `Refusal`. */
export function readWork(request: HttpRequest, signer: Pick<NodeSigner, "verify">): WorkClaim {
  const payment = readPaymentHeader(request.header.get(segmentWire.paymentHeader));
  const sender = addressFromBytes(payment.sender);
  let credentials: SegmentCredentials;
  try {
    credentials = decodeSegmentHeader(request.header.get(segmentWire.segmentHeader) ?? "");
  } catch (cause) {
    throw new Refusal(403, errorText(cause), cause);
  }
  if (!verifySegmentSignature(credentials, sender, signer)) throw refusal("signature");
  return { payment, sender, credentials };
}

/** The rest of them: what only the node as a whole knows. Returns the session's token. Throws `Refusal`. */
export function checkCredentials(
  credentials: Pick<SegmentCredentials, "capabilities" | "authToken">,
  deps: Pick<AdmissionDeps, "capabilities" | "tokens">,
): AuthToken {
  if (!isCompatibleWith(credentials.capabilities, deps.capabilities())) throw refusal("capabilities");
  return checkToken(credentials, deps.tokens);
}

/** The token alone, for work that names no capabilities. Throws `Refusal`. */
export function checkToken(
  credentials: Pick<SegmentCredentials, "authToken">,
  tokens: Pick<AuthTokenIssuer, "check">,
): AuthToken {
  const token = credentials.authToken;
  if (token === undefined) throw refusal("missingToken");
  const verdict = tokens.check(token);
  if (verdict === "invalid") throw refusal("invalidToken");
  if (verdict === "expired") throw refusal("expiredToken");
  return token;
}

/** The refusal of the table by name. */
export function refusal(name: keyof typeof segmentRefusals, cause?: unknown): Refusal {
  const { status, text } = segmentRefusals[name];
  return new Refusal(status, text, cause);
}
