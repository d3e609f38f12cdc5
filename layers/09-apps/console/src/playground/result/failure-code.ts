import type { JobResult } from "../run-job.ts";

/** What a person reads of each failure; the server's own words name machines by the protocol's. */
const codes: Readonly<Record<string, string>> = {
  no_orchestrator: "NO_MACHINE",
  no_place: "MACHINES_BUSY",
  too_many_jobs: "MACHINES_BUSY",
  all_failed: "JOB_FAILED",
  runner_refused: "INPUT_REFUSED",
  missing_fields: "INPUT_REFUSED",
  wrong_type: "INPUT_REFUSED",
  bad_media: "INPUT_REFUSED",
  body_too_large: "INPUT_TOO_LARGE",
  field_too_large: "INPUT_TOO_LARGE",
  unauthorized: "KEY_NEEDED",
  forbidden: "KEY_NEEDED",
  gateway_silent: "SERVER_GONE",
};

/** Code of a failure; each has its sentence and remedy in both languages. */
export function failureCode({ code, status }: Extract<JobResult, { kind: "failed" }>): string {
  return codes[code] ?? (status >= 400 && status < 500 ? "INPUT_REFUSED" : "JOB_FAILED");
}

/** What the model says of the input, without the punctuation that its way here left. */
export function inputMessage(message: string): string {
  return message.replace(/^[\s:]+/, "").slice(0, 300);
}
