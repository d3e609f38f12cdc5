import { LpError, uriDecoded } from "@livepeer-ts/kernel";
import { parseStreamPath } from "../naming/stream-path.ts";
import type { ContainerFormat } from "../profiles/video-profile.ts";
import { httpPushWire } from "../wire/http-push.ts";

/** Largest segment body: 300 s at 8 Mbit/s, the protocol's own figure. */
export const maxSegmentBytes = 300_000_000;
/** Longest segment in ms. */
export const maxSegmentDurationMs = 300_000;
const defaultDurationMs = 2000;

/** What one push request says, before its body is read. */
export type HttpPush = {
  readonly manifestId: string;
  /** The name's number; 0 when it is none, as the protocol does. */
  readonly seqNo: number;
  readonly container: ContainerFormat;
  readonly durationMs: number;
  /** From `Content-Resolution`; 0 when unknown. */
  readonly width: number;
  readonly height: number;
  /** Part of the segment to transcode, ms. */
  readonly clip: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** True when the answer shall carry the renditions. */
  readonly wantsRenditions: boolean;
  /** First entry of `X-Forwarded-For`. */
  readonly forwardedFor: string | undefined;
  /** Parsed `Livepeer-Transcode-Configuration`; undefined without the header. */
  readonly configuration: Readonly<Record<string, unknown>> | undefined;
};

/** A refusal with the status and the exact text of the answer in `details.status` and `message`. */
function refusal(status: number, code: string, message: string): LpError {
  return new LpError({ code, message, details: { status }, retryable: status >= 500 });
}

function integerHeader(header: Headers, name: string): number | undefined {
  const text = header.get(name)?.trim() ?? "";
  return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function parseConfiguration(header: Headers): Readonly<Record<string, unknown>> | undefined {
  const text = header.get(httpPushWire.header.transcodeConfiguration);
  if (text === null || text === "") return undefined;
  let cause = "not a JSON object";
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const wrong = Object.entries(value).find(([name, field]) => !isOfItsKind(name, field));
      if (wrong === undefined) return value as Record<string, unknown>;
      cause = `"${wrong[0]}" must be ${configurationKinds[wrong[0]]}`;
    }
  } catch (error) {
    cause = error instanceof Error ? error.message : String(error);
  }
  throw refusal(400, "push_bad_configuration", httpPushWire.text.badConfiguration(cause));
}

/** What the fields of a configuration hold; others are not looked at. */
const configurationKinds: Readonly<
  Record<string, "a string" | "a list of strings" | "a list" | "a whole number" | "a boolean">
> = {
  ...{ manifestID: "a string", streamID: "a string", sessionID: "a string", streamKey: "a string" },
  ...{ objectStore: "a string", recordObjectStore: "a string", recordObjectStoreUrl: "a string" },
  ...{ presets: "a list of strings", previousSessions: "a list of strings", profiles: "a list" },
  ...{ verificationFreq: "a whole number", timeoutMultiplier: "a whole number", forceSessionReinit: "a boolean" },
};

function isOfItsKind(name: string, value: unknown): boolean {
  const kind = Object.hasOwn(configurationKinds, name) ? configurationKinds[name] : undefined;
  if (kind === undefined || value === null) return true;
  const list = Array.isArray(value) ? (value as unknown[]) : undefined;
  switch (kind) {
    case "a string":
      return typeof value === "string";
    case "a whole number":
      return typeof value === "number" && Number.isInteger(value);
    case "a boolean":
      return typeof value === "boolean";
    case "a list of strings":
      return list?.every((item) => typeof item === "string") === true;
    default:
      return list !== undefined;
  }
}

/** True when the path belongs to HTTP push ingest. */
export function isPushPath(path: string): boolean {
  return path.startsWith("/live/");
}

/** The segment's number in a push path: the last name as an unsigned integer, else 0. */
export function sequenceOf(rest: string): number {
  const name = rest.slice(rest.lastIndexOf("/") + 1);
  const value = /^\d{1,20}$/.test(name) ? Number(name) : 0;
  return Number.isSafeInteger(value) ? value : 0;
}

/**
 * Reads method, path and headers of `PUT|POST /live/<manifestId>/<n>.ts|.mp4` in the protocol's order.
 * Throws an `LpError` whose `details.status` and message are the answer.
 */
export function parseHttpPush(request: { method: string; url: string; header: Headers }): HttpPush {
  const { header } = request;
  if (request.method !== "POST" && request.method !== "PUT") {
    throw refusal(405, "push_bad_method", "method not allowed: push segments with PUT or POST");
  }
  const configuration = parseConfiguration(header);
  const path = uriDecoded(new URL(request.url, "http://localhost").pathname);
  const { manifestId, rest, extension } = parseStreamPath(path);
  if (extension !== ".ts" && extension !== ".mp4") {
    throw refusal(400, "push_bad_extension", httpPushWire.text.badExtension(extension));
  }
  const from = integerHeader(header, httpPushWire.header.sliceFrom) ?? 0;
  const to = integerHeader(header, httpPushWire.header.sliceTo) ?? 0;
  if (from > to && to > 0) throw refusal(400, "push_bad_slice", httpPushWire.text.badSlice(from, to));
  if (manifestId === "") throw refusal(400, "push_bad_url", httpPushWire.text.badUrl(path));
  const resolution = /^(\d{1,5})x(\d{1,5})$/.exec(header.get(httpPushWire.header.contentResolution) ?? "");
  return {
    manifestId,
    seqNo: sequenceOf(rest),
    container: extension === ".mp4" ? "mp4" : "mpegts",
    durationMs: integerHeader(header, httpPushWire.header.contentDuration) ?? defaultDurationMs,
    width: Number(resolution?.[1] ?? 0),
    height: Number(resolution?.[2] ?? 0),
    clip: from > 0 || to > 0 ? { fromMs: from, toMs: to } : undefined,
    wantsRenditions: header.get("Accept") === httpPushWire.acceptMultipart,
    forwardedFor: header.get("X-Forwarded-For")?.split(",")[0]?.trim() || undefined,
    configuration,
  };
}

/** Throws the protocol's 500 unless the duration is 0 to 300 s. */
export function checkPushDuration(durationMs: number): void {
  if (durationMs < 0 || durationMs > maxSegmentDurationMs) {
    throw refusal(500, "push_bad_duration", httpPushWire.text.invalidDuration(durationMs));
  }
}
