import { LpError } from "@livepeer-ts/kernel";

/** One part of a `multipart/mixed` body; header names in lower case. */
export type MixedPart = { readonly header: ReadonlyMap<string, string>; readonly bytes: Uint8Array };

const maxHeadBytes = 16 * 1024;

function badMultipart(message: string): LpError {
  return new LpError({ code: "bad_multipart", message });
}

/** The boundary that a content type names; undefined when it is no `multipart/…`. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\//i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/**
 * Splits a body held in memory; parts are views of it. Throws `bad_multipart` on a body that is cut, and on parts beyond the limits.
 */
export function splitMixed(
  body: Uint8Array,
  boundary: string,
  limits: { readonly maxParts: number; readonly maxPartBytes: number },
): MixedPart[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const delimiter = `--${boundary}`;
  const parts: MixedPart[] = [];
  if (bytes.toString("latin1", 0, delimiter.length) !== delimiter) {
    const first = bytes.indexOf(`\r\n${delimiter}`);
    if (first < 0) throw badMultipart("the body does not begin with its boundary");
    return splitMixed(body.subarray(first + 2), boundary, limits);
  }
  for (let at = delimiter.length; ; ) {
    if (bytes.toString("latin1", at, at + 2) === "--") return parts;
    if (bytes.toString("latin1", at, at + 2) !== "\r\n") throw badMultipart("a boundary is not followed by a line end");
    if (parts.length >= limits.maxParts) throw badMultipart(`more than ${limits.maxParts} parts`);
    const headAt = at + 2;
    const hasHead = bytes.toString("latin1", headAt, headAt + 2) !== "\r\n";
    const headEnd = hasHead ? bytes.indexOf("\r\n\r\n", headAt) : headAt - 2;
    if (headEnd < 0 || headEnd - headAt > maxHeadBytes) throw badMultipart("the head of a part has no end");
    const header = hasHead ? readHead(bytes.toString("latin1", headAt, headEnd)) : new Map<string, string>();
    const start = headEnd + 4;
    // a stated length spares looking through megabytes of video
    const stated = Number(header.get("content-length"));
    const isStated = Number.isSafeInteger(stated) && stated >= 0;
    const end =
      isStated && bytes.toString("latin1", start + stated, start + stated + delimiter.length + 2) === `\r\n${delimiter}`
        ? start + stated
        : bytes.indexOf(`\r\n${delimiter}`, start);
    if (end < 0) throw badMultipart("the body ends within a part");
    if (end - start > limits.maxPartBytes) throw badMultipart(`a part is larger than ${limits.maxPartBytes} bytes`);
    parts.push({ header, bytes: body.subarray(start, end) });
    at = end + 2 + delimiter.length;
  }
}

function readHead(text: string): Map<string, string> {
  const header = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) header.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return header;
}
