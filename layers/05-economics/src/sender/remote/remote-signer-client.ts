import { toBinary } from "@bufbuild/protobuf";
import {
  type Capabilities,
  CapabilitiesSchema,
  decodeBase64,
  encodeBase64,
  type JobSigner,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  type SegmentClaim,
  type SegmentSigner,
} from "@livepeer-ts/execution";
import {
  type Address,
  type Clock,
  checksumAddress,
  errorText,
  fromHex,
  hashFromBytes,
  LpError,
  type Net,
  postText,
  type TextAnswer,
  toAddress,
  utf8,
  verifyData,
} from "@livepeer-ts/kernel";
import { signerPaths, signerStatus } from "../../wire/signer-wire.ts";

export type RemoteSignerClientOptions = {
  /** `-remoteSignerUrl`, without a slash at its end. */
  readonly url: string;
  /** `-remoteSignerHeaders`. */
  readonly headers: ReadonlyMap<string, string>;
  /** Ms for one call. Default 5000. */
  readonly callMs?: number;
};

/** Who pays: the signer's account with its signature over itself. */
export type RemoteIdentity = { readonly address: Address; readonly signature: Uint8Array };

/** State of a session at the signer, as it came; nobody here looks into it. */
export type OpaqueState = { readonly State: string; readonly Sig: string };

export type LivePaymentRequest = {
  readonly orchestrator: OrchestratorInfo;
  /** Undefined on a first call. */
  readonly state: OpaqueState | undefined;
  readonly manifestId: string;
  readonly inPixels: bigint;
  readonly capabilities?: Capabilities;
};

/** The answer; undefined when no tickets are needed now. */
export type LivePayment =
  | {
      readonly payment: Uint8Array;
      /** Value of the `Livepeer-Segment` header for the manifest id of the call; empty where the signer gives none. */
      readonly credentials: string;
      readonly state: OpaqueState;
    }
  | undefined;

const maxAnswerBytes = 1024 * 1024;

/** Codes of refusals by status; others are `remote_signer_refused`. */
const codes: Readonly<Record<number, string>> = {
  [signerStatus.refreshSession]: "ticket_params_expired",
  [signerStatus.priceExceeded]: "price_exceeded",
};

/**
 * Calls of a gateway without a key to the signer that pays for it. Methods reject with `ticket_params_expired` (a fresh offer is
 * wanted), `price_exceeded`, `remote_signer_refused`, or (retryable) `remote_signer_away`.
 */
export class RemoteSignerClient implements SegmentSigner, JobSigner {
  readonly #options: RemoteSignerClientOptions;
  readonly #deps: { readonly net: Net; readonly clock: Clock };

  constructor(options: RemoteSignerClientOptions, deps: { readonly net: Net; readonly clock: Clock }) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Who pays. Rejects with `remote_signer_answer` when the signature is not the account's. */
  async identity(signal: AbortSignal): Promise<RemoteIdentity> {
    const answer = await this.#call(signerPaths.signOrchestratorInfo, {}, signal);
    const [address, signature] = this.#read(
      () => [toAddress(String(answer["address"])), fromHex(String(answer["signature"]))] as const,
    );
    if (!verifyData(address, utf8(checksumAddress(address)), signature))
      throw this.#odd("its signature is not that of its account");
    return { address, signature };
  }

  /** The next payment of a session. */
  async payment(request: LivePaymentRequest, signal: AbortSignal): Promise<LivePayment> {
    const { orchestrator, state, manifestId, inPixels, capabilities } = request;
    const body = {
      orchestrator: encodeBase64(toBinary(OrchestratorInfoSchema, orchestrator)),
      ...(state === undefined ? {} : { state }),
      ManifestID: manifestId,
      inPixels: Number(inPixels),
      ...(capabilities === undefined ? {} : { capabilities: encodeBase64(toBinary(CapabilitiesSchema, capabilities)) }),
    };
    let answer: Record<string, unknown>;
    try {
      answer = await this.#call(signerPaths.generateLivePayment, body, signal);
    } catch (error) {
      if (error instanceof LpError && error.details["status"] === signerStatus.noTickets) return undefined;
      throw error;
    }
    const next = answer["state"] as Partial<Record<keyof OpaqueState, unknown>> | null | undefined;
    return this.#read(() => ({
      payment: decodeBase64(String(answer["payment"])),
      credentials: typeof answer["segCreds"] === "string" ? answer["segCreds"] : "",
      state: { State: String(next?.State), Sig: String(next?.Sig) },
    }));
  }

  async signSegment({ manifestId, seqNo, hash, profiles }: SegmentClaim, signal: AbortSignal): Promise<Uint8Array> {
    const names = profiles.map(({ name }) => name);
    const body = { manifestId, seqNo: Number(seqNo), hash: hashFromBytes(hash), profiles: names };
    const answer = await this.#call(signerPaths.signSegment, body, signal);
    return this.#read(() => fromHex(String(answer["signature"])));
  }

  async signJob(
    job: { readonly request: string; readonly parameters: string },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { request, parameters } = job;
    const answer = await this.#call(signerPaths.signJob, { request, parameters }, signal);
    return this.#read(() => fromHex(String(answer["signature"])));
  }

  async #call(path: string, body: object, signal: AbortSignal): Promise<Record<string, unknown>> {
    const { net, clock } = this.#deps;
    const header = new Headers({ "content-type": "application/json" });
    for (const [name, value] of this.#options.headers) header.set(name, value);
    const post = {
      ...{ url: `${this.#options.url}${path}`, header, text: JSON.stringify(body) },
      ...{ timeoutMs: this.#options.callMs ?? 5000, maxAnswerBytes },
    };
    const { status, text }: TextAnswer = await postText(post, { net, clock }, signal).catch((cause: unknown) => {
      throw new LpError({
        code: "remote_signer_away",
        message: `the remote signer did not answer: ${errorText(cause)}`,
        retryable: true,
        cause,
      });
    });
    const answer = parsed(text);
    if (status === 200 && answer !== undefined) return answer;
    const said = (answer?.["error"] as { message?: unknown } | undefined)?.message;
    throw new LpError({
      code: codes[status] ?? "remote_signer_refused",
      message: `the remote signer refused with ${status}: ${typeof said === "string" ? said : text.slice(0, 200)}`,
      details: { status },
      retryable: status >= 500 || status === signerStatus.refreshSession,
    });
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw this.#odd(errorText(cause), cause);
    }
  }

  #odd(what: string, cause?: unknown): LpError {
    return new LpError({
      code: "remote_signer_answer",
      message: `the remote signer's answer cannot be used: ${what}`,
      cause,
    });
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
