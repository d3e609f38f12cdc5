/** Plain, serializable facts that travel with an error. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What a person is told about a failure: same object in API answers, webhooks, logs and pages. */
export type Reason = {
  /** Stable machine name, for example `stream_key_unknown`. */
  readonly code: string;
  /** What happened and why, one sentence. */
  readonly sentence: string;
  /** What to do about it, one sentence. */
  readonly remedy: string;
  /** Page of the documentation, relative to `docs/`. */
  readonly link?: string;
};

export type LpErrorInit = {
  /** Stable machine name; each module lists its codes in its `errors.ts`. */
  code: string;
  /** What happened, why, and what to do. Texts that peers match on are passed as they are. */
  message: string;
  details?: ErrorDetails;
  /** True when the same call may succeed later or elsewhere. Default false. */
  retryable?: boolean;
  cause?: unknown;
};

/** The one error class of the project. `code` discriminates, `details` hold the facts. */
export class LpError extends Error {
  override readonly name: string = "LpError";
  readonly code: string;
  readonly details: ErrorDetails;
  readonly retryable: boolean;

  constructor(init: LpErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.details = init.details ?? {};
    this.retryable = init.retryable ?? false;
  }
}

/** The text of anything thrown, without a stack. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True when `error`, or an error in its cause chain, is an LpError with this code. */
export function hasErrorCode(error: unknown, code: string): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < 16 && current instanceof Error; depth++) {
    if (current instanceof LpError && current.code === code) return true;
    current = current.cause;
  }
  return false;
}
