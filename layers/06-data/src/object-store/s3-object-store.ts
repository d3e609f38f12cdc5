import type { HttpResponse, ObjectHead, ObjectPage, ObjectStore, ObjectSummary, OpenObject } from "@livepeer-ts/kernel";
import { checkedContentType } from "./content-type.ts";
import { pageLimit } from "./key-pages.ts";
import { checkedMetadata, encodeKey, fullKey, fullListPrefix, rangeRefused } from "./object-key.ts";
import type { S3Location } from "./parse-object-store-url.ts";
import { s3PostCredentials } from "./post-policy.ts";
import { S3Client } from "./s3-client.ts";
import { badAnswer, type S3Place } from "./s3-errors.ts";
import { putInParts } from "./s3-multipart.ts";
import {
  answerText,
  checkSize,
  defaultStoreLimits,
  patientBody,
  type StoreDeps,
  type StoreLimits,
  withinMs,
} from "./store-requests.ts";
import { childText, parseXml } from "./xml-elements.ts";

export type S3ObjectStoreOptions = Partial<StoreLimits> & {
  readonly location: S3Location;
  /** Bytes of a part; a larger object goes in several. Default 63 MiB. S3 takes no smaller ones than 5 MiB. */
  readonly partBytes?: number;
  /** Parts of one object on their way at once. Default 8. */
  readonly parallelParts?: number;
};

const metadataHeader = "x-amz-meta-";

/**
 * A bucket of Amazon S3 or of a service with the same interface. `head` cannot tell a bucket that is missing from an object that
 * is: S3 says nothing more then.
 */
export function createS3ObjectStore(options: S3ObjectStoreOptions, deps: StoreDeps): ObjectStore {
  const { location } = options;
  const limits: StoreLimits = { ...defaultStoreLimits, ...options };
  const partBytes = options.partBytes ?? 63 * 1024 ** 2;
  const parallelParts = options.parallelParts ?? 8;
  const { clock, digests } = deps;
  const client = new S3Client(location, limits, deps);
  const { place } = client;
  const base = location.prefix === "" ? location.bucketUrl : `${location.bucketUrl}/${encodeKey(location.prefix)}`;
  const strip = location.prefix === "" ? 0 : location.prefix.length + 1;
  const publicUrl = (key: string) => `${base}/${encodeKey(key)}`;

  return {
    kind: "s3",
    description: `S3 ${base}`,
    isExternal: true,
    async put(key, bytes, put = {}) {
      const whole = fullKey(location.prefix, key);
      checkSize(bytes, limits.maxObjectBytes);
      const headers: Record<string, string> = {
        "content-type": checkedContentType(put.contentType, key),
        ...(put.isPublic === true ? { "x-amz-acl": "public-read" } : {}),
      };
      for (const [name, value] of Object.entries(checkedMetadata(put.metadata))) headers[metadataHeader + name] = value;
      if (bytes.length > partBytes) {
        const parts = { partBytes, parallelParts, saveMs: limits.saveMs };
        await putInParts(client, clock, parts, whole, bytes, headers, put.signal);
      } else {
        const what = `storing ${key}`;
        await withinMs(clock, limits.saveMs, put.signal, what, async (signal) => {
          const answer = await client.call({ method: "PUT", key: whole, headers, body: bytes, what, signal });
          if (answer !== undefined) await answerText(answer);
        });
      }
      return { url: publicUrl(key) };
    },
    async get(key, get = {}) {
      const whole = fullKey(location.prefix, key);
      const { range } = get;
      const headers: Record<string, string> =
        range === undefined ? {} : { range: `bytes=${range.start}-${range.end ?? ""}` };
      const what = `reading ${key}`;
      const stop = new AbortController();
      const answer = await withinMs(clock, limits.readMs, get.signal, what, (signal) => {
        signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
        return client.call({ method: "GET", key: whole, headers, quiet: [404, 416], what, signal: stop.signal });
      });
      if (answer === undefined) {
        // 404 and 416 are told apart by asking: a range of an object that is not there is no error.
        if (range !== undefined && (await this.head(key, get)) !== undefined) throw rangeRefused(range);
        return undefined;
      }
      try {
        return openObject(answer, key, place, patientBody(clock, limits.idleMs, answer.body, stop, get.signal));
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    },
    async head(key, head = {}) {
      const whole = fullKey(location.prefix, key);
      const what = `looking at ${key}`;
      return withinMs(clock, limits.readMs, head.signal, what, async (signal) => {
        const answer = await client.call({ method: "HEAD", key: whole, quiet: [404], what, signal });
        if (answer === undefined) return undefined;
        await answerText(answer);
        return headOf(answer, key, place);
      });
    },
    async list(prefix, list = {}) {
      const query: [string, string][] = [
        ["list-type", "2"],
        ["max-keys", String(pageLimit(list.limit))],
        ["prefix", fullListPrefix(location.prefix, prefix)],
      ];
      if (list.delimiter !== undefined) query.push(["delimiter", list.delimiter]);
      if (list.cursor !== undefined) query.push(["continuation-token", list.cursor]);
      const what = `listing ${prefix}`;
      return withinMs(clock, limits.readMs, list.signal, what, async (signal) => {
        const answer = await client.call({ method: "GET", query, what, signal });
        return pageIn(answer === undefined ? "" : await answerText(answer), strip, place);
      });
    },
    async delete(key, options = {}) {
      const whole = fullKey(location.prefix, key);
      const what = `deleting ${key}`;
      await withinMs(clock, limits.readMs, options.signal, what, async (signal) => {
        const answer = await client.call({ method: "DELETE", key: whole, quiet: [404], what, signal });
        if (answer !== undefined) await answerText(answer);
      });
    },
    isOwn: (url) => url.startsWith(`${base}/`),
    publicUrl,
    postCredentials: (prefix) => s3PostCredentials(digests, location, fullKey(location.prefix, prefix), clock.now()),
  };
}

function headOf(answer: HttpResponse, key: string, place: S3Place): ObjectHead {
  const metadata: Record<string, string> = {};
  for (const [name, value] of answer.header) {
    if (name.startsWith(metadataHeader)) metadata[name.slice(metadataHeader.length)] = value;
  }
  const sizeBytes = Number(answer.header.get("content-length") ?? "x");
  if (!Number.isSafeInteger(sizeBytes)) throw badAnswer(place, "no length of an object");
  return {
    key,
    sizeBytes,
    modifiedAtMs: wallMs(answer.header.get("last-modified") ?? ""),
    contentType: answer.header.get("content-type") ?? "application/octet-stream",
    metadata,
  };
}

function openObject(answer: HttpResponse, key: string, place: S3Place, body: AsyncIterable<Uint8Array>): OpenObject {
  const head = headOf(answer, key, place);
  if (answer.status !== 206) return { ...head, body };
  const [, start, end, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.header.get("content-range") ?? "") ?? [];
  if (start === undefined) throw badAnswer(place, "206 without a Content-Range");
  return { ...head, sizeBytes: Number(size), body, range: { start: Number(start), end: Number(end) } };
}

function wallMs(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function pageIn(text: string, strip: number, place: S3Place): ObjectPage {
  const document = parseXml(text);
  if (document.name !== "ListBucketResult") throw badAnswer(place, `<${document.name.slice(0, 40)}> for a listing`);
  const objects: ObjectSummary[] = [];
  const prefixes: string[] = [];
  for (const element of document.children) {
    if (element.name === "Contents") {
      const key = childText(element, "Key");
      const sizeBytes = Number(childText(element, "Size") ?? "x");
      if (key === undefined || !Number.isSafeInteger(sizeBytes)) throw badAnswer(place, "an entry without key or size");
      // Consoles mark folders with empty objects of such names; they are no keys here.
      if (key.endsWith("/")) continue;
      objects.push({
        key: key.slice(strip),
        sizeBytes,
        modifiedAtMs: wallMs(childText(element, "LastModified") ?? ""),
      });
    } else if (element.name === "CommonPrefixes") {
      prefixes.push((childText(element, "Prefix") ?? "").slice(strip));
    }
  }
  const isMore = childText(document, "IsTruncated") === "true";
  const cursor = isMore ? childText(document, "NextContinuationToken") : undefined;
  if (isMore && (cursor === undefined || cursor === "")) throw badAnswer(place, "a listing that cannot be continued");
  return { objects, prefixes, cursor };
}
