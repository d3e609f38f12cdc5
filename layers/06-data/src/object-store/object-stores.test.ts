import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { expect, it } from "vitest";
import { openLocalObjectStore } from "../adapters/local-object-store.ts";
import { openObjectStore } from "../adapters/open-object-store.ts";
import { describeObjectStoreCompliance } from "../testing/object-store-compliance.ts";
import { storeDeps } from "../testing/store-deps.ts";
import { compareKeys } from "./key-pages.ts";
import { createMemoryObjectStore } from "./memory-object-store.ts";

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

const memory = (maxStoredBytes?: number) =>
  createMemoryObjectStore(
    { name: "test", ...(maxStoredBytes === undefined ? {} : { maxStoredBytes }) },
    { clock: systemClock() },
  );

describeObjectStoreCompliance("memory", async () => ({ store: memory(), close: async () => {} }));
describeObjectStoreCompliance("a local directory", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lp-objects-"));
  return {
    store: await openLocalObjectStore({ directory, baseUrl: "https://127.0.0.1:8935/stream/" }),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});

it("memory refuses more bytes than its limit and takes them once there is room", async () => {
  const store = memory(10);
  await store.put("a", new Uint8Array(8));
  await store.put("a", new Uint8Array(9));
  await expect(store.put("b", new Uint8Array(2))).rejects.toMatchObject({ code: "store_full", retryable: true });
  await store.delete("a");
  await store.put("b", new Uint8Array(10));
});

it("memory keeps the last objects of each folder when it is told to", async () => {
  const store = createMemoryObjectStore({ name: "live", perDirectory: 12 }, { clock: systemClock() });
  for (let i = 0; i < 14; i++) await store.put(`m/p/${i}.ts`, Uint8Array.of(i));
  await store.put("m/p/2.ts", Uint8Array.of(2));
  await store.put("m/p/14.ts", Uint8Array.of(14));
  await store.put("m/q/0.ts", Uint8Array.of(0));
  const keys = (await store.list("m/")).objects.map(({ key }) => key);
  expect(keys).toHaveLength(13);
  expect(["m/p/1.ts", "m/p/3.ts"].filter((key) => keys.includes(key))).toEqual([]);
  expect(["m/p/2.ts", "m/p/14.ts", "m/q/0.ts"].filter((key) => !keys.includes(key))).toEqual([]);
});

it.skipIf(!canMount)("a local directory says that the disk is full, and leaves nothing behind", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lp-objects-full-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory]);
  try {
    const store = await openLocalObjectStore({ directory });
    const big = store.put("a/big.ts", new Uint8Array(200_000));
    await expect(big).rejects.toMatchObject({ code: "store_full", retryable: true });
    expect(await readdir(join(directory, "a"))).toEqual([]);
    await store.put("a/small.ts", new Uint8Array(1000));
    expect((await store.head("a/small.ts"))?.sizeBytes).toBe(1000);
  } finally {
    execFileSync("umount", [directory]);
    await rm(directory, { recursive: true, force: true });
  }
});

it("a local directory shows no files of its own and follows no link out of itself", async () => {
  const base = await mkdtemp(join(tmpdir(), "lp-objects-"));
  try {
    await mkdir(join(base, "outside"));
    await writeFile(join(base, "outside", "secret.ts"), "secret");
    const store = await openLocalObjectStore({ directory: join(base, "store") });
    await symlink(join(base, "outside"), join(base, "store", "way"));
    await expect(store.get("way/secret.ts")).rejects.toMatchObject({ code: "object_path_refused" });
    await expect(store.put("way/new.ts", new Uint8Array(1))).rejects.toMatchObject({ code: "object_path_refused" });
    await store.put("a/b.ts", new Uint8Array(1), { metadata: { duration: "2000" } });
    await writeFile(join(base, "store", "a", ".0123.object-part"), "half");
    expect((await store.list("")).objects.map((object) => object.key)).toEqual(["a/b.ts"]);
    await expect(store.put("a/b.ts.object-about", new Uint8Array(1))).rejects.toMatchObject({
      code: "object_path_refused",
    });
    expect(await readdir(join(base, "outside"))).toEqual(["secret.ts"]);
  } finally {
    await rm(base, { recursive: true, force: true });
  }
});

it("opens the store that a URL names", async () => {
  const deps = storeDeps();
  const base = await mkdtemp(join(tmpdir(), "lp-objects-"));
  try {
    const open = (url: string) => openObjectStore({ url }, deps);
    expect((await open("memory://here")).kind).toBe("memory");
    expect((await open(join(base, "a"))).kind).toBe("local");
    expect((await open(`file://${base}/b`)).kind).toBe("local");
    const s3 = await open("s3+https://KEY:topsecret@s3.example.com/buck/pre");
    expect(s3.description).toBe("S3 https://s3.example.com/buck/pre");
    expect(JSON.stringify(s3)).not.toContain("topsecret");
    await expect(open(`gs://buck?keyfile=${base}/none.json`)).rejects.toMatchObject({
      code: "service_account_key_bad",
    });
    await writeFile(join(base, "key.json"), JSON.stringify({ client_email: "a@b", private_key: "pem" }));
    expect((await open(`gs://buck?keyfile=${base}/key.json`)).kind).toBe("gcs");
  } finally {
    await deps.stop();
    await rm(base, { recursive: true, force: true });
  }
});

it("orders keys as their UTF-8 bytes", () => {
  const keys = ["a", "a/b", "ab", "ü", "\ue000", "\u{1f600}", ""];
  const bytes = (text: string) => Buffer.from(text);
  for (const a of keys) {
    for (const b of keys) expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(bytes(a), bytes(b)));
  }
});
