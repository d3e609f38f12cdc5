import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { addressFromBytes, LpError, type LpErrorInit } from "@livepeer-ts/kernel";
import { Refusal } from "../orchestrator/work-admission.ts";
import type { AnnouncedWork, BilledWork, SettledWork } from "../ports/segment-books.ts";
import { AuthTokenSchema, CapabilitiesSchema, PaymentSchema } from "../wire/net_pb.gen.ts";

/** An `AnnouncedWork`; protobuf messages as bytes. */
export type AdmitMessage = {
  readonly type: "admit";
  readonly id: number;
  readonly payment: Uint8Array;
  readonly manifestId: string;
  readonly capabilities: Uint8Array | undefined;
  readonly authToken: Uint8Array | undefined;
};

/** What a working process says to the one that keeps the books. */
export type ToBooks =
  | AdmitMessage
  | { readonly type: "settle"; readonly id: number; readonly work: BilledWork }
  /** It waits for its turn in the session. */
  | { readonly type: "enter"; readonly id: number; readonly sessionId: string }
  /** The turn with that id is over, or is not wanted any more. */
  | { readonly type: "leave"; readonly id: number }
  /** A body came in. */
  | { readonly type: "received"; readonly byteCount: number; readonly ms: number };

/** A failure that keeps its code, and its status where it is a refusal. */
export type SentError = {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** HTTP status of a refusal. */
  readonly status: number | undefined;
};

/** What that process answers. */
export type FromBooks =
  /** `value`: bytes of an `OrchestratorInfo`, a `SettledWork`, or nothing for a turn. */
  | { readonly type: "answer"; readonly id: number; readonly value: Uint8Array | SettledWork | undefined }
  | { readonly type: "failed"; readonly id: number; readonly error: SentError }
  | { readonly type: "session-ended"; readonly sessionId: string };

export function admitMessage(id: number, { payment, credentials }: AnnouncedWork): AdmitMessage {
  const { manifestId, capabilities, authToken } = credentials;
  return {
    type: "admit",
    id,
    payment: toBinary(PaymentSchema, payment),
    manifestId,
    capabilities: capabilities === undefined ? undefined : toBinary(CapabilitiesSchema, capabilities),
    authToken: authToken === undefined ? undefined : toBinary(AuthTokenSchema, authToken),
  };
}

export function announcedWork({ payment: bytes, manifestId, capabilities, authToken }: AdmitMessage): AnnouncedWork {
  const payment = fromBinary(PaymentSchema, bytes);
  return {
    payment,
    sender: addressFromBytes(payment.sender),
    credentials: {
      manifestId,
      capabilities: capabilities === undefined ? undefined : fromBinary(CapabilitiesSchema, capabilities),
      authToken: authToken === undefined ? undefined : fromBinary(AuthTokenSchema, authToken),
    },
  };
}

export function sentError(error: unknown): SentError {
  if (!(error instanceof LpError)) {
    return { code: "internal", message: String(error), retryable: false, status: undefined };
  }
  const { code, message, retryable } = error;
  return { code, message, retryable, status: error instanceof Refusal ? error.status : undefined };
}

export function receivedError({ status, ...init }: SentError): LpError {
  return status === undefined ? new LpError(init satisfies LpErrorInit) : new Refusal(status, init.message);
}
