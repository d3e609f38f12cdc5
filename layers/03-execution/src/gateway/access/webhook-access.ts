import {
  type Clock,
  errorText,
  hasErrorCode,
  LpError,
  type Metrics,
  type Net,
  postText,
  type TextAnswer,
} from "@livepeer-ts/kernel";
import { parseProfileJson, presetProfile, type VideoProfile } from "@livepeer-ts/media";
import { basicAuthUrl } from "../../http/basic-auth-url.ts";
import type { AccessCheck, AccessGrant } from "../../ports/access-check.ts";

export type WebhookAccessOptions = {
  /** `-authWebhookUrl`; user and password in it become basic authentication. */
  readonly url: string;
  /** Ms for the whole exchange. Default 5000. */
  readonly timeoutMs: number;
};

export type WebhookAccessDeps = { readonly net: Net; readonly clock: Clock; readonly metrics: Metrics };

const maxAnswerBytes = 1024 * 1024;
/** Of the times a segment may take. */
const maxTimeoutMultiplier = 100;
/** Of earlier sessions in one answer. */
const maxPreviousSessions = 1000;
/** Names the running stream when the webhook is asked again. */
const recheckHeader = "livepeer-recheck";

/** Asks the webhook before a publisher may publish. */
export function webhookAccess(options: WebhookAccessOptions, deps: WebhookAccessDeps): AccessCheck {
  const { url: target, header: own } = basicAuthUrl(options.url);
  own.set("content-type", "application/json");
  return {
    async check(url, signal, running) {
      const asking = new Headers(own);
      if (running !== undefined) asking.set(recheckHeader, running.manifestId);
      const started = deps.clock.mono();
      const post = {
        ...{ url: target, header: asking, text: JSON.stringify({ url }) },
        ...{ timeoutMs: options.timeoutMs, maxAnswerBytes },
      };
      const { status, header, text }: TextAnswer = await postText(post, deps, signal).catch((cause: unknown) => {
        // It did answer, and what it said is no yes.
        if (hasErrorCode(cause, "answer_redirect"))
          throw new LpError({
            code: "access_denied",
            message: `the access check denied it: ${errorText(cause)}`,
            cause,
          });
        throw new LpError({
          code: "access_unknown",
          message: `the access check could not be asked (${errorText(cause)}): try again in a moment`,
          retryable: true,
          cause,
        });
      });
      if (status !== 200) {
        throw new LpError({
          code: "access_denied",
          message: `status=${status} error=${text.trim()}`,
          details: { status },
        });
      }
      deps.metrics.observe("livepeer_auth_webhook_time_milliseconds", deps.clock.mono() - started);
      return text.trim() === "" ? parseGrant({}, false) : parseGrant(parseJson(text, header.get("content-type")), true);
    },
  };
}

function parseJson(text: string, type: string | null): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LpError({
      code: "access_denied",
      message: `the access check answered something that is not JSON${type === null ? "" : ` (${type.slice(0, 80)})`}`,
      cause,
    });
  }
}

/** The grant in a webhook's answer. Throws `access_denied` for answers that cannot be used. */
export function parseGrant(answer: unknown, needsManifestId: boolean): AccessGrant {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    throw new LpError({ code: "access_denied", message: "the access check must answer a JSON object" });
  }
  const fields = answer as Record<string, unknown>;
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const manifestId = text("manifestID");
  if (needsManifestId && manifestId === undefined) {
    throw new LpError({ code: "access_denied", message: "empty manifest id not allowed" });
  }
  return {
    manifestId,
    streamId: text("streamID"),
    sessionId: text("sessionID"),
    streamKey: text("streamKey"),
    profiles: grantedProfiles(fields["presets"], fields["profiles"]),
    verificationFreq: Number(fields["verificationFreq"] ?? 0) || 0,
    timeoutMultiplier: Math.min(maxTimeoutMultiplier, Math.max(1, Number(fields["timeoutMultiplier"] ?? 1) || 1)),
    objectStoreUrl: text("objectStore"),
    recordStoreUrl: text("recordObjectStore"),
    recordBaseUrl: text("recordObjectStoreUrl"),
    previousSessions: previousSessions(fields["previousSessions"]),
  };
}

function previousSessions(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const isList = Array.isArray(value) && value.every((id) => typeof id === "string" && id !== "");
  if (isList && value.length <= maxPreviousSessions) return value;
  throw new LpError({
    code: "access_denied",
    message: `previousSessions in the access check's answer must be a list of at most ${maxPreviousSessions} names`,
  });
}

function grantedProfiles(presets: unknown, profiles: unknown): readonly VideoProfile[] | undefined {
  const named = Array.isArray(presets)
    ? presets.flatMap((name) => (typeof name === "string" ? (presetProfile(name) ?? []) : []))
    : [];
  if (profiles === undefined || profiles === null) return named.length > 0 ? named : undefined;
  return [...named, ...parseProfileJson(profiles)];
}
