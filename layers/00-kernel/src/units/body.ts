import { LpError } from "../errors/lp-error.ts";
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
