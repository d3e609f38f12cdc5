import { open } from "node:fs/promises";
import { errorText, LpError, type ObjectStore } from "@livepeer-ts/kernel";
import { createGcsObjectStore } from "../object-store/gcs-object-store.ts";
import { createMemoryObjectStore } from "../object-store/memory-object-store.ts";
import { type GcsLocation, parseObjectStoreUrl } from "../object-store/parse-object-store-url.ts";
import { createS3ObjectStore } from "../object-store/s3-object-store.ts";
import { parseServiceAccountKey, type ServiceAccountKey } from "../object-store/service-account-key.ts";
import type { StoreDeps, StoreLimits } from "../object-store/store-requests.ts";
import { openLocalObjectStore } from "./local-object-store.ts";

export type OpenObjectStoreOptions = Partial<StoreLimits> & {
  /** The store's URL, see `parseObjectStoreUrl`. */
  readonly url: string;
  /** What the URLs of a local or memory store's objects begin with. Default `/stream`. */
  readonly baseUrl?: string;
};

const maxKeyFileBytes = 64 * 1024;

/** Where Google's own libraries look for a server in place of Google's. */
const emulatorVariable = "STORAGE_EMULATOR_HOST";

/** `STORAGE_EMULATOR_HOST` is `http://HOST:PORT`, or without the scheme. */
function googleServer(bucket: string): { readonly apiUrl?: string; readonly bucketUrl?: string } {
  const host = (process.env[emulatorVariable] ?? "").replace(/\/+$/, "");
  if (host === "") return {};
  const apiUrl = /^https?:\/\//.test(host) ? host : `http://${host}`;
  return { apiUrl, bucketUrl: `${apiUrl}/${bucket}` };
}

async function keyOf(key: GcsLocation["key"]): Promise<ServiceAccountKey> {
  if (!("file" in key)) return key;
  try {
    const handle = await open(key.file, "r");
    try {
      const buffer = Buffer.alloc(maxKeyFileBytes + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return parseServiceAccountKey(buffer.toString("utf8", 0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof LpError) throw error;
    throw new LpError({
      code: "service_account_key_bad",
      message: `the key file ${key.file} of the gs:// store cannot be read: ${errorText(error)}`,
      cause: error,
    });
  }
}

/** Opens the store that a URL names. Nothing is asked of a store elsewhere until it is used. */
export async function openObjectStore(options: OpenObjectStoreOptions, deps: StoreDeps): Promise<ObjectStore> {
  const { url, baseUrl, ...limits } = options;
  const location = parseObjectStoreUrl(url);
  const base = baseUrl === undefined ? {} : { baseUrl };
  switch (location.kind) {
    case "s3":
      return createS3ObjectStore({ ...limits, location }, deps);
    case "gcs":
      return createGcsObjectStore(
        { ...limits, ...googleServer(location.bucket), bucket: location.bucket, key: await keyOf(location.key) },
        deps,
      );
    case "local":
      return openLocalObjectStore({ directory: location.directory, ...base });
    default:
      return createMemoryObjectStore({ name: location.name, ...base }, deps);
  }
}
