import { mkdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { type BlobStore, errorText, LpError } from "@livepeer-ts/kernel";
import { blobPathParts } from "../blob/blob-path.ts";
import { requireInside, writeWhole } from "./store-files.ts";

export type LocalBlobStoreOptions = {
  /** Folder of the store; made when absent. */
  readonly directory: string;
  /** Flush each blob to the disk before `put` resolves. Default false: live media survives the process, not a power cut. */
  readonly sync?: boolean;
};

/** Types by extension; other blobs keep theirs in a small file beside them. */
const typesByExtension: Readonly<Record<string, string>> = {
  ts: "video/mp2t",
  mp4: "video/mp4",
  m3u8: "application/x-mpegURL",
  json: "application/json",
};
const typeSuffix = ".content-type";

function translate(cause: unknown, path: string): unknown {
  const code = (cause as { code?: string }).code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new LpError({
      code: "disk_full",
      message: `there is no room left to store ${path}: free disk space, the node goes on by itself`,
      details: { path },
      retryable: true,
      cause,
    });
  }
  if (cause instanceof LpError) return cause;
  return new LpError({
    code: "store_failed",
    message: `the store could not handle ${path}: ${errorText(cause)}`,
    details: { path, code: code ?? null },
    cause,
  });
}

/** Blobs as files below one folder. A blob appears whole or not at all. */
export async function openLocalBlobStore(options: LocalBlobStoreOptions): Promise<BlobStore> {
  await mkdir(options.directory, { recursive: true });
  const root = await realpath(options.directory);

  const locate = (path: string): string => {
    const parts = blobPathParts(path);
    const file = resolve(root, ...parts);
    if (!file.startsWith(root + sep) || file.endsWith(typeSuffix)) {
      throw new LpError({
        code: "blob_path_refused",
        message: `"${path.slice(0, 80)}" is not a path inside the store: use another name`,
      });
    }
    return file;
  };
  const write = (file: string, bytes: Uint8Array): Promise<void> =>
    writeWhole(file, bytes, { temporarySuffix: ".part", sync: options.sync ?? false });
  const knownType = (path: string): string | undefined => typesByExtension[path.slice(path.lastIndexOf(".") + 1)];

  return {
    async put(path, bytes, contentType) {
      const file = locate(path);
      try {
        await mkdir(dirname(file), { recursive: true });
        await requireInside(root, dirname(file), path);
        if (knownType(path) === contentType) await rm(file + typeSuffix, { force: true });
        else await write(file + typeSuffix, new TextEncoder().encode(contentType));
        await write(file, bytes);
        return path;
      } catch (error) {
        throw translate(error, path);
      }
    },
    async get(path) {
      const file = locate(path);
      try {
        await requireInside(root, dirname(file), path);
        if ((await stat(file)).isDirectory()) return undefined;
        const bytes = await readFile(file);
        let contentType = knownType(path);
        try {
          contentType = await readFile(file + typeSuffix, "utf8");
        } catch (error) {
          if ((error as { code?: string }).code !== "ENOENT") throw error;
        }
        return {
          bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
          contentType: contentType ?? "application/octet-stream",
        };
      } catch (error) {
        const code = (error as { code?: string }).code;
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        throw translate(error, path);
      }
    },
    async delete(path) {
      const file = locate(path);
      try {
        await rm(file, { force: true });
        await rm(file + typeSuffix, { force: true });
      } catch (error) {
        throw translate(error, path);
      }
    },
  };
}
