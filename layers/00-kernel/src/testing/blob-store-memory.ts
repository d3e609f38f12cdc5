import type { BlobStore } from "../ports/blob-store.ts";

/** Blobs in a map, without limits. */
export class BlobStoreMemory implements BlobStore {
  readonly blobs = new Map<string, { bytes: Uint8Array; contentType: string }>();

  async put(path: string, bytes: Uint8Array, contentType: string): Promise<string> {
    this.blobs.set(path, { bytes, contentType });
    return path;
  }

  async get(path: string): Promise<{ bytes: Uint8Array; contentType: string } | undefined> {
    return this.blobs.get(path);
  }

  async delete(path: string): Promise<void> {
    this.blobs.delete(path);
  }
}
