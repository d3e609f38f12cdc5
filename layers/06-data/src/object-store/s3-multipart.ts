import type { Clock } from "@livepeer-ts/kernel";
import { utf8 } from "@livepeer-ts/kernel";
import type { S3Client } from "./s3-client.ts";
import { badAnswer, s3Error } from "./s3-errors.ts";
import { answerText, withinMs } from "./store-requests.ts";
import { childText, parseXml } from "./xml-elements.ts";

export type MultipartOptions = {
  /** Bytes of each part but the last. */
  readonly partBytes: number;
  /** Parts on their way at once. */
  readonly parallelParts: number;
  /** Ms for each part and for each of the two requests around them. */
  readonly saveMs: number;
};

/** Stores a large object in parts. When a part cannot be stored, what was stored of it is given up and nothing appears. */
export async function putInParts(
  client: S3Client,
  clock: Clock,
  options: MultipartOptions,
  key: string,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const what = `storing ${key} in parts`;
  const step = <T>(work: (signal: AbortSignal) => Promise<T>, parent = signal) =>
    withinMs(clock, options.saveMs, parent, what, work);
  const uploadId = await step((each) => begin(client, key, headers, what, each));
  const count = Math.ceil(bytes.length / options.partBytes);
  const tags: string[] = [];
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count && !stop.signal.aborted) {
        const part = next++;
        const body = bytes.subarray(part * options.partBytes, (part + 1) * options.partBytes);
        tags[part] = await step((each) => putPart(client, key, uploadId, part + 1, body, what, each), stop.signal);
      }
    };
    const workers = Array.from({ length: Math.min(options.parallelParts, count) }, () =>
      worker().catch((error: unknown) => {
        if (!stop.signal.aborted) stop.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(workers);
    stop.signal.throwIfAborted();
    await step((each) => complete(client, clock, key, uploadId, tags, what, each));
  } catch (error) {
    // Not under the caller's signal: an upload that is left open costs its owner storage.
    await withinMs(clock, options.saveMs, undefined, what, (each) => abandon(client, key, uploadId, what, each)).catch(
      () => {},
    );
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function begin(
  client: S3Client,
  key: string,
  headers: Readonly<Record<string, string>>,
  what: string,
  signal: AbortSignal,
): Promise<string> {
  const answer = await client.call({ method: "POST", key, query: [["uploads", ""]], headers, what, signal });
  const uploadId = childText(parseXml(answer === undefined ? "" : await answerText(answer)), "UploadId");
  if (uploadId === undefined || uploadId === "") throw badAnswer(client.place, "no UploadId");
  return uploadId;
}

async function putPart(
  client: S3Client,
  key: string,
  uploadId: string,
  partNumber: number,
  body: Uint8Array,
  what: string,
  signal: AbortSignal,
): Promise<string> {
  const query = [
    ["partNumber", String(partNumber)],
    ["uploadId", uploadId],
  ] as const;
  const answer = await client.call({ method: "PUT", key, query, body, what, signal });
  if (answer !== undefined) await answerText(answer);
  const tag = answer?.header.get("etag");
  if (tag === undefined || tag === null || /[<>&]/.test(tag)) throw badAnswer(client.place, "no ETag for a part");
  return tag;
}

async function complete(
  client: S3Client,
  clock: Clock,
  key: string,
  uploadId: string,
  tags: readonly string[],
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
  const body = utf8(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
  const headers = { "content-type": "application/xml" };
  const answer = await client.call({
    method: "POST",
    key,
    query: [["uploadId", uploadId]],
    headers,
    body,
    what,
    signal,
  });
  if (answer === undefined) throw badAnswer(client.place, "nothing");
  const text = await answerText(answer);
  // S3 begins this answer with 200 before it knows the outcome.
  const document = parseXml(text);
  if (document.name === "Error") {
    throw s3Error({ status: 500, header: answer.header, text }, client.place, clock.now(), what);
  }
  if (document.name !== "CompleteMultipartUploadResult")
    throw badAnswer(client.place, `<${document.name.slice(0, 40)}>`);
}

async function abandon(
  client: S3Client,
  key: string,
  uploadId: string,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const query = [["uploadId", uploadId]] as const;
  const answer = await client.call({ method: "DELETE", key, query, quiet: [404], what, signal });
  if (answer !== undefined) await answerText(answer);
}
