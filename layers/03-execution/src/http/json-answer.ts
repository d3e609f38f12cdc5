import { bodyOf, type HttpResponse, utf8 } from "@livepeer-ts/kernel";

/** JSON that is written already, and a newline. */
export function jsonTextAnswer(
  status: number,
  json: string,
  more: Readonly<Record<string, string>> = {},
): HttpResponse {
  const body = utf8(`${json}\n`);
  const header = { ...more, "content-type": "application/json", "content-length": String(body.length) };
  return { status, header: new Headers(header), body: bodyOf(body) };
}
