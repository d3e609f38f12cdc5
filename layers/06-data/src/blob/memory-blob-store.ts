import { type BlobStore, LpError } from "@livepeer-ts/kernel";
import { blobPathParts } from "./blob-path.ts";

export type MemoryBlobStoreOptions = {
  /** Blobs kept per directory; the oldest goes first. 0 = no limit. Default 12, as in go-livepeer. */
  readonly perDirectory?: number;
  /** Bytes over all blobs; a `put` beyond it is refused with `store_full`. Default 1 GiB. */
  readonly maxBytes?: number;
};

type Blob = { readonly bytes: Uint8Array; readonly contentType: string };

/** Blobs in this process's memory: the last few of each directory. */
export function createMemoryBlobStore(options: MemoryBlobStoreOptions = {}): BlobStore {
  const perDirectory = options.perDirectory ?? 12;
  const maxBytes = options.maxBytes ?? 1024 ** 3;
  const directories = new Map<string, Map<string, Blob>>();
  let size = 0;

  const split = (path: string): [string, string] => {
    const parts = blobPathParts(path);
    return [parts.slice(0, -1).join("/"), parts.at(-1) as string];
  };
  const remove = (directory: string, name: string): void => {
    const blobs = directories.get(directory);
    const blob = blobs?.get(name);
    if (blobs === undefined || blob === undefined) return;
    blobs.delete(name);
    size -= blob.bytes.length;
    if (blobs.size === 0) directories.delete(directory);
  };

  return {
    async put(path, bytes, contentType) {
      const [directory, name] = split(path);
      remove(directory, name);
      if (size + bytes.length > maxBytes) {
        throw new LpError({
          code: "store_full",
          message: `the memory store holds ${size} of ${maxBytes} bytes: end streams, or use a store on disk`,
          details: { size, maxBytes },
          retryable: true,
        });
      }
      const blobs = directories.get(directory) ?? new Map<string, Blob>();
      directories.set(directory, blobs);
      blobs.set(name, { bytes: bytes.slice(), contentType });
      size += bytes.length;
      if (perDirectory > 0 && blobs.size > perDirectory) remove(directory, blobs.keys().next().value as string);
      return path;
    },
    async get(path) {
      const [directory, name] = split(path);
      return directories.get(directory)?.get(name);
    },
    async delete(path) {
      const [directory, name] = split(path);
      remove(directory, name);
    },
  };
}
