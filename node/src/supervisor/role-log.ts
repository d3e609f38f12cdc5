import { closeSync, openSync, writeSync } from "node:fs";

/** The log file of a role. A disk without room costs lines of the log, never the supervisor. */
export class RoleLog {
  readonly #path: string;
  readonly #file: number;
  #lostBytes = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "a");
  }

  write(chunk: Uint8Array): void {
    try {
      if (this.#lostBytes > 0) {
        writeSync(this.#file, `(${this.#lostBytes} bytes of this log are missing: they could not be written)\n`);
        this.#lostBytes = 0;
      }
      writeSync(this.#file, chunk);
    } catch (error) {
      if (this.#lostBytes === 0)
        process.stderr.write(`${this.#path} cannot be written (${(error as Error).message}): free disk space\n`);
      this.#lostBytes += chunk.length;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
