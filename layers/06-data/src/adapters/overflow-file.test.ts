import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBody } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterEach, describe, expect, it } from "vitest";
import { createMemoryObjectStore } from "../object-store/memory-object-store.ts";
import { describeObjectStoreCompliance } from "../testing/object-store-compliance.ts";
import { openOverflowFile } from "./overflow-file.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function overflowFile(maxBytes = 1024 ** 2, blockBytes = 1024) {
  const directory = await mkdtemp(join(tmpdir(), "lp-overflow-"));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const file = await openOverflowFile({ directory, maxBytes, blockBytes });
  closers.push(() => file.close());
  return { directory, file };
}

const filled = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) % 251);

describeObjectStoreCompliance("memory that is full, with an overflow", async () => {
  const { file } = await overflowFile();
  const store = createMemoryObjectStore({ name: "test", maxStoredBytes: 0 }, { clock: systemClock(), overflow: file });
  return { store, close: async () => {} };
});

describe("a memory store with an overflow", () => {
  it("keeps what fits in memory and the rest on disk, and gives back both", async () => {
    const { file } = await overflowFile(8192);
    const store = createMemoryObjectStore(
      { name: "test", maxStoredBytes: 5000 },
      { clock: systemClock(), overflow: file },
    );
    for (let i = 0; i < 3; i++) await store.put(`s/a/${i}.ts`, filled(4000, i));
    await expect(store.put("s/a/3.ts", filled(1500, 0))).rejects.toMatchObject({ code: "store_full", retryable: true });
    for (let i = 0; i < 3; i++) {
      const object = await store.get(`s/a/${i}.ts`);
      expect(await readBody(object?.body ?? (async function* () {})(), 5000)).toEqual(filled(4000, i));
    }
    await store.delete("s/a/1.ts");
    await store.put("s/a/4.ts", filled(4000, 4));
    await store.delete("s/a/0.ts");
    await store.put("s/a/5.ts", filled(5000, 5)); // memory has room again
    await expect(store.put("s/a/6.ts", filled(1, 0))).rejects.toMatchObject({ code: "store_full" });
  });

  it("refuses more bytes of one top folder than it may have, in memory and beyond together", async () => {
    const { file } = await overflowFile();
    const options = { name: "test", maxStoredBytes: 5000, maxTopFolderBytes: 9000 };
    const store = createMemoryObjectStore(options, { clock: systemClock(), overflow: file });
    await store.put("one/a/0.ts", filled(4000, 0));
    await store.put("one/b/1.ts", filled(4000, 1));
    await store.put("one/b/1.ts", filled(5000, 2)); // in the other's place
    await expect(store.put("one/c/2.ts", filled(1, 0))).rejects.toMatchObject({ code: "store_full" });
    await store.put("two/c/2.ts", filled(9000, 3));
  });

  it("lets a reader that has begun read on while its segment leaves and others take the room", async () => {
    const { file } = await overflowFile(8192);
    const store = createMemoryObjectStore(
      { name: "test", maxStoredBytes: 0 },
      { clock: systemClock(), overflow: file },
    );
    await store.put("s/a/0.ts", filled(4096, 0));
    const reader = (await store.get("s/a/0.ts"))?.body[Symbol.asyncIterator]();
    const first = (await reader?.next())?.value as Uint8Array;
    await store.delete("s/a/0.ts");
    await store.put("s/a/1.ts", filled(4096, 1));
    await expect(store.put("s/a/2.ts", filled(1, 2))).rejects.toMatchObject({ code: "store_full" });
    const read = [first];
    for (let next = await reader?.next(); next?.done === false; next = await reader?.next()) read.push(next.value);
    expect(new Uint8Array(Buffer.concat(read))).toEqual(filled(4096, 0));
    await store.put("s/a/2.ts", filled(4096, 2)); // the reader is done
  });

  it("leaves no file behind, not even while it is open", async () => {
    const { directory, file } = await overflowFile();
    await file.put(filled(3000, 1));
    expect(await readdir(directory)).toEqual([]);
  });
});
