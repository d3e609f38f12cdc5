import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { LpError } from "@livepeer-ts/kernel";
import type { StaticFile, StaticFiles } from "../ports/static-files.ts";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  webp: "image/webp",
  ico: "image/x-icon",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
};

export type DirectoryStaticFilesOptions = {
  readonly directory: string;
  /** Bytes of all files, which are held in memory. Default 64 MiB. */
  readonly maxBytes?: number;
};

/** Reads a built web app into memory. Files ending in `.br` and `.gz` beside a file are its compressed forms. */
export async function readStaticFiles(options: DirectoryStaticFilesOptions): Promise<StaticFiles> {
  const { directory } = options;
  const maxBytes = options.maxBytes ?? 64 * 1024 ** 2;
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const contents = new Map<string, Uint8Array>();
  let size = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    size += (await stat(file)).size;
    if (size > maxBytes) {
      throw new LpError({
        code: "static_files_too_large",
        message: `${directory} holds more than ${maxBytes} bytes: it is not a built web app`,
        details: { directory, maxBytes },
      });
    }
    contents.set(`/${relative(directory, file).split(sep).join("/")}`, new Uint8Array(await readFile(file)));
  }
  const files = new Map<string, StaticFile>();
  for (const [path, bytes] of contents) {
    if (/\.(br|gz)$/.test(path)) continue;
    files.set(path, {
      bytes,
      contentType: types[path.slice(path.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream",
      etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
      immutable: /^(?:\/console)?\/assets\/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(path),
      gzip: contents.get(`${path}.gz`),
      brotli: contents.get(`${path}.br`),
    });
  }
  return { get: (path) => files.get(path) };
}
