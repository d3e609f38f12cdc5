import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStaticFiles } from "../adapters/directory-static-files.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lp-static-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("the files of the built web app", () => {
  it("are known by path, with type, tag, compressed forms and whether their name holds a hash", async () => {
    await mkdir(join(directory, "assets"));
    await writeFile(join(directory, "index.html"), "<p>");
    await writeFile(join(directory, "assets", "app-Ab3_d9xZ.js"), "1");
    await writeFile(join(directory, "assets", "app-Ab3_d9xZ.js.gz"), gzipSync("1"));
    const files = await readStaticFiles({ directory });
    expect(files.get("/index.html")).toMatchObject({ contentType: "text/html; charset=utf-8", immutable: false });
    const script = files.get("/assets/app-Ab3_d9xZ.js");
    expect(script).toMatchObject({ contentType: "text/javascript; charset=utf-8", immutable: true, brotli: undefined });
    expect(script?.gzip).toEqual(new Uint8Array(gzipSync("1")));
    expect(script?.etag).not.toBe(files.get("/index.html")?.etag);
    for (const path of ["/../index.html", "/assets/app-Ab3_d9xZ.js.gz", "/assets", "index.html"]) {
      expect(files.get(path)).toBeUndefined();
    }
  });

  it("are not read from a folder that holds far too much", async () => {
    await writeFile(join(directory, "big.bin"), new Uint8Array(2_000));
    await expect(readStaticFiles({ directory, maxBytes: 1_000 })).rejects.toMatchObject({
      code: "static_files_too_large",
    });
  });
});
