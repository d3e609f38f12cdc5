import { bodyOf, type HttpResponse, LpError, utf8 } from "@livepeer-ts/kernel";
import { adminJson } from "./admin-json.ts";

/** What a route answers. */
export type AdminAnswer = {
  readonly status: number;
  /** Absent with an empty body. */
  readonly contentType?: string;
  readonly bytes: Uint8Array;
};

const plain = "text/plain; charset=utf-8";

/** 200 without a body. */
export const doneAnswer: AdminAnswer = { status: 200, bytes: new Uint8Array(0) };

/** 200 with text as it is, without a newline at the end. */
export function textAnswer(text: string): AdminAnswer {
  return text === "" ? doneAnswer : { status: 200, contentType: plain, bytes: utf8(text) };
}

/** JSON; integers of any size as numbers. */
export function jsonAnswer(value: unknown, status = 200): AdminAnswer {
  return { status, contentType: "application/json", bytes: utf8(adminJson(value)) };
}

/** 200 with raw bytes. */
export function bytesAnswer(bytes: Uint8Array): AdminAnswer {
  return { status: 200, contentType: "application/octet-stream", bytes };
}

/** A refusal; the message is the text that tools match on. */
export class AdminRefusal extends LpError {
  readonly status: number;

  constructor(status: number, text: string, cause?: unknown) {
    super({ code: "admin_refused", message: text, details: { status }, cause });
    this.status = status;
  }
}

/** Refuses with 400. */
export function badRequest(text: string): AdminRefusal {
  return new AdminRefusal(400, text);
}

/** The answer as HTTP. */
export function httpAnswer(answer: AdminAnswer): HttpResponse {
  const header = new Headers({ "content-length": String(answer.bytes.length), "cache-control": "no-store" });
  if (answer.contentType !== undefined) {
    header.set("content-type", answer.contentType);
    header.set("x-content-type-options", "nosniff");
  }
  return { status: answer.status, header, body: bodyOf(answer.bytes) };
}

/** A refusal as HTTP: plain text and a newline. */
export function refusalAnswer(status: number, text: string): AdminAnswer {
  return { status, contentType: plain, bytes: utf8(`${text}\n`) };
}
