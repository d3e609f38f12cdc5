import { bodyOf, type HttpResponse, utf8 } from "@livepeer-ts/kernel";

/** A refusal as peers read it: plain text and a newline. */
export function textAnswer(status: number, text: string): HttpResponse {
  return {
    status,
    header: new Headers({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" }),
    body: bodyOf(utf8(`${text}\n`)),
  };
}
