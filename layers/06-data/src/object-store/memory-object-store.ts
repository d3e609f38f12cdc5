import { bodyOf, type Clock, LpError, type ObjectHead, type ObjectStore } from "@livepeer-ts/kernel";
import { checkedContentType } from "./content-type.ts";
import { compareKeys, pageOf } from "./key-pages.ts";
import { checkedMetadata, encodeKey, fullKey, fullListPrefix, resolvedRange } from "./object-key.ts";
import type { Overflow, OverflowedBytes } from "./overflow.ts";

export type MemoryObjectStoreOptions = {
  readonly name: string;
  /** What the URLs of objects begin with, without a slash at its end. Default `/stream`. */
  readonly baseUrl?: string;
  /** Bytes over all objects; a `put` beyond it is refused with `store_full`. Default 256 MiB. */
  readonly maxStoredBytes?: number;
  /** Objects kept of those directly in one folder; the oldest goes first. 0 = no limit. Default 0. */
  readonly perDirectory?: number;
  /**
   * Bytes over all objects below one top folder, in memory and beyond; a `put` beyond it is refused with `store_full`. Default: no
   * limit of its own.
   */
  readonly maxTopFolderBytes?: number;
  /** True: nobody changes bytes after they were put, so they are held without a copy. Default false. */
  readonly keepsGivenBytes?: boolean;
};

export type MemoryObjectStoreDeps = {
  readonly clock: Clock;
  /** Takes the objects that have no room in memory. Absent: they are refused. */
  readonly overflow?: Overflow;
};

/** The bytes of an object, in memory or beyond. */
type Content = { readonly held: Uint8Array } | { readonly beyond: OverflowedBytes };
type Stored = { readonly head: ObjectHead; readonly content: Content };

/** A buffer that is this much larger than what is used of it is not worth holding. */
const slackShare = 1.25;

/** Objects in this process's memory, gone with it: a live stream's last segments, and trials. */
export function createMemoryObjectStore(options: MemoryObjectStoreOptions, deps: MemoryObjectStoreDeps): ObjectStore {
  const maxStoredBytes = options.maxStoredBytes ?? 256 * 1024 ** 2;
  const maxTopFolderBytes = options.maxTopFolderBytes ?? Number.POSITIVE_INFINITY;
  const perDirectory = options.perDirectory ?? 0;
  const baseUrl = (options.baseUrl ?? "/stream").replace(/\/$/, "");
  const objects = new Map<string, Stored>();
  /** Keys of each folder, oldest first. Only kept where there is a limit. */
  const folders = new Map<string, Set<string>>();
  const topFolderBytes = new Map<string, number>();
  /** In memory. */
  let stored = 0;
  const publicUrl = (key: string) => `${baseUrl}/${encodeKey(key)}`;
  const folderOf = (key: string) => key.slice(0, Math.max(0, key.lastIndexOf("/")));
  const topFolderOf = (key: string) => key.slice(0, Math.max(0, key.indexOf("/")));

  const count = (key: string, content: Content, sizeBytes: number): void => {
    if ("held" in content) stored += sizeBytes;
    const top = topFolderOf(key);
    const left = (topFolderBytes.get(top) ?? 0) + sizeBytes;
    if (left > 0) topFolderBytes.set(top, left);
    else topFolderBytes.delete(top);
  };
  /** Takes an object out, not yet its place in its folder. */
  const takeOut = (key: string): void => {
    const found = objects.get(key);
    if (found === undefined) return;
    objects.delete(key);
    count(key, found.content, -found.head.sizeBytes);
    if ("beyond" in found.content) found.content.beyond.drop();
  };
  const remove = (key: string): void => {
    takeOut(key);
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
  const refuseFull = (held: number, limit: number): never => {
    throw new LpError({
      code: "store_full",
      message: `the memory store holds ${held} of ${limit} bytes: delete objects, or use a store on disk`,
      details: { stored: held, maxStoredBytes: limit },
      retryable: true,
    });
  };
  const held = (bytes: Uint8Array): Uint8Array => {
    const isOwn = options.keepsGivenBytes === true && bytes.buffer.byteLength <= bytes.length * slackShare;
    return isOwn ? bytes : new Uint8Array(bytes);
  };

  return {
    kind: "memory",
    description: `memory ${options.name}`,
    isExternal: false,
    async put(key, bytes, put = {}) {
      put.signal?.throwIfAborted();
      const name = fullKey("", key);
      const head = {
        key: name,
        sizeBytes: bytes.length,
        modifiedAtMs: deps.clock.now(),
        contentType: checkedContentType(put.contentType, name),
        metadata: checkedMetadata(put.metadata),
      };
      const before = objects.get(name);
      const top = topFolderBytes.get(topFolderOf(name)) ?? 0;
      if (top - (before?.head.sizeBytes ?? 0) + bytes.length > maxTopFolderBytes) refuseFull(top, maxTopFolderBytes);
      const freed = before !== undefined && "held" in before.content ? before.head.sizeBytes : 0;
      let content: Content;
      if (stored - freed + bytes.length <= maxStoredBytes) content = { held: held(bytes) };
      else if (deps.overflow === undefined) return refuseFull(stored, maxStoredBytes);
      else content = { beyond: await deps.overflow.put(bytes) };
      takeOut(name);
      objects.set(name, { head, content });
      count(name, content, bytes.length);
      renew(name);
      return { url: publicUrl(name) };
    },
    async get(key, get = {}) {
      const found = objects.get(fullKey("", key));
      if (found === undefined) return undefined;
      const { head, content } = found;
      const range = get.range === undefined ? undefined : resolvedRange(get.range, head.sizeBytes);
      const [start, end] = range === undefined ? [0, head.sizeBytes] : [range.start, range.end + 1];
      const body = "held" in content ? bodyOf(content.held.subarray(start, end)) : content.beyond.read(start, end);
      return { ...head, body, ...(range === undefined ? {} : { range }) };
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
