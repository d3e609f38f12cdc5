import { bodyOf, type Clock, type HttpRoute, LpError } from "@livepeer-ts/kernel";
import type { AiFile } from "../pipelines/ai-request.ts";

export type MediaShelfOptions = {
  /** Bytes kept at most; the oldest go first. */
  readonly maxBytes: number;
  /** Ms that media stay. */
  readonly keepMs: number;
};

type Item = { readonly file: AiFile; readonly at: number };

const pathPattern = /^\/stream\/([0-9a-f]{8}\/[0-9a-f]{8}\.[a-z0-9]{2,4})$/;

/** Results of AI jobs in memory, until they are fetched: `/stream/<8 hex>/<8 hex>.<extension>`, as the protocol names them. */
export class MediaShelf {
  readonly #options: MediaShelfOptions;
  readonly #clock: Pick<Clock, "mono">;
  readonly #items = new Map<string, Item>();
  #bytes = 0;

  constructor(options: MediaShelfOptions, clock: Pick<Clock, "mono">) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Keeps the file under `<folder>/<its name>`; returns its path on this node. Throws `shelf_full` for one that is larger than everything. */
  put(folder: string, file: AiFile): string {
    if (file.bytes.length > this.#options.maxBytes) {
      throw new LpError({
        code: "shelf_full",
        message: `a result of ${file.bytes.length} bytes is more than the ${this.#options.maxBytes} that are kept`,
      });
    }
    this.#drop(this.#options.maxBytes - file.bytes.length);
    const key = `${folder}/${file.name}`;
    this.#items.set(key, { file, at: this.#clock.mono() });
    this.#bytes += file.bytes.length;
    return `/stream/${key}`;
  }

  get(key: string): AiFile | undefined {
    this.#drop(this.#options.maxBytes);
    return this.#items.get(key)?.file;
  }

  route(): HttpRoute {
    return {
      name: "AI results",
      match: (_request, path) => pathPattern.test(path),
      handle: async (request) => {
        const file = this.get(pathPattern.exec(new URL(request.url).pathname)?.[1] ?? "");
        const common = { "access-control-allow-origin": "*", "x-content-type-options": "nosniff" };
        if (file === undefined) {
          const header = new Headers({ ...common, "content-type": "text/plain; charset=utf-8" });
          return { status: 404, header, body: bodyOf(new TextEncoder().encode("ErrNotFound\n")) };
        }
        const { bytes, mediaType } = file;
        const header = new Headers({ ...common, "content-type": mediaType, "content-length": String(bytes.length) });
        return { status: 200, header, body: bodyOf(request.method === "HEAD" ? new Uint8Array(0) : bytes) };
      },
    };
  }

  /** Drops what is too old, and the oldest beyond `maxBytes`. */
  #drop(maxBytes: number): void {
    const since = this.#clock.mono() - this.#options.keepMs;
    for (const [key, { file, at }] of this.#items) {
      if (at >= since && this.#bytes <= maxBytes) return;
      this.#items.delete(key);
      this.#bytes -= file.bytes.length;
    }
  }
}
