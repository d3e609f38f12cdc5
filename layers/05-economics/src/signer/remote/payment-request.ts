import { fromBinary } from "@bufbuild/protobuf";
import {
  type Capabilities,
  CapabilitiesSchema,
  decodeBase64,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
} from "@livepeer-ts/execution";
import { errorText, type Rational } from "@livepeer-ts/kernel";
import { SignerRefusal, signerRefusals } from "../../wire/signer-wire.ts";
import { readMaxPrice } from "./price-ceiling.ts";
import { type JobType, jobType, type SignedState } from "./signer-state.ts";

/** A call of `/generate-live-payment`, read. */
export type PaymentRequest = {
  readonly orchestrator: OrchestratorInfo;
  /** Undefined on a first call. */
  readonly state: SignedState | undefined;
  readonly manifestId: string;
  readonly app: string;
  readonly type: JobType;
  readonly inPixels: bigint;
  readonly maxPrice: Rational | undefined;
  readonly capabilities: Capabilities | undefined;
};

const bad = (message: string, cause?: unknown) => new SignerRefusal(400, message, { cause });

/** Reads the JSON of a call; names of fields are taken in any case, as Go does. Throws 400 `SignerRefusal`s. */
export function readPaymentRequest(text: string): PaymentRequest {
  const field = fieldsOf(text);
  const encoded = textOf(field, "orchestrator");
  if (encoded === "") throw bad(signerRefusals.missingOrchestrator);
  const orchestrator = message("orchestrator", () => fromBinary(OrchestratorInfoSchema, decodeBase64(encoded)));
  const encodedCapabilities = textOf(field, "capabilities");
  const type = jobType(textOf(field, "type"));
  const inPixels = field("inPixels") ?? 0;
  if (typeof inPixels !== "number" || !Number.isSafeInteger(inPixels)) throw bad("inPixels must be a whole number");
  const maxPrice = field("maxPrice");
  return {
    orchestrator,
    state: stateOf(field("state")),
    manifestId: textOf(field, "manifestid"),
    app: textOf(field, "app"),
    type,
    inPixels: BigInt(inPixels),
    maxPrice:
      maxPrice === undefined || maxPrice === null ? undefined : message("maxPrice", () => readMaxPrice(maxPrice, type)),
    capabilities:
      encodedCapabilities === ""
        ? undefined
        : message("capabilities", () => fromBinary(CapabilitiesSchema, decodeBase64(encodedCapabilities))),
  };
}

type Fields = (name: string) => unknown;

/** The fields of a JSON object by their names in lower case. Throws a 400 `SignerRefusal` for anything else. */
export function fieldsOf(text: string): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw bad("the body is not JSON", cause);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw bad("the body is not a JSON object");
  const fields = new Map(Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => fields.get(name.toLowerCase());
}

/** A text field; empty when absent. Throws a 400 `SignerRefusal` for other kinds. */
export function textOf(field: Fields, name: string): string {
  const value = field(name) ?? "";
  if (typeof value !== "string") throw bad(`${name} must be text`);
  return value;
}

/** `{"State":base64,"Sig":base64}`; undefined when absent or empty. */
export function stateOf(value: unknown): SignedState | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object") throw bad(signerRefusals.invalidState);
  const fields = new Map(Object.entries(value).map(([name, part]) => [name.toLowerCase(), part]));
  const part = (name: string) => {
    const encoded = fields.get(name) ?? "";
    if (typeof encoded !== "string") throw bad(signerRefusals.invalidState);
    return message("state", () => decodeBase64(encoded));
  };
  const [state, signature] = [part("state"), part("sig")];
  return state.length === 0 && signature.length === 0 ? undefined : { state, signature };
}

function message<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw bad(`${name} cannot be read: ${errorText(cause)}`, cause);
  }
}
