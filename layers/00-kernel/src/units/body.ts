import { LpError } from "../errors/lp-error.ts";
import type { HttpResponse } from "../ports/http.ts";
import { concatBytes } from "./bytes.ts";

/** A body of one chunk (none when empty). */
export async function* bodyOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

/** Reads a whole body; throws `body_too_large` as soon as it exceeds `maxBytes`. `onChunk` sees every piece as it arrives. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new LpError({
        code: "body_too_large",
        message: `the body is larger than ${maxBytes} bytes: send less in one request`,
        details: { maxBytes },
      });
    }
    chunks.push(chunk);
    onChunk?.(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : concatBytes(...chunks);
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Reads a whole answer. Throws `body_too_large`; `answer_encoded` for one that is compressed, since a few bytes could become
 * gigabytes and nothing here inflates; `answer_redirect` for one that leads elsewhere, since it could lead anywhere.
 */
export async function readAnswer(
  answer: Pick<HttpResponse, "status" | "header" | "body">,
  maxBytes: number,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<Uint8Array> {
  const encoding = answer.header.get("content-encoding") ?? "identity";
  const isRedirect = redirects.has(answer.status);
  if (!isRedirect && encoding.toLowerCase() === "identity") return readBody(answer.body, maxBytes, onChunk);
  // The first piece is waited for and the rest let go, so that the connection is given back.
  for await (const _ of answer.body) break;
  if (isRedirect)
    throw new LpError({
      code: "answer_redirect",
      message: `the answer is a redirect (status ${answer.status}), and redirects are not followed: give the address that it leads to`,
      details: { status: answer.status },
    });
  throw new LpError({
    code: "answer_encoded",
    message: `the answer is encoded as ${encoding.slice(0, 40)}, and only plain answers are read: send it without Content-Encoding`,
    details: { encoding: encoding.slice(0, 40) },
  });
}

/** The text of a whole answer; see `readAnswer`. */
export async function answerText(
  answer: Pick<HttpResponse, "status" | "header" | "body">,
  maxBytes: number,
): Promise<string> {
  return new TextDecoder().decode(await readAnswer(answer, maxBytes));
}
