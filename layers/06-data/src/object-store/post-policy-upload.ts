import {
  type Clock,
  concatBytes,
  LpError,
  type Net,
  type PostCredentials,
  type PostUpload,
  type PutOptions,
  type Random,
  utf8,
} from "@livepeer-ts/kernel";
import { checkedContentType } from "./content-type.ts";
import { encodeKey, fullKey } from "./object-key.ts";
import { hex } from "./signature-v4.ts";
import {
  answerText,
  checkSize,
  defaultStoreLimits,
  type StoreLimits,
  sendWithRetries,
  withinMs,
} from "./store-requests.ts";

/** How an upload with another party's credentials is made. */
export type PostUploadOptions = Partial<Pick<StoreLimits, "saveMs" | "maxTries" | "minPauseMs" | "maxPauseMs">> & {
  /** Bytes of the largest object. Default 300 MB, a segment's bound. */
  readonly maxUploadBytes?: number;
};

export type PostUploadDeps = {
  /** The address comes from a peer: this must be the guarded network. */
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
};

/** What is kept of the store's text when it refuses. */
const maxRefusalCharacters = 500;

/**
 * Puts one object below the prefix of the credentials with a browser's form: what an orchestrator does with the store that a
 * gateway names in `SegData.storage`, and a gateway with the one in `OrchestratorInfo.storage`. Resolves with the object's URL.
 * Rejects with `object_post_refused`, `object_store_timeout`, `object_store_failed`, `object_refused`, `object_path_refused`.
 */
export async function uploadWithPost(
  credentials: PostCredentials,
  name: string,
  bytes: Uint8Array,
  deps: PostUploadDeps,
  options: PostUploadOptions & Pick<PutOptions, "contentType" | "signal"> = {},
): Promise<{ readonly url: string }> {
  const limits = { ...defaultStoreLimits, ...options };
  checkSize(bytes, options.maxUploadBytes ?? 300_000_000);
  const { url, fields } = postForm(credentials, name, checkedContentType(options.contentType, name));
  const boundary = `lp${hex(deps.random.bytes(16))}`;
  const fileName = name.slice(name.lastIndexOf("/") + 1);
  const head = concatBytes(
    ...fields.map(([field, value]) => utf8(part(boundary, `name="${field}"`, value))),
    utf8(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n` +
        "Content-Type: application/octet-stream\r\n\r\n",
    ),
  );
  const tail = utf8(`\r\n--${boundary}--\r\n`);
  const headers = {
    "content-type": `multipart/form-data; boundary=${boundary}`,
    "content-length": String(head.length + bytes.length + tail.length),
  };
  const what = `posting ${name} to ${new URL(url).host}`;
  await withinMs(deps.clock, limits.saveMs, options.signal, what, async (signal) => {
    const make = () => ({ method: "POST", url, headers, body: inOrder(head, bytes, tail) });
    const answer = await sendWithRetries(deps, limits, signal, make, ({ status, text }) => refused(what, status, text));
    const text = answer === undefined ? "" : await answerText(answer);
    // Part of the protocol: a text in the answer is an error, whatever the status says.
    if (answer !== undefined && text !== "") throw refused(what, answer.status, text);
  });
  return { url: `${credentials.host.replace(/\/$/, "")}/${encodeKey(fullKey(credentials.key, name))}` };
}

/** `uploadWithPost` over these ports. */
export function createPostUpload(deps: PostUploadDeps, options: PostUploadOptions = {}): PostUpload {
  return (credentials, name, bytes, each = {}) =>
    uploadWithPost(credentials, name, bytes, deps, { ...options, ...each });
}

/** Where the form goes and its fields, in the order in which they are sent; the file follows last, as S3 demands. */
export function postForm(
  credentials: PostCredentials,
  name: string,
  contentType: string,
): { readonly url: string; readonly fields: readonly (readonly [string, string])[] } {
  if (!URL.canParse(credentials.host) || !/^https?:$/.test(new URL(credentials.host).protocol)) {
    throw new LpError({
      code: "object_store_url_bad",
      message: `"${credentials.host.slice(0, 80)}" is no address of an object store: it begins with http:// or https://`,
    });
  }
  const values = Object.values(credentials);
  if (values.some((value) => /[\r\n]/.test(value))) {
    throw new LpError({
      code: "object_refused",
      message: "the credentials of the object store hold a line break: they cannot be put into a form",
    });
  }
  const whole = fullKey(credentials.key, name);
  const folder = whole.slice(0, whole.lastIndexOf("/") + 1);
  const signed: readonly (readonly [string, string])[] =
    credentials.storageType === "google"
      ? [
          ["GoogleAccessId", credentials.credential],
          ["signature", credentials.signature],
        ]
      : [
          ["x-amz-algorithm", "AWS4-HMAC-SHA256"],
          ["x-amz-credential", credentials.credential],
          ["x-amz-date", credentials.xAmzDate],
          ["x-amz-signature", credentials.signature],
        ];
  const fields: (readonly [string, string])[] = [
    ["acl", "public-read"],
    ["Content-Type", contentType],
    // The store puts the file's name in. Google's emulator does not.
    ["key", credentials.storageType === "google" ? whole : `${folder}\${filename}`],
    ["policy", credentials.policy],
    ...signed,
  ];
  return { url: credentials.host, fields };
}

function part(boundary: string, disposition: string, value: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
}

async function* inOrder(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) if (piece.length > 0) yield piece;
}

function refused(what: string, status: number, text: string): LpError {
  // Amazon's buckets are made like that since 2023, and the protocol's form asks for acl=public-read.
  const remedy = /AccessControlListNotSupported|BlockPublicAcls/.test(text)
    ? "; the bucket's owner has to set its object ownership to ObjectWriter and switch off its block of public access"
    : "";
  return new LpError({
    code: "object_post_refused",
    message: `${what} was refused with ${status}: ${text.slice(0, maxRefusalCharacters)}${remedy}`,
    details: { status },
    retryable: status >= 500 || status === 429,
  });
}
