import { LpError } from "@livepeer-ts/kernel";

/** An event as the spool stores it; `data` is JSON text. */
export type SpoolRow = {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly data: string;
  readonly size_bytes: number;
};

/** Events for which the disk has no room, in order, within a limit of bytes. */
export class UnstoredEvents {
  readonly #maxBytes: number;
  #rows: SpoolRow[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get rows(): readonly SpoolRow[] {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Throws `event_spool_full` when there is no room in memory either. */
  keep(row: SpoolRow): void {
    if (this.#bytes + row.size_bytes > this.#maxBytes) {
      throw new LpError({
        code: "event_spool_full",
        message: `${this.#bytes} bytes of events wait in memory because the disk is full: free disk space`,
        details: { bytes: this.#bytes, maxBytes: this.#maxBytes },
        retryable: true,
      });
    }
    this.#rows.push(row);
    this.#bytes += row.size_bytes;
  }

  /** The first `count` are stored or delivered. */
  forget(count: number): void {
    for (const row of this.#rows.slice(0, count)) this.#bytes -= row.size_bytes;
    this.#rows = this.#rows.slice(count);
  }
}
