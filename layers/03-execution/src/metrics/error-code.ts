import { hasErrorCode, LpError } from "@livepeer-ts/kernel";
import { nonRetryableTranscoderErrors } from "@livepeer-ts/media";
import { calledOffCode, hedgeLostCode } from "../records/segment-record.ts";
import { resultErrors } from "../wire/segment-wire.ts";
import { remoteTranscoderErrors } from "../wire/transcoder-wire.ts";

/** Codes of work that was called off: nothing failed. */
const calledOff = [hedgeLostCode, calledOffCode, "aborted", "stopped", "stream_closed"];
/** Codes of answers that did not come in time. */
const tooLate = ["deadline", "timeout"];
/** Texts of peers that are codes by themselves. */
const words: ReadonlySet<string> = new Set([
  ...nonRetryableTranscoderErrors,
  ...Object.values(resultErrors),
  ...Object.values(remoteTranscoderErrors),
]);

/** Names that dashboards know where our own code says the same. */
const knownNames: Readonly<Record<string, string>> = {
  no_sessions: "NoOrchestrators",
  unknown_response: "ParseResponse",
  empty_response: "ParseResponse",
  download_failed: "Download",
  rendition_not_media: "Download",
};

/**
 * The `error_code` label of a failure; undefined when the work was called off, which counts as no failure. There are finitely
 * many: texts that peers make up become `Other`, own errors give their code.
 */
export function metricErrorCode(error: unknown): string | undefined {
  if (calledOff.some((code) => hasErrorCode(error, code))) return undefined;
  if (tooLate.some((code) => hasErrorCode(error, code))) return "DeadlineExceeded";
  if (!(error instanceof LpError)) return "Other";
  const { message, code } = error;
  if (message.includes(resultErrors.capped)) return resultErrors.capped;
  if (message.includes("Insufficient balance")) return "InsufficientBalance";
  if (words.has(message)) return message;
  const { status } = error.details;
  if (typeof status === "number" && status >= 400 && status < 600) return `HTTP ${status}`;
  const http = /\bHTTP (?:status )?([45]\d\d)\b/.exec(message);
  if (http !== null) return `HTTP ${http[1]}`;
  if (code === "orchestrator_error" || code === "orchestrator_refused") return "Other";
  return knownNames[code] ?? code;
}
