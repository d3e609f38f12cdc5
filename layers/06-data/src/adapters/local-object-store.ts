import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorText, LpError, type ObjectHead, type ObjectStore, type ObjectSummary } from "@livepeer-ts/kernel";
import { checkedContentType, contentTypeOf } from "../object-store/content-type.ts";
import { compareKeys, pageOf } from "../object-store/key-pages.ts";
import { checkedMetadata, encodeKey, fullKey, fullListPrefix, resolvedRange } from "../object-store/object-key.ts";
import { requireInside, writeWhole } from "./store-files.ts";

export type LocalObjectStoreOptions = {
  /** Folder of the store; made when absent. */
  readonly directory: string;
  /** What the URLs of objects begin with, without a slash at its end. Default `/stream`. */
  readonly baseUrl?: string;
};

/** Beside an object whose type does not follow from its name, or that has metadata. */
const aboutSuffix = ".object-about";
const temporarySuffix = ".object-part";

type About = { readonly contentType: string; readonly metadata: Readonly<Record<string, string>> };

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? "";
}

function translate(error: unknown, key: string): unknown {
  if (error instanceof LpError) return error;
  const isFull = ["ENOSPC", "EDQUOT"].includes(codeOf(error));
  return new LpError({
    code: isFull ? "store_full" : "object_store_failed",
    message: isFull
      ? `there is no room left to store ${key}: free disk space`
      : `the directory of the object store could not handle ${key}: ${errorText(error)}`,
    details: { key, code: codeOf(error) },
    retryable: isFull,
    cause: error,
  });
}

/** Objects as files below one folder. An object appears whole or not at all. */
export async function openLocalObjectStore(options: LocalObjectStoreOptions): Promise<ObjectStore> {
  await mkdir(options.directory, { recursive: true });
  const root = await realpath(options.directory);
  const baseUrl = (options.baseUrl ?? "/stream").replace(/\/$/, "");
  const publicUrl = (key: string) => `${baseUrl}/${encodeKey(key)}`;

  const refused = (key: string, why: string) =>
    new LpError({ code: "object_path_refused", message: `"${key.slice(0, 80)}" ${why}` });
  const fileOf = (key: string): string => {
    const name = fullKey("", key);
    if (name.endsWith(aboutSuffix) || name.endsWith(temporarySuffix)) {
      throw refused(key, "is a name that the store needs itself: use another one");
    }
    return join(root, ...name.split("/"));
  };
  const write = (file: string, bytes: Uint8Array): Promise<void> => writeWhole(file, bytes, { temporarySuffix });
  const aboutOf = async (file: string, key: string): Promise<About> => {
    try {
      return JSON.parse(await readFile(file + aboutSuffix, "utf8")) as About;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      return { contentType: contentTypeOf(key), metadata: {} };
    }
  };
  /** Undefined when there is no such object. */
  const whenThere = async <T>(key: string, work: (file: string) => Promise<T>): Promise<T | undefined> => {
    const file = fileOf(key);
    try {
      await requireInside(root, dirname(file), key);
      return await work(file);
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
      throw translate(error, key);
    }
  };
  const headIn = async (handle: FileHandle, file: string, key: string): Promise<ObjectHead | undefined> => {
    const info = await handle.stat();
    if (!info.isFile()) return undefined;
    return { key, sizeBytes: info.size, modifiedAtMs: info.mtimeMs, ...(await aboutOf(file, key)) };
  };

  return {
    kind: "local",
    description: `directory ${root}`,
    isExternal: false,
    async put(key, bytes, put = {}) {
      put.signal?.throwIfAborted();
      const file = fileOf(key);
      const about: About = {
        contentType: checkedContentType(put.contentType, key),
        metadata: checkedMetadata(put.metadata),
      };
      const isPlain = about.contentType === contentTypeOf(key) && Object.keys(about.metadata).length === 0;
      try {
        await mkdir(dirname(file), { recursive: true });
        await requireInside(root, dirname(file), key);
        if (isPlain) await rm(file + aboutSuffix, { force: true });
        else await write(file + aboutSuffix, new TextEncoder().encode(JSON.stringify(about)));
        await write(file, bytes);
        return { url: publicUrl(key) };
      } catch (error) {
        throw translate(error, key);
      }
    },
    get: (key, get = {}) =>
      whenThere(key, async (file) => {
        const handle = await open(file, "r");
        let isHandedOver = false;
        try {
          const head = await headIn(handle, file, key);
          if (head === undefined) return undefined;
          const range = get.range === undefined ? undefined : resolvedRange(get.range, head.sizeBytes);
          // The bytes of the file that was looked at, also when another takes its name meanwhile.
          const body = createReadStream("", { fd: handle, autoClose: true, ...range });
          isHandedOver = true;
          return { ...head, body, ...(range === undefined ? {} : { range }) };
        } finally {
          if (!isHandedOver) await handle.close();
        }
      }),
    head: (key) =>
      whenThere(key, async (file) => {
        const handle = await open(file, "r");
        try {
          return await headIn(handle, file, key);
        } finally {
          await handle.close();
        }
      }),
    async list(prefix, list = {}) {
      const from = fullListPrefix("", prefix);
      const folder = from.slice(0, from.lastIndexOf("/") + 1);
      return pageOf(walk(root, folder, from, list.delimiter !== undefined), from, list);
    },
    async delete(key) {
      const file = fileOf(key);
      try {
        await rm(file, { force: true });
        await rm(file + aboutSuffix, { force: true });
      } catch (error) {
        if (codeOf(error) !== "ENOTDIR") throw translate(error, key);
      }
    },
    isOwn: (url) => url.startsWith(`${baseUrl}/`),
    publicUrl,
    postCredentials: () => undefined,
  };
}

/** The objects below a folder that begin with a prefix, in the order of their keys. `isFlat`: one of each folder below it is enough. */
async function* walk(root: string, folder: string, prefix: string, isFlat: boolean): AsyncGenerator<ObjectSummary> {
  let entries: { readonly name: string; readonly isFolder: boolean }[];
  try {
    const found = await readdir(join(root, folder), { withFileTypes: true });
    entries = found
      .filter((entry) => entry.isDirectory() || entry.isFile())
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return;
    throw translate(error, folder);
  }
  // A folder's keys begin with its name and a slash: that is where they belong among the files.
  const nameOf = (entry: { name: string; isFolder: boolean }) => (entry.isFolder ? `${entry.name}/` : entry.name);
  for (const entry of entries.toSorted((a, b) => compareKeys(nameOf(a), nameOf(b)))) {
    const key = folder + entry.name;
    const isHidden = key.endsWith(aboutSuffix) || key.endsWith(temporarySuffix);
    if (
      isHidden ||
      !(entry.isFolder ? `${key}/` : key).startsWith(prefix.slice(0, folder.length + entry.name.length + 1))
    ) {
      continue;
    }
    if (entry.isFolder) {
      for await (const object of walk(root, `${key}/`, prefix, isFlat)) {
        yield object;
        if (isFlat && `${key}/`.length > prefix.length) break;
      }
      continue;
    }
    if (!key.startsWith(prefix)) continue;
    const info = await stat(join(root, key)).catch(() => undefined);
    if (info !== undefined) yield { key, sizeBytes: info.size, modifiedAtMs: info.mtimeMs };
  }
}
