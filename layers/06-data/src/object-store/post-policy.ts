import { type PostCredentials, utf8 } from "@livepeer-ts/kernel";
import type { Digests } from "../ports/digests.ts";
import type { GcsLocation, S3Location } from "./parse-object-store-url.ts";
import type { ServiceAccountKey } from "./service-account-key.ts";
import { amzDate, credentialScope, signature } from "./signature-v4.ts";

/** How long a form may be posted. */
const policyMs = 24 * 60 * 60 * 1000;

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** The conditions that S3 and Google share. The slash keeps `a/b` from opening `a/bc`. */
function sharedConditions(bucket: string, key: string): unknown[] {
  return [{ bucket }, { acl: "public-read" }, ["starts-with", "$Content-Type", ""], ["starts-with", "$key", `${key}/`]];
}

function policyText(nowMs: number, conditions: readonly unknown[]): string {
  return base64(utf8(JSON.stringify({ expiration: new Date(nowMs + policyMs).toISOString(), conditions })));
}

/**
 * Credentials for posting browser forms to an S3 bucket for a day, below `key` and nowhere else. `key` is the whole key prefix in
 * the bucket, the store's own one included: go-livepeer signs the path without it, so that every upload to a store with a prefix
 * is refused.
 */
export function s3PostCredentials(digests: Digests, location: S3Location, key: string, nowMs: number): PostCredentials {
  const day = amzDate(nowMs).slice(0, 8);
  const xAmzDate = `${day}T000000Z`;
  const credential = `${location.accessKeyId}/${credentialScope(day, location.region)}`;
  const policy = policyText(nowMs, [
    ...sharedConditions(location.bucket, key),
    { "x-amz-algorithm": "AWS4-HMAC-SHA256" },
    { "x-amz-credential": credential },
    { "x-amz-date": xAmzDate },
  ]);
  return {
    storageType: "s3",
    host: location.bucketUrl,
    key,
    policy,
    signature: signature(digests, location, day, policy),
    credential,
    xAmzDate,
  };
}

/** The same for a Google bucket: the form carries the account's address and an RSA signature of the policy. */
export function gcsPostCredentials(
  digests: Digests,
  location: Pick<GcsLocation, "bucket"> & { readonly bucketUrl: string; readonly key: ServiceAccountKey },
  key: string,
  nowMs: number,
): PostCredentials {
  const policy = policyText(nowMs, sharedConditions(location.bucket, key));
  return {
    storageType: "google",
    host: location.bucketUrl,
    key,
    policy,
    signature: base64(digests.signRsaSha256(location.key.privateKey.reveal(), utf8(policy))),
    credential: location.key.clientEmail,
    xAmzDate: "",
  };
}
