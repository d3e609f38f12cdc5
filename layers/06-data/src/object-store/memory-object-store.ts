import { bodyOf, type Clock, LpError, type ObjectHead, type ObjectStore } from "@livepeer-ts/kernel";
import { checkedContentType } from "./content-type.ts";
import { compareKeys, pageOf } from "./key-pages.ts";
import { checkedMetadata, encodeKey, fullKey, fullListPrefix, resolvedRange } from "./object-key.ts";

export type MemoryObjectStoreOptions = {
  readonly name: string;
  /** What the URLs of objects begin with, without a slash at its end. Default `/stream`. */
  readonly baseUrl?: string;
  /** Bytes over all objects; a `put` beyond it is refused with `store_full`. Default 256 MiB. */
  readonly maxStoredBytes?: number;
  /** Objects kept of those directly in one folder; the oldest goes first. 0 = no limit. Default 0. */
  readonly perDirectory?: number;
};

type Stored = { readonly head: ObjectHead; readonly bytes: Uint8Array };

/** Objects in this process's memory, gone with it: a live stream's last segments, and trials. */
export function createMemoryObjectStore(
  options: MemoryObjectStoreOptions,
  deps: { readonly clock: Clock },
): ObjectStore {
  const maxStoredBytes = options.maxStoredBytes ?? 256 * 1024 ** 2;
  const perDirectory = options.perDirectory ?? 0;
  const baseUrl = (options.baseUrl ?? "/stream").replace(/\/$/, "");
  const objects = new Map<string, Stored>();
  /** Keys of each folder, oldest first. Only kept where there is a limit. */
  const folders = new Map<string, Set<string>>();
  let stored = 0;
  const publicUrl = (key: string) => `${baseUrl}/${encodeKey(key)}`;
  const folderOf = (key: string) => key.slice(0, Math.max(0, key.lastIndexOf("/")));

  const remove = (key: string): void => {
    stored -= objects.get(key)?.bytes.length ?? 0;
    objects.delete(key);
    const folder = folderOf(key);
    const keys = folders.get(folder);
    keys?.delete(key);
    if (keys?.size === 0) folders.delete(folder);
  };
  /** Makes the key the newest of its folder, and lets the oldest go. */
  const renew = (key: string): void => {
    if (perDirectory === 0) return;
    const folder = folderOf(key);
    const keys = folders.get(folder) ?? new Set<string>();
    folders.set(folder, keys);
    keys.delete(key);
    keys.add(key);
    const [oldest] = keys;
    if (keys.size > perDirectory && oldest !== undefined) remove(oldest);
  };

  return {
    kind: "memory",
    description: `memory ${options.name}`,
    isExternal: false,
    async put(key, bytes, put = {}) {
      put.signal?.throwIfAborted();
      const name = fullKey("", key);
      const metadata = checkedMetadata(put.metadata);
      const size = stored - (objects.get(name)?.bytes.length ?? 0) + bytes.length;
      if (size > maxStoredBytes) {
        throw new LpError({
          code: "store_full",
          message: `the memory store holds ${stored} of ${maxStoredBytes} bytes: delete objects, or use a store on disk`,
          details: { stored, maxStoredBytes },
          retryable: true,
        });
      }
      stored = size;
      const head = {
        key: name,
        sizeBytes: bytes.length,
        modifiedAtMs: deps.clock.now(),
        contentType: checkedContentType(put.contentType, name),
        metadata,
      };
      objects.set(name, { head, bytes: bytes.slice() });
      renew(name);
      return { url: publicUrl(name) };
    },
    async get(key, get = {}) {
      const found = objects.get(fullKey("", key));
      if (found === undefined) return undefined;
      const { head, bytes } = found;
      if (get.range === undefined) return { ...head, body: bodyOf(bytes) };
      const range = resolvedRange(get.range, bytes.length);
      return { ...head, body: bodyOf(bytes.subarray(range.start, range.end + 1)), range };
    },
    async head(key) {
      return objects.get(fullKey("", key))?.head;
    },
    async list(prefix, list = {}) {
      const from = fullListPrefix("", prefix);
      const keys = [...objects.keys()].filter((key) => key.startsWith(from)).sort(compareKeys);
      return pageOf(
        keys.flatMap((key) => {
          const found = objects.get(key);
          return found === undefined ? [] : [summary(found.head)];
        }),
        from,
        list,
      );
    },
    async delete(key) {
      remove(fullKey("", key));
    },
    isOwn: (url) => url.startsWith(`${baseUrl}/`),
    publicUrl,
    postCredentials: () => undefined,
  };
}

function summary({ key, sizeBytes, modifiedAtMs }: ObjectHead) {
  return { key, sizeBytes, modifiedAtMs };
}
