import { LpError } from "@livepeer-ts/kernel";

/** Statuses that the platform's API answers with `{"errors":[…]}`. */
export type ApiStatus = 400 | 401 | 403 | 404 | 413 | 422 | 429 | 500 | 501 | 502 | 503;

const codes: Readonly<Record<ApiStatus, string>> = {
  400: "bad_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  413: "body_too_large",
  422: "unprocessable",
  429: "too_many_requests",
  500: "internal",
  501: "not_implemented",
  502: "upstream_failed",
  503: "unavailable",
};

/** A refusal with the status and the text that clients read. */
export class ApiError extends LpError {
  readonly status: ApiStatus;
  /** Entries of `errors`; the first is the message. */
  readonly errors: readonly string[];

  constructor(status: ApiStatus, ...errors: readonly [string, ...string[]]) {
    super({ code: codes[status], message: errors[0], details: { status }, retryable: status === 429 || status >= 502 });
    this.status = status;
    this.errors = errors;
  }
}
