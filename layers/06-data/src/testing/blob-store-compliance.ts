import { type BlobStore, hasErrorCode } from "@livepeer-ts/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** What every `BlobStore` must do. `makeStore` gives an empty one. */
export function describeBlobStoreCompliance(
  name: string,
  makeStore: () => Promise<{ readonly store: BlobStore; close(): Promise<void> }>,
): void {
  describe(`${name} as a blob store`, () => {
    let store: BlobStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      const made = await makeStore();
      store = made.store;
      close = () => made.close();
    });
    afterEach(() => close());

    it("gives back the bytes and the type that were put", async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
      const path = await store.put("movie/source/0.ts", bytes, "video/mp2t");
      const blob = await store.get(path);
      expect(blob?.contentType).toBe("video/mp2t");
      expect(blob?.bytes).toEqual(bytes);
    });

    it("keeps a content type that does not follow from the name", async () => {
      await store.put("movie/info.ts", new Uint8Array([1]), "application/x-note");
      expect((await store.get("movie/info.ts"))?.contentType).toBe("application/x-note");
      await store.put("movie/info.ts", new Uint8Array([1]), "video/mp2t");
      expect((await store.get("movie/info.ts"))?.contentType).toBe("video/mp2t");
    });

    it("holds its own copy of the bytes", async () => {
      const bytes = new Uint8Array([1, 2, 3]);
      await store.put("a/b.bin", bytes, "application/octet-stream");
      bytes[0] = 9;
      expect((await store.get("a/b.bin"))?.bytes).toEqual(new Uint8Array([1, 2, 3]));
    });

    it("replaces a blob of the same name", async () => {
      await store.put("a/b.ts", new Uint8Array([1, 2, 3]), "video/mp2t");
      await store.put("a/b.ts", new Uint8Array([4]), "video/mp2t");
      expect((await store.get("a/b.ts"))?.bytes).toEqual(new Uint8Array([4]));
    });

    it("keeps an empty blob apart from no blob", async () => {
      await store.put("a/empty.ts", new Uint8Array(0), "video/mp2t");
      expect((await store.get("a/empty.ts"))?.bytes.length).toBe(0);
      expect(await store.get("a/none.ts")).toBeUndefined();
      expect(await store.get("a")).toBeUndefined();
    });

    it("forgets a deleted blob and does not mind deleting nothing", async () => {
      await store.put("a/b.ts", new Uint8Array([1]), "video/mp2t");
      await store.delete("a/b.ts");
      await store.delete("a/b.ts");
      expect(await store.get("a/b.ts")).toBeUndefined();
    });

    it("takes many blobs at once", async () => {
      const puts = Array.from({ length: 10 }, (_, i) =>
        store.put(`many/${i}.ts`, new Uint8Array(1000).fill(i), "video/mp2t"),
      );
      await Promise.all(puts);
      for (let i = 0; i < 10; i++) expect((await store.get(`many/${i}.ts`))?.bytes[999]).toBe(i);
    });

    it.each(["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a\\..\\b", "a/\0b", `a/${"x".repeat(256)}`])(
      "refuses the path %j",
      async (path) => {
        for (const attempt of [
          () => store.put(path, new Uint8Array([1]), "video/mp2t"),
          () => store.get(path),
          () => store.delete(path),
        ]) {
          const error = await attempt().then(
            () => undefined,
            (reason: unknown) => reason,
          );
          expect(hasErrorCode(error, "blob_path_refused")).toBe(true);
        }
      },
    );
  });
}
