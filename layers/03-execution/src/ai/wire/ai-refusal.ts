import { LpError } from "@livepeer-ts/kernel";

/** A request that is refused before any work, with the HTTP status; the message is what the client reads. */
export class AiRefusal extends LpError {
  readonly status: number;

  constructor(status: number, code: string, text: string, cause?: unknown) {
    super({ code, message: text, details: { status }, cause });
    this.status = status;
  }
}
