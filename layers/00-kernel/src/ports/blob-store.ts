/** A place for bytes by path. Paths are relative, `/`-separated, without `..`. */
export interface BlobStore {
  /** Stores the bytes; resolves when they can be read back. Returns the path to give to readers. */
  put(path: string, bytes: Uint8Array, contentType: string): Promise<string>;
  /** The bytes, or undefined when there is no such blob. */
  get(path: string): Promise<{ bytes: Uint8Array; contentType: string } | undefined>;
  delete(path: string): Promise<void>;
}
