import { concatBytes, toHex, utf8 } from "@livepeer-ts/kernel";
import type { Digests } from "../ports/digests.ts";
import { encodeSegment } from "./object-key.ts";
import type { SecretText } from "./secret-text.ts";

/** Who signs, and for which region. */
export type SigningScope = {
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretText;
  readonly region: string;
};

export type SignedRequest = {
  readonly method: string;
  /** Path as it is sent: encoded once, which is what S3 signs. */
  readonly path: string;
  readonly host: string;
  /** Names and values in clear. */
  readonly query: readonly (readonly [string, string])[];
  /** All of these are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex of the body's SHA-256, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
};

/** For requests over TLS, where the connection already guards the body. */
export const unsignedPayload = "UNSIGNED-PAYLOAD";

/** Lower-case hex without `0x`. */
export function hex(bytes: Uint8Array): string {
  return toHex(bytes).slice(2);
}

/** `YYYYMMDDTHHMMSSZ` of a wall time in ms. */
export function amzDate(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

/** A query as it is sent and signed: sorted by encoded name, then value. */
export function canonicalQuery(query: readonly (readonly [string, string])[]): string {
  return query
    .map(([name, value]) => `${encodeSegment(name)}=${encodeSegment(value)}`)
    .sort()
    .join("&");
}

/** `YYYYMMDD/REGION/s3/aws4_request`. */
export function credentialScope(day: string, region: string): string {
  return `${day}/${region}/s3/aws4_request`;
}

/** The key of one day, region and service; hex of the HMAC of `message` under it. */
export function signature(digests: Digests, scope: SigningScope, day: string, message: string): string {
  let key = concatBytes(utf8("AWS4"), utf8(scope.secretAccessKey.reveal()));
  for (const part of [day, scope.region, "s3", "aws4_request"]) key = digests.hmacSha256(key, utf8(part)) as typeof key;
  return hex(digests.hmacSha256(key, utf8(message)));
}

/** The headers that make a request a signed one (AWS Signature Version 4 in the `Authorization` header), with the given ones. */
export function signedHeaders(
  digests: Digests,
  scope: SigningScope,
  request: SignedRequest,
  wallMs: number,
): Record<string, string> {
  const date = amzDate(wallMs);
  const day = date.slice(0, 8);
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-content-sha256": request.payloadHash,
    "x-amz-date": date,
  };
  const lines = Object.entries({ ...headers, host: request.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, " ")] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = lines.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    lines.map(([name, value]) => `${name}:${value}\n`).join(""),
    names,
    request.payloadHash,
  ].join("\n");
  const credential = credentialScope(day, scope.region);
  const toSign = ["AWS4-HMAC-SHA256", date, credential, hex(digests.sha256(utf8(canonical)))].join("\n");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${scope.accessKeyId}/${credential}, SignedHeaders=${names}, ` +
    `Signature=${signature(digests, scope, day, toSign)}`;
  return headers;
}
