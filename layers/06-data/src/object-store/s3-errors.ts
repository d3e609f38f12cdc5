import { LpError } from "@livepeer-ts/kernel";
import type { StoreAnswer } from "./store-requests.ts";
import { childText, parseXml } from "./xml-elements.ts";

/** Where an answer came from, for its sentence. */
export type S3Place = { readonly bucket: string; readonly host: string; readonly region: string };

/** Code and message of an S3 error document; empty when the answer is none (a HEAD, a proxy's page). */
export function s3ErrorCode(text: string): { readonly code: string; readonly message: string } {
  try {
    const document = parseXml(text);
    if (document.name !== "Error") return { code: "", message: "" };
    return { code: childText(document, "Code") ?? "", message: (childText(document, "Message") ?? "").slice(0, 300) };
  } catch {
    return { code: "", message: "" };
  }
}

/** The error of a refused request: what the store said, why that may be, what to do. */
export function s3Error(answer: StoreAnswer, place: S3Place, nowMs: number, what: string): LpError {
  const { code, message } = s3ErrorCode(answer.text);
  const said = `${answer.status}${code === "" ? "" : ` ${code}`}${message === "" ? "" : `: ${message}`}`;
  const details = { status: answer.status, code, bucket: place.bucket, host: place.host };
  const error = (errorCode: string, remedy: string, retryable = false) =>
    new LpError({
      code: errorCode,
      message: `${what}: ${place.host} answered ${said}; ${remedy}`,
      details,
      retryable,
    });
  switch (code) {
    case "RequestTimeTooSkewed": {
      const storeMs = Date.parse(answer.header.get("date") ?? "");
      const seconds = Number.isNaN(storeMs) ? undefined : Math.round((nowMs - storeMs) / 1000);
      const by =
        seconds === undefined ? "" : ` by ${Math.abs(seconds)} s ${seconds > 0 ? "(it is ahead)" : "(it is behind)"}`;
      return error("object_store_clock_skew", `this machine's clock differs from the store's${by}: set it, with NTP`);
    }
    case "NoSuchBucket":
      return error(
        "object_store_bucket_missing",
        `create the bucket "${place.bucket}", or correct it in the store's URL`,
      );
    case "AccessControlListNotSupported":
      return error(
        "object_acl_refused",
        "the bucket takes no access rules for single objects: set its object ownership to ObjectWriter",
      );
    case "SignatureDoesNotMatch":
      return error("object_store_refused", "the secret in the store's URL is wrong, or is not URL-encoded there");
    case "InvalidAccessKeyId":
      return error("object_store_refused", "the access key in the store's URL is not known there");
    case "PermanentRedirect":
    case "AuthorizationHeaderMalformed": {
      const region = answer.header.get("x-amz-bucket-region");
      const remedy = `the request was signed for ${place.region}: put the bucket's region${region === null ? "" : `, ${region},`} into the store's URL`;
      return error("object_store_region_wrong", remedy);
    }
    default:
      if (answer.status === 401 || answer.status === 403) {
        return error("object_store_refused", "the credentials do not allow this: check them and the bucket's policy");
      }
      return error("object_store_failed", "see the store's own log", answer.status >= 500 || answer.status === 429);
  }
}

/** An answer that cannot be what was asked for. */
export function badAnswer(place: S3Place, what: string): LpError {
  return new LpError({
    code: "object_store_bad_answer",
    message: `${place.host} answered ${what}: is that the address of an S3 service?`,
    details: { host: place.host },
  });
}
