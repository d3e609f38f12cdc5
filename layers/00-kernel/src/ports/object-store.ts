/** What is known of a stored object without reading it. */
export type ObjectSummary = {
  /** Key inside the store, without the prefix of the store's URL. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Wall time, ms since 1970; undefined where the store does not say. */
  readonly modifiedAtMs: number | undefined;
};

/** The head of an object. */
export type ObjectHead = ObjectSummary & {
  readonly contentType: string;
  /** User metadata, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
};

/** Bytes of an object, `end` included; without `end` up to the last one. */
export type ByteRange = { readonly start: number; readonly end?: number };

/** An object on its way. The body is read to its end, or given up with `return`; either frees the connection. */
export type OpenObject = ObjectHead & {
  readonly body: AsyncIterable<Uint8Array>;
  /** Present when a range was asked for: what the body holds of the whole. */
  readonly range?: { readonly start: number; readonly end: number };
};

/** One page of a listing, in the order of the keys. */
export type ObjectPage = {
  readonly objects: readonly ObjectSummary[];
  /** With a delimiter: the folders, each ending with it. */
  readonly prefixes: readonly string[];
  /** Given to the next `list`; undefined on the last page. */
  readonly cursor: string | undefined;
};

export type PutOptions = {
  /** MIME type. Default: by the key's extension. */
  readonly contentType?: string;
  /** User metadata: names of letters, digits and dashes, values of printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * True: whoever knows the URL may read it, where the store can say so for one object. Rejects with `object_acl_refused` or
   * `object_store_refused` where it does not allow that. Default false: as the bucket has it.
   */
  readonly isPublic?: boolean;
  readonly signal?: AbortSignal;
};

export type GetOptions = { readonly range?: ByteRange; readonly signal?: AbortSignal };

export type ListOptions = {
  /** Keys are grouped at the first one after the prefix; only `/` is used. */
  readonly delimiter?: "/";
  readonly cursor?: string;
  /** Objects and prefixes of the page together, 1 to 1000. Default 1000. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
};

/** What another party needs to put objects below one key prefix for a day, without the secret. */
export type PostCredentials = {
  readonly storageType: "s3" | "google";
  /** Address that the form is posted to; it names the bucket. */
  readonly host: string;
  /** Key prefix of the objects, without a slash at its end. */
  readonly key: string;
  /** Base64 of the policy document. */
  readonly policy: string;
  /** Hex for S3, base64 for Google. */
  readonly signature: string;
  /** Credential scope for S3, the service account's address for Google. */
  readonly credential: string;
  /** `YYYYMMDDT000000Z`; empty for Google. */
  readonly xAmzDate: string;
};

/**
 * A place for objects by key, on this machine or elsewhere. Keys are relative, `/`-separated, without `..`.
 * Rejects with an `LpError`; its codes are in the data layer's `object-store/errors.ts`.
 */
export interface ObjectStore {
  readonly kind: "memory" | "local" | "s3" | "gcs";
  /** The store as a person may see it: no secret. */
  readonly description: string;
  /** True when others reach it by itself, so that its credentials and URLs can be given to them. */
  readonly isExternal: boolean;
  /** Stores the bytes, whole or not at all; resolves, when they can be read back, with the object's public URL. */
  put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<{ readonly url: string }>;
  /** The object, or undefined when there is none. Rejects with `object_range_refused` for a range outside of it. */
  get(key: string, options?: GetOptions): Promise<OpenObject | undefined>;
  head(key: string, options?: { readonly signal?: AbortSignal }): Promise<ObjectHead | undefined>;
  /** Objects whose key begins with `prefix`, which need not end at a slash. */
  list(prefix: string, options?: ListOptions): Promise<ObjectPage>;
  /** Deleting what is not there is no failure. */
  delete(key: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** True for URLs of objects of this store. */
  isOwn(url: string): boolean;
  /** Where readers find the object. */
  publicUrl(key: string): string;
  /** Credentials for uploads below `prefix`; undefined for stores that are not external. */
  postCredentials(prefix: string): PostCredentials | undefined;
}

/** Stores one object with credentials that another party gave. Resolves with its URL, which is below the credentials' address. */
export type PostUpload = (
  credentials: PostCredentials,
  /** Below the credentials' key. */
  name: string,
  bytes: Uint8Array,
  options?: Pick<PutOptions, "contentType" | "signal">,
) => Promise<{ readonly url: string }>;
