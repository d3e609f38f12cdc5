/** One file of the built web app. */
export type StaticFile = {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** Quoted, for `ETag`. */
  readonly etag: string;
  /** The name holds a hash of the content: it can be cached for ever. */
  readonly immutable: boolean;
  readonly gzip: Uint8Array | undefined;
  readonly brotli: Uint8Array | undefined;
};

/** The built web app. Paths begin with `/`. */
export interface StaticFiles {
  get(path: string): StaticFile | undefined;
}
