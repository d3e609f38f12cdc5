import {
  type Address,
  formatRational,
  LpError,
  parseRational,
  type Rational,
  recoverPersonalMessage,
  toAddress,
  utf8,
} from "@livepeer-ts/kernel";
import { SignerRefusal, signerRefusals } from "../../wire/signer-wire.ts";
import type { KeySigner } from "../key-signer.ts";

/** How a job is billed: by the second of live video or of a runner, once, or (empty) by the units the caller names. */
export type JobType = "lv2v" | "live" | "fixed" | "";

/** What the signer has to know of a session. The caller keeps it and cannot change it. */
export type SignerState = {
  /** Random name of the session. */
  readonly stateId: string;
  /** `recipientRandHash` of the offer that the nonce belongs to. */
  readonly pmSessionId: string;
  /** Wall time, ms, up to which the session is paid for. */
  readonly lastUpdate: number;
  readonly orchestrator: Address;
  readonly app: string;
  /** Unix seconds until which the webhook need not be asked. */
  readonly authExpiry: number;
  /** Last nonce used. */
  readonly senderNonce: number;
  /** Σ value of tickets − Σ fees, wei. */
  readonly balance: Rational;
  readonly initialPricePerUnit: bigint;
  readonly initialPixelsPerUnit: bigint;
  readonly type: JobType;
  /** Payments made before. */
  readonly sequenceNumber: number;
  readonly authId: string;
  /** Ceilings that the webhook gave, wei; ours. */
  readonly maxRequestWei?: bigint | undefined;
  readonly maxDayWei?: bigint | undefined;
};

/** A state as it travels, both parts in base64 there. */
export type SignedState = { readonly state: Uint8Array; readonly signature: Uint8Array };

const maxStateBytes = 16 * 1024;

/** The JSON of a state, with go-livepeer's names. */
export function stateJson(state: SignerState): string {
  const fields = {
    StateID: state.stateId,
    PMSessionID: state.pmSessionId,
    LastUpdate: new Date(state.lastUpdate).toISOString(),
    OrchestratorAddress: state.orchestrator,
    App: state.app,
    AuthExpiry: state.authExpiry,
    SenderNonce: state.senderNonce,
    Balance: formatRational(state.balance),
    Type: state.type,
    SequenceNumber: state.sequenceNumber,
    AuthID: state.authId,
    ...(state.maxRequestWei === undefined ? {} : { MaxRequestWei: state.maxRequestWei.toString() }),
    ...(state.maxDayWei === undefined ? {} : { MaxDayWei: state.maxDayWei.toString() }),
  };
  // 64-bit numbers do not fit JSON.stringify
  const prices = `"InitialPricePerUnit":${state.initialPricePerUnit},"InitialPixelsPerUnit":${state.initialPixelsPerUnit}`;
  return `{${prices},${JSON.stringify(fields).slice(1)}`;
}

/** Signs a state with the node's key. */
export function signState(json: string, signer: Pick<KeySigner, "signMessage">): SignedState {
  const state = utf8(json);
  return { state, signature: signer.signMessage(state) };
}

/** The state that came back. Throws a 400 `SignerRefusal`: `invalid sig`, `invalid state`. */
export function readState(signed: SignedState, signer: Address): SignerState {
  if (signed.state.length > maxStateBytes || recoverPersonalMessage(signed.state, signed.signature) !== signer)
    throw new SignerRefusal(400, signerRefusals.invalidSignature);
  try {
    return parseState(new TextDecoder().decode(signed.state));
  } catch (cause) {
    throw new SignerRefusal(400, signerRefusals.invalidState, { cause });
  }
}

function parseState(json: string): SignerState {
  const fields = JSON.parse(json) as Record<string, unknown>;
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== "string") throw missing(name);
    return value;
  };
  const number = (name: string): number => {
    const value = fields[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw missing(name);
    return value;
  };
  const large = (name: string): bigint => {
    const [, digits] = new RegExp(`"${name}":(-?\\d+)[,}]`).exec(json) ?? [];
    if (digits === undefined) throw missing(name);
    return BigInt(digits);
  };
  const ceiling = (name: string): bigint | undefined => (fields[name] === undefined ? undefined : BigInt(text(name)));
  const lastUpdate = Date.parse(text("LastUpdate"));
  if (Number.isNaN(lastUpdate)) throw missing("LastUpdate");
  return {
    stateId: text("StateID"),
    pmSessionId: text("PMSessionID"),
    lastUpdate,
    orchestrator: toAddress(text("OrchestratorAddress")),
    app: text("App"),
    authExpiry: number("AuthExpiry"),
    senderNonce: number("SenderNonce"),
    balance: parseRational(text("Balance")),
    initialPricePerUnit: large("InitialPricePerUnit"),
    initialPixelsPerUnit: large("InitialPixelsPerUnit"),
    type: jobType(text("Type")),
    sequenceNumber: number("SequenceNumber"),
    authId: text("AuthID"),
    maxRequestWei: ceiling("MaxRequestWei"),
    maxDayWei: ceiling("MaxDayWei"),
  };
}

/** The job type of a text. Throws a 400 `SignerRefusal`. */
export function jobType(text: string): JobType {
  if (text === "lv2v" || text === "live" || text === "fixed" || text === "") return text;
  throw new SignerRefusal(400, signerRefusals.invalidType);
}

function missing(name: string): LpError {
  return new LpError({ code: "signer_state", message: `the state has no usable ${name}` });
}
