import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLocalBlobStore } from "../adapters/local-blob-store.ts";
import { describeBlobStoreCompliance } from "../testing/blob-store-compliance.ts";
import { createMemoryBlobStore } from "./memory-blob-store.ts";

/** A full disk needs a tiny file system, and mounting one needs the right to do so. */
const canMount = (() => {
  const directory = mkdtempSync(join(tmpdir(), "lp-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], { stdio: "ignore" });
    execFileSync("umount", [directory]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(directory);
  }
})();

describeBlobStoreCompliance("memory", async () => ({ store: createMemoryBlobStore(), close: async () => {} }));
describeBlobStoreCompliance("local directory", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lp-blob-"));
  return {
    store: await openLocalBlobStore({ directory }),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});

describe("the memory store", () => {
  it("keeps the last 12 blobs of each directory", async () => {
    const store = createMemoryBlobStore();
    for (let i = 0; i < 14; i++) await store.put(`m/p/${i}.ts`, new Uint8Array([i]), "video/mp2t");
    await store.put("m/q/0.ts", new Uint8Array([1]), "video/mp2t");
    expect(await store.get("m/p/1.ts")).toBeUndefined();
    expect((await store.get("m/p/2.ts"))?.bytes[0]).toBe(2);
    expect((await store.get("m/p/13.ts"))?.bytes[0]).toBe(13);
    expect(await store.get("m/q/0.ts")).toBeDefined();
  });

  it("refuses more bytes than its limit and takes them once there is room", async () => {
    const store = createMemoryBlobStore({ maxBytes: 10 });
    await store.put("a", new Uint8Array(8), "video/mp2t");
    await expect(store.put("b", new Uint8Array(3), "video/mp2t")).rejects.toMatchObject({ code: "store_full" });
    await store.delete("a");
    await store.put("b", new Uint8Array(3), "video/mp2t");
  });
});

describe("the local store", () => {
  it("does not follow a link out of its folder", async () => {
    const base = await mkdtemp(join(tmpdir(), "lp-blob-"));
    try {
      await mkdir(join(base, "outside"));
      await mkdir(join(base, "store"));
      await writeFile(join(base, "outside", "secret.ts"), "secret");
      await symlink(join(base, "outside"), join(base, "store", "way"));
      const store = await openLocalBlobStore({ directory: join(base, "store") });
      await expect(store.get("way/secret.ts")).rejects.toMatchObject({ code: "blob_path_refused" });
      await expect(store.put("way/new.ts", new Uint8Array([1]), "video/mp2t")).rejects.toMatchObject({
        code: "blob_path_refused",
      });
      expect(await readdir(join(base, "outside"))).toEqual(["secret.ts"]);
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });

  it.skipIf(!canMount)("says that the disk is full, and leaves nothing behind", async () => {
    const directory = await mkdtemp(join(tmpdir(), "lp-blob-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory]);
    try {
      const store = await openLocalBlobStore({ directory });
      await expect(store.put("a/big.ts", new Uint8Array(200_000), "video/mp2t")).rejects.toMatchObject({
        code: "disk_full",
        retryable: true,
      });
      expect(await readdir(join(directory, "a"))).toEqual([]);
      await store.put("a/small.ts", new Uint8Array(1_000), "video/mp2t");
      expect((await store.get("a/small.ts"))?.bytes.length).toBe(1_000);
    } finally {
      execFileSync("umount", [directory]);
      await rm(directory, { recursive: true, force: true });
    }
  });
});
