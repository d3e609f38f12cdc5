import { parseObjectStoreUrl, type S3Location } from "../object-store/parse-object-store-url.ts";
import { S3Client } from "../object-store/s3-client.ts";
import { defaultStoreLimits, type StoreDeps } from "../object-store/store-requests.ts";

/** A server to make buckets at, and its user. */
export type S3Account = { readonly url: string; readonly accessKeyId: string; readonly secretAccessKey: string };

/** The URL of a store at such a server: `bucketPath` is the bucket, with a key prefix behind it where there is one. */
export function s3StoreUrl(account: S3Account, bucketPath: string): string {
  const user = `${encodeURIComponent(account.accessKeyId)}:${encodeURIComponent(account.secretAccessKey)}`;
  return `s3+http://${user}@${new URL(account.url).host}/${bucketPath}`;
}

/**
 * Makes a bucket. As at Amazon since 2023, a new one refuses `acl=public-read` until both of its locks are opened; `isOpen` opens
 * them.
 */
export async function makeS3Bucket(
  account: S3Account,
  bucket: string,
  deps: StoreDeps,
  isOpen = true,
): Promise<S3Location> {
  const location = parseObjectStoreUrl(s3StoreUrl(account, bucket)) as S3Location;
  const client = new S3Client(location, defaultStoreLimits, deps);
  const signal = new AbortController().signal;
  const headers = { "x-amz-object-ownership": "ObjectWriter" };
  await client.call({ method: "PUT", headers, what: "making a bucket", signal });
  if (isOpen) {
    await client.call({ method: "DELETE", query: [["publicAccessBlock", ""]], what: "opening a bucket", signal });
  }
  return location;
}
