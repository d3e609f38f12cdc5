import { LpError } from "@livepeer-ts/kernel";

const headBytes = 4;
/** An order names files and filters; a reply is a sentence. */
const maxMessageBytes = 1024 * 1024;

/** A message as it goes over a pipe: its length, four bytes, then JSON. */
export function framedMessage(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Puts messages together from pieces of a pipe. */
export class FramedMessages {
  #held: Buffer = Buffer.alloc(0);

  /** The messages that `piece` completes. Throws `framed_message` for what is none. */
  push(piece: Uint8Array): unknown[] {
    this.#held = Buffer.concat([this.#held, piece]);
    const messages: unknown[] = [];
    while (this.#held.length >= headBytes) {
      const end = headBytes + this.#held.readUInt32BE(0);
      if (end > maxMessageBytes) throw malformed(`it would have ${end} bytes, and ${maxMessageBytes} are allowed`);
      if (this.#held.length < end) break;
      messages.push(parsed(this.#held.toString("utf8", headBytes, end)));
      this.#held = this.#held.subarray(end);
    }
    return messages;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed("it is no JSON", cause);
  }
}

function malformed(why: string, cause?: unknown): LpError {
  return new LpError({
    code: "framed_message",
    message: `a message on a pipe cannot be read: ${why}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
