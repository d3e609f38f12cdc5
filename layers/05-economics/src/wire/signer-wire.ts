/** Paths of a remote signer. `signSegment` and `signJob` are ours: what gateways need beside payments. */
export const signerPaths = {
  signOrchestratorInfo: "/sign-orchestrator-info",
  generateLivePayment: "/generate-live-payment",
  discoverOrchestrators: "/discover-orchestrators",
  signSegment: "/sign-segment",
  signJob: "/sign-byoc-job",
} as const;

/** Statuses of a remote signer beyond HTTP's own. */
export const signerStatus = {
  /** Get the orchestrator's information anew, then ask again. */
  refreshSession: 480,
  priceExceeded: 481,
  noTickets: 482,
  /** No more money may be promised: here a ceiling, at webhooks a balance. */
  insufficientCredit: 483,
} as const;

/** Header of a 480 answer: whom to ask for new information. */
export const orchestratorUrlHeader = "Livepeer-Orchestrator-URL";

/** Header that names the caller where no webhook does. */
export const signerAuthIdHeader = "Signer-Auth-Id";

/** Longest name of a caller, characters. */
export const maxAuthIdChars = 256;

/** Most tickets of one call. */
export const maxTicketsPerCall = 100;

/** Refusals that callers read. */
export const signerRefusals = {
  missingOrchestrator: "missing orchestrator",
  missingPrice: "missing or zero priceInfo",
  missingTicketParams: "missing ticketParams in OrchestratorInfo",
  invalidState: "invalid state",
  invalidSignature: "invalid sig",
  orchestratorMismatch: "orchestratorAddress mismatch",
  missingManifestId: "missing manifestID",
  appMismatch: "app mismatch",
  typeMismatch: "job type mismatch",
  invalidType: "invalid job type",
  missingUnits: "missing billable unit or job type",
  noTickets: "no tickets",
  authIdChanged: "remote signer auth ID changed",
  tooManyTickets: (count: bigint) => `numTickets ${count} exceeds maximum of ${maxTicketsPerCall}`,
  price: (price: string, source: string, ceiling: string) =>
    `orchestrator price ${price} exceeds ${source} ceiling ${ceiling}`,
  requestCeiling: (wei: bigint, ceiling: bigint) =>
    `this payment is worth ${wei} wei and the signer signs at most ${ceiling} at once: pay for less time, or raise -remoteSignerMaxRequest, or maxRequestWei of the webhook`,
  dayCeiling: (wei: bigint, ceiling: bigint) =>
    `with this payment the signer would have signed ${wei} wei today and its ceiling is ${ceiling}: wait for the next day (UTC), or raise -remoteSignerMaxDay`,
  idDayCeiling: (wei: bigint, ceiling: bigint, authId: string) =>
    `with this payment the signer would have signed ${wei} wei today for "${authId}" and the ceiling of each is ${ceiling}: wait for the next day (UTC), or raise -remoteSignerMaxDayPerId, or maxDayWei of the webhook`,
  longAuthId: `the auth ID must have at most ${maxAuthIdChars} characters`,
} as const;

/** The ceiling behind a refusal: what would have been signed, and the most that may be, whole wei as text. */
export type CeilingFacts = {
  readonly scope: "request" | "day" | "id_day";
  readonly wei: string;
  readonly ceilingWei: string;
  readonly authId: string;
};

/** A refusal with its HTTP status and headers. */
export class SignerRefusal extends Error {
  override readonly name: string = "SignerRefusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly ceiling: CeilingFacts | undefined;

  constructor(
    status: number,
    message: string,
    options: { cause?: unknown; headers?: Record<string, string>; ceiling?: CeilingFacts } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.headers = options.headers ?? {};
    this.ceiling = options.ceiling;
  }
}
