import {
  LpError,
  type ObjectHead,
  type ObjectPage,
  type ObjectStore,
  type ObjectSummary,
  utf8,
} from "@livepeer-ts/kernel";
import { checkedContentType } from "./content-type.ts";
import { GcsAccessToken } from "./gcs-access-token.ts";
import { GcsClient } from "./gcs-client.ts";
import { pageLimit } from "./key-pages.ts";
import {
  checkedMetadata,
  encodeKey,
  encodeSegment,
  fullKey,
  fullListPrefix,
  rangeRefused,
  resolvedRange,
} from "./object-key.ts";
import { gcsPostCredentials } from "./post-policy.ts";
import type { ServiceAccountKey } from "./service-account-key.ts";
import { canonicalQuery, hex } from "./signature-v4.ts";
import {
  answerText,
  checkSize,
  defaultStoreLimits,
  patientBody,
  type StoreDeps,
  type StoreLimits,
  withinMs,
} from "./store-requests.ts";

export type GcsObjectStoreOptions = Partial<StoreLimits> & {
  readonly bucket: string;
  readonly key: ServiceAccountKey;
  /** Where the JSON API is. Default `https://storage.googleapis.com`. */
  readonly apiUrl?: string;
  /** Where readers find the bucket's objects. Default `https://BUCKET.storage.googleapis.com`. */
  readonly bucketUrl?: string;
};

/** `saveMs` is for this many bytes; a larger object gets as much again for each. */
const bytesPerSave = 63 * 1024 ** 2;

/** A bucket of Google Cloud Storage, through the JSON API with a service account's key. */
export function createGcsObjectStore(options: GcsObjectStoreOptions, deps: StoreDeps): ObjectStore {
  const { bucket, key: account } = options;
  const apiUrl = (options.apiUrl ?? "https://storage.googleapis.com").replace(/\/$/, "");
  const bucketUrl = (options.bucketUrl ?? `https://${bucket}.storage.googleapis.com`).replace(/\/$/, "");
  const limits: StoreLimits = { ...defaultStoreLimits, ...options };
  const { clock, random, digests } = deps;
  const client = new GcsClient(bucket, new GcsAccessToken(account, limits, deps), limits, deps);
  const objectsUrl = `${apiUrl}/storage/v1/b/${bucket}/o`;
  const objectUrl = (key: string) => `${objectsUrl}/${encodeSegment(fullKey("", key))}`;
  const publicUrl = (key: string) => `${bucketUrl}/${encodeKey(key)}`;

  const lookAt = (key: string, signal: AbortSignal | undefined) => {
    const url = objectUrl(key);
    const what = `looking at ${key}`;
    return withinMs(clock, limits.readMs, signal, what, async (each) => {
      const answer = await client.call({ method: "GET", url, quiet: [404], what, signal: each });
      return answer === undefined ? undefined : headOf(jsonIn(await answerText(answer)), key);
    });
  };

  return {
    kind: "gcs",
    description: `Google Cloud Storage ${bucketUrl}`,
    isExternal: true,
    async put(key, bytes, put = {}) {
      const name = fullKey("", key);
      checkSize(bytes, limits.maxObjectBytes);
      const contentType = checkedContentType(put.contentType, key);
      const boundary = `lp${hex(random.bytes(16))}`;
      const about = JSON.stringify({ name, contentType, metadata: checkedMetadata(put.metadata) });
      const head = utf8(
        `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${about}\r\n` +
          `--${boundary}\r\nContent-Type: ${contentType}\r\n\r\n`,
      );
      const tail = utf8(`\r\n--${boundary}--\r\n`);
      const what = `storing ${key}`;
      const ms = limits.saveMs * Math.max(1, Math.ceil(bytes.length / bytesPerSave));
      await withinMs(clock, ms, put.signal, what, async (signal) => {
        const answer = await client.call({
          method: "POST",
          url: `${apiUrl}/upload/storage/v1/b/${bucket}/o?uploadType=multipart${put.isPublic === true ? "&predefinedAcl=publicRead" : ""}`,
          headers: {
            "content-type": `multipart/related; boundary=${boundary}`,
            "content-length": String(head.length + bytes.length + tail.length),
          },
          body: repeatable(head, bytes, tail),
          what,
          signal,
        });
        if (answer !== undefined) await answerText(answer);
      });
      return { url: publicUrl(key) };
    },
    async get(key, get = {}) {
      // The media's own answer has no metadata, and its generation keeps both of one object.
      const found = await lookAt(key, get.signal);
      if (found === undefined) return undefined;
      const { generation, ...head } = found;
      const range = get.range === undefined ? undefined : resolvedRange(get.range, head.sizeBytes);
      const what = `reading ${key}`;
      const stop = new AbortController();
      const answer = await withinMs(clock, limits.readMs, get.signal, what, (signal) => {
        signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
        return client.call({
          method: "GET",
          url: `${objectUrl(key)}?alt=media&generation=${generation}`,
          headers: range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` },
          quiet: [404, 416],
          what,
          signal: stop.signal,
        });
      });
      if (answer === undefined) {
        if (range !== undefined && (await lookAt(key, get.signal)) !== undefined) throw rangeRefused(range);
        return undefined;
      }
      const body = patientBody(clock, limits.idleMs, answer.body, stop, get.signal);
      return { ...head, body, ...(range === undefined ? {} : { range }) };
    },
    async head(key, head = {}) {
      const found = await lookAt(key, head.signal);
      if (found === undefined) return undefined;
      const { generation: _generation, ...rest } = found;
      return rest;
    },
    async list(prefix, list = {}) {
      const query: [string, string][] = [
        ["maxResults", String(pageLimit(list.limit))],
        ["prefix", fullListPrefix("", prefix)],
      ];
      if (list.delimiter !== undefined) query.push(["delimiter", list.delimiter]);
      if (list.cursor !== undefined) query.push(["pageToken", list.cursor]);
      const what = `listing ${prefix}`;
      return withinMs(clock, limits.readMs, list.signal, what, async (signal) => {
        const answer = await client.call({
          method: "GET",
          url: `${objectsUrl}?${canonicalQuery(query)}`,
          what,
          signal,
        });
        return pageIn(jsonIn(answer === undefined ? "" : await answerText(answer)));
      });
    },
    async delete(key, options = {}) {
      const url = objectUrl(key);
      const what = `deleting ${key}`;
      await withinMs(clock, limits.readMs, options.signal, what, async (signal) => {
        const answer = await client.call({ method: "DELETE", url, quiet: [404], what, signal });
        if (answer !== undefined) await answerText(answer);
      });
    },
    isOwn: (url) => url.startsWith(`${bucketUrl}/`),
    publicUrl,
    postCredentials: (prefix) =>
      gcsPostCredentials(digests, { bucket, bucketUrl, key: account }, fullKey("", prefix), clock.now()),
  };
}

/** A body in pieces that can be read again for another try. */
function repeatable(...pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const piece of pieces) if (piece.length > 0) yield piece;
    },
  };
}

function badAnswer(what: string): LpError {
  return new LpError({
    code: "object_store_bad_answer",
    message: `Google Cloud Storage answered ${what}: is the address right?`,
  });
}

function jsonIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw badAnswer("with something that is no JSON object");
}

function summaryOf(fields: Record<string, unknown>, key: string): ObjectSummary {
  const sizeBytes = Number(fields["size"] ?? "x");
  const modifiedAtMs = Date.parse(String(fields["updated"] ?? ""));
  if (!Number.isSafeInteger(sizeBytes)) throw badAnswer("no size of an object");
  return { key, sizeBytes, modifiedAtMs: Number.isNaN(modifiedAtMs) ? undefined : modifiedAtMs };
}

function headOf(fields: Record<string, unknown>, key: string): ObjectHead & { readonly generation: string } {
  const { contentType, metadata, generation } = fields;
  if (typeof generation !== "string" || !/^\d{1,20}$/.test(generation)) throw badAnswer("no generation of an object");
  return {
    ...summaryOf(fields, key),
    contentType: typeof contentType === "string" ? contentType : "application/octet-stream",
    metadata: typeof metadata === "object" && metadata !== null ? (metadata as Record<string, string>) : {},
    generation,
  };
}

function pageIn(fields: Record<string, unknown>): ObjectPage {
  const { items = [], prefixes = [], nextPageToken } = fields;
  if (!Array.isArray(items) || !Array.isArray(prefixes)) throw badAnswer("no listing");
  const objects = items.map((item: Record<string, unknown>) => {
    const name = item?.["name"];
    if (typeof name !== "string") throw badAnswer("an object without a name");
    return summaryOf(item, name);
  });
  return {
    objects: objects.filter(({ key }) => !key.endsWith("/")),
    prefixes: prefixes.map(String),
    cursor: typeof nextPageToken === "string" && nextPageToken !== "" ? nextPageToken : undefined,
  };
}
