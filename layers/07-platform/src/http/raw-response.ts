import { bodyOf, type HttpResponse, utf8 } from "@livepeer-ts/kernel";

/** An answer of bytes. */
export function bytesResponse(
  status: number,
  bytes: Uint8Array,
  header: Readonly<Record<string, string>>,
): HttpResponse {
  const all = new Headers(header);
  all.set("content-length", String(bytes.length));
  return { status, header: all, body: bodyOf(bytes) };
}

/** An answer of plain text. */
export function textResponse(
  status: number,
  text: string,
  header: Readonly<Record<string, string>> = {},
): HttpResponse {
  return bytesResponse(status, utf8(text), { "content-type": "text/plain; charset=utf-8", ...header });
}

/** An answer of JSON. */
export function jsonResponse(
  status: number,
  value: unknown,
  header: Readonly<Record<string, string>> = {},
): HttpResponse {
  return bytesResponse(status, utf8(JSON.stringify(value)), { "content-type": "application/json", ...header });
}
