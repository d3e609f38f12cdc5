import { LpError } from "@livepeer-ts/kernel";
import { keyParts } from "./key-parts.ts";
import { SecretText } from "./secret-text.ts";
import { parseServiceAccountKey, type ServiceAccountKey } from "./service-account-key.ts";

/** An S3 bucket, at Amazon or a compatible host. */
export type S3Location = {
  readonly kind: "s3";
  /** Address of the bucket without a slash at its end: `https://BUCKET.s3.amazonaws.com`, `http://HOST:9000/BUCKET`. */
  readonly bucketUrl: string;
  readonly bucket: string;
  /** Key prefix of all objects, without slashes around; may be empty. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretText;
};

/** A Google bucket. The key of the service account is in the URL or in a file that the operator names. */
export type GcsLocation = {
  readonly kind: "gcs";
  readonly bucket: string;
  readonly key: ServiceAccountKey | { readonly file: string };
};

export type ObjectStoreLocation =
  | S3Location
  | GcsLocation
  | { readonly kind: "local"; readonly directory: string }
  | { readonly kind: "memory"; readonly name: string };

function bad(message: string, code = "object_store_url_bad"): LpError {
  return new LpError({ code, message });
}

/** A user or password of a URL in clear. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad("the credentials in the object store's URL are not URL-encoded: write a % as %25");
  }
}

/** `/BUCKET[/prefix]`. */
function bucketAndPrefix(pathname: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = "", ...rest] = decoded(pathname)
    .replace(/^\/+|\/+$/g, "")
    .split("/");
  if (bucket === "") throw bad("S3 bucket not found in URL path");
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(bucket)) {
    throw bad(`"${bucket.slice(0, 80)}" is no name of a bucket: use letters, digits, dots, dashes and underscores`);
  }
  const prefix = rest.join("/");
  if (prefix !== "") keyParts(prefix);
  return { bucket, prefix };
}

function credentials(url: URL): Pick<S3Location, "accessKeyId" | "secretAccessKey"> {
  if (url.password === "") throw bad("password is required with s3:// OS");
  return { accessKeyId: decoded(url.username), secretAccessKey: new SecretText(decoded(url.password)) };
}

/** go-livepeer's guess: the second label of a host with four or more, else us-east-1. An address has no labels. */
export function guessedRegion(hostname: string): string {
  const labels = hostname.split(".");
  const isAddress = hostname.startsWith("[") || labels.every((label) => /^\d+$/.test(label));
  return labels.length >= 4 && !isAddress ? (labels[1] as string) : "us-east-1";
}

function amazon(url: URL): S3Location {
  const { bucket, prefix } = bucketAndPrefix(url.pathname);
  const region = url.hostname;
  if (!/^[a-z0-9-]{1,64}$/.test(region)) {
    throw bad("the s3:// URL needs a region after the @: s3://ACCESS:SECRET@REGION/BUCKET");
  }
  // A certificate of *.s3.amazonaws.com does not cover names with dots.
  const bucketUrl = bucket.includes(".")
    ? `https://s3.${region}.amazonaws.com/${bucket}`
    : `https://${bucket}.s3.amazonaws.com`;
  return { kind: "s3", bucketUrl, bucket, prefix, region, ...credentials(url) };
}

function compatible(url: URL): S3Location {
  const { bucket, prefix } = bucketAndPrefix(url.pathname);
  const bucketUrl = `${url.protocol === "s3+http:" ? "http" : "https"}://${url.host}/${bucket}`;
  return { kind: "s3", bucketUrl, bucket, prefix, region: guessedRegion(url.hostname), ...credentials(url) };
}

function google(url: URL): GcsLocation {
  const bucket = url.hostname;
  if (!/^[a-z0-9._-]{3,222}$/.test(bucket)) {
    throw bad("the gs:// URL names no bucket: gs://BUCKET?keyfile=/path/of/the/key.json");
  }
  if (url.pathname.replace(/^\/+/, "") !== "") {
    throw bad("a gs:// URL has no path: all of the bucket is used, take a bucket for this node alone");
  }
  const file = url.searchParams.get("keyfile") ?? "";
  if (url.username !== "") return { kind: "gcs", bucket, key: parseServiceAccountKey(decoded(url.username)) };
  if (file !== "") return { kind: "gcs", bucket, key: { file } };
  throw bad(
    "the gs:// URL names no key: add ?keyfile=/path/of/the/key.json, or the key itself, URL-encoded, before an @",
  );
}

/**
 * Reads the URL of an object store: `s3://`, `s3+https://`, `s3+http://`, `gs://`, `file://`, an absolute path, `memory://`.
 * Throws `object_store_url_bad`, `object_store_unsupported`, `service_account_key_bad`; no message repeats a secret.
 */
export function parseObjectStoreUrl(text: string): ObjectStoreLocation {
  if (text.startsWith("/")) return { kind: "local", directory: text };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase() ?? "";
  // Schemes first: a URL of another kind may be anything.
  if (!knownSchemes.has(scheme)) throw bad(`unrecognized OS scheme: ${scheme}`);
  if (!URL.canParse(text)) {
    throw bad(
      `the ${scheme}:// URL of the object store cannot be read: URL-encode the credentials (a / in them is %2F, a + is %2B, a = is %3D)`,
    );
  }
  const url = new URL(text);
  switch (scheme) {
    case "s3":
      return amazon(url);
    case "s3+http":
    case "s3+https":
      return compatible(url);
    case "gs":
      return google(url);
    case "file":
      if (url.hostname !== "") throw bad("a file:// URL has three slashes: file:///path/of/the/directory");
      return { kind: "local", directory: decoded(url.pathname) };
    case "memory":
      return { kind: "memory", name: url.hostname };
    case "ipfs":
      if (url.hostname !== "pinata.cloud") throw bad(`unsupported IPFS provider: ${url.hostname}`, unsupported);
      throw bad(`${notBuilt("ipfs")} Pinata's bucket interface is reached with s3+https://.`, unsupported);
    default:
      throw bad(notBuilt("w3s"), unsupported);
  }
}

const knownSchemes: ReadonlySet<string> = new Set(["s3", "s3+http", "s3+https", "gs", "file", "memory", "ipfs", "w3s"]);

const unsupported = "object_store_unsupported";

function notBuilt(scheme: string): string {
  return `${scheme}:// object stores are not built: use s3://, s3+https://, gs:// or a local directory.`;
}

/** The URL as a person may see it: whatever is secret in it is `xxxxx`. Never throws. */
export function redactedObjectStoreUrl(text: string): string {
  if (text.startsWith("/")) return text;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return "xxxxx";
  // Up to the last @: a slash in a secret that is not encoded must not end what is hidden.
  const at = text.lastIndexOf("@");
  const rest = at < 0 ? text.replace(/^[^:]*:\/*/, "") : text.slice(at + 1);
  const path = rest.split(/[?#]/)[0] as string;
  const user = at < 0 ? "" : "xxxxx:xxxxx@";
  return `${scheme}://${user}${path}`;
}
