import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import { LpError } from "@livepeer-ts/kernel";

/** Lines in, text out: a terminal, a pipe, or a test. */
export class Console {
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;
  readonly #write: (text: string) => void;

  constructor(input: Readable, write: (text: string) => void) {
    this.#interface = createInterface({ input, terminal: false });
    this.#lines = this.#interface[Symbol.asyncIterator]();
    this.#write = write;
  }

  say(line = ""): void {
    this.#write(`${line}\n`);
  }

  /** The next line, trimmed. Rejects with `input_ended`. */
  async read(prompt = ""): Promise<string> {
    this.#write(`${prompt}> `);
    const { value, done } = await this.#lines.next();
    if (done === true) {
      this.#write("\n");
      throw new LpError({ code: "input_ended", message: "there is no more input" });
    }
    return value.trim();
  }

  /** Asks until `check` gives a value; an empty line stands for `fallback`. `check` throws what is wrong. */
  async ask<T>(question: string, check: (text: string) => T, fallback?: string): Promise<T> {
    for (;;) {
      const text = (await this.read(question)) || (fallback ?? "");
      if (text === "" && fallback === undefined) continue;
      try {
        return check(text);
      } catch (error) {
        if (!(error instanceof LpError)) throw error;
        this.say(error.message);
      }
    }
  }

  async askYesNo(question: string): Promise<boolean> {
    return this.ask(`${question} (y/n) - `, (text) => {
      if (/^(y|yes|n|no)$/i.test(text)) return /^y/i.test(text);
      throw new LpError({ code: "bad_value", message: "Enter (y)es or (n)o" });
    });
  }

  close(): void {
    this.#interface.close();
  }
}
