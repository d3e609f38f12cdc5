import { hasErrorCode, type ObjectStore, readBody } from "@livepeer-ts/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listAll, readObject } from "../object-store/read-object.ts";

const encoder = new TextEncoder();

/** What every `ObjectStore` must do. `makeStore` gives an empty one. */
export function describeObjectStoreCompliance(
  name: string,
  makeStore: () => Promise<{ readonly store: ObjectStore; close(): Promise<void> }>,
): void {
  describe(`${name} as an object store`, () => {
    let store: ObjectStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      const made = await makeStore();
      store = made.store;
      close = () => made.close();
    });
    afterEach(() => close());

    const text = async (key: string) => {
      const bytes = await readObject(store, key, 1_000_000);
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    };
    const failure = (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        (reason: unknown) => reason,
      );

    it("gives back bytes, type, metadata and size", async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
      const put = await store.put("movie/source/0.ts", bytes, { metadata: { Duration: "2000" } });
      expect(put.url).toBe(store.publicUrl("movie/source/0.ts"));
      const object = await store.get("movie/source/0.ts");
      if (object === undefined) throw new Error("there is no object");
      expect(object).toMatchObject({ key: "movie/source/0.ts", sizeBytes: 70_000, contentType: "video/mp2t" });
      expect(object.metadata).toEqual({ duration: "2000" });
      expect(await readBody(object.body, 100_000)).toEqual(bytes);
      const head = await store.head("movie/source/0.ts");
      expect(head).toMatchObject({ key: "movie/source/0.ts", sizeBytes: 70_000, contentType: "video/mp2t" });
      expect(head?.metadata).toEqual({ duration: "2000" });
      expect(head?.modifiedAtMs ?? 0).toBeGreaterThan(Date.parse("2020-01-01"));
    });

    it("takes an object that is to be public", async () => {
      const put = await store.put("a/open.ts", encoder.encode("open"), { isPublic: true });
      expect([put.url, await text("a/open.ts")]).toEqual([store.publicUrl("a/open.ts"), "open"]);
    });

    it("takes the type from the name unless another is given", async () => {
      await store.put("a/index.m3u8", encoder.encode("#EXTM3U"));
      expect((await store.head("a/index.m3u8"))?.contentType).toBe("application/x-mpegurl");
      await store.put("a/index.m3u8", encoder.encode("#EXTM3U"), { contentType: "text/plain" });
      expect((await store.head("a/index.m3u8"))?.contentType).toBe("text/plain");
    });

    it("replaces an object, and its metadata with it", async () => {
      await store.put("a/b.ts", encoder.encode("long before"), { metadata: { one: "1" } });
      await store.put("a/b.ts", encoder.encode("after"));
      expect(await text("a/b.ts")).toBe("after");
      expect(await store.head("a/b.ts")).toMatchObject({ sizeBytes: 5, metadata: {} });
    });

    it("keeps an empty object apart from none", async () => {
      await store.put("a/empty.ts", new Uint8Array(0));
      expect(await text("a/empty.ts")).toBe("");
      expect((await store.head("a/empty.ts"))?.sizeBytes).toBe(0);
      expect(await store.get("a/none.ts")).toBeUndefined();
      expect(await store.head("a/none.ts")).toBeUndefined();
      expect(await store.get("a")).toBeUndefined();
    });

    it("gives the bytes of a range", async () => {
      await store.put("a/b.ts", encoder.encode("0123456789"));
      const ranges: [start: number, end: number | undefined, gives: string][] = [
        [0, 0, "0"],
        [2, 4, "234"],
        [7, undefined, "789"],
        [8, 1000, "89"],
      ];
      for (const [start, end, gives] of ranges) {
        const object = await store.get("a/b.ts", { range: { start, ...(end === undefined ? {} : { end }) } });
        if (object === undefined) throw new Error("there is no object");
        expect(new TextDecoder().decode(await readBody(object.body, 100))).toBe(gives);
        expect(object.sizeBytes).toBe(10);
        expect(object.range).toEqual({ start, end: start + gives.length - 1 });
      }
      const outside = await failure(store.get("a/b.ts", { range: { start: 10 } }));
      expect(hasErrorCode(outside, "object_range_refused")).toBe(true);
      expect(await store.get("a/none.ts", { range: { start: 0 } })).toBeUndefined();
    });

    it("lists by prefix, in order, page by page", async () => {
      const keys = ["m/a.ts", "m/a/1.ts", "m/a/2.ts", "m/ab/1.ts", "m/b.ts", "n/a.ts"];
      for (const key of keys.toReversed()) await store.put(key, encoder.encode(key));
      const all = await listAll(store, "", 100);
      expect(all.objects.map((object) => object.key)).toEqual(keys);
      expect(all.objects.map((object) => object.sizeBytes)).toEqual(keys.map((key) => key.length));
      expect((await store.list("m/a")).objects.map((object) => object.key)).toEqual(keys.slice(0, 4));
      expect((await store.list("m/a/")).objects.map((object) => object.key)).toEqual(keys.slice(1, 3));
      const paged: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await store.list("m/", { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.objects.length).toBeLessThanOrEqual(2);
        paged.push(...page.objects.map((object) => object.key));
        cursor = page.cursor;
        pages++;
      } while (cursor !== undefined && pages < 10);
      expect(paged).toEqual(keys.slice(0, 5));
      expect(await store.list("none/")).toEqual({ objects: [], prefixes: [], cursor: undefined });
    });

    it("groups keys at the delimiter", async () => {
      for (const key of ["m/0.ts", "m/a/1.ts", "m/a/2.ts", "m/b/c/3.ts"]) await store.put(key, encoder.encode(key));
      const page = await store.list("m/", { delimiter: "/" });
      expect(page.objects.map((object) => object.key)).toEqual(["m/0.ts"]);
      expect(page.prefixes).toEqual(["m/a/", "m/b/"]);
      expect((await store.list("", { delimiter: "/" })).prefixes).toEqual(["m/"]);
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const next = await store.list("m/", { delimiter: "/", limit: 1, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...next.objects.map((object) => object.key), ...next.prefixes);
        cursor = next.cursor;
      } while (cursor !== undefined && found.length < 10);
      expect(found).toEqual(["m/0.ts", "m/a/", "m/b/"]);
    });

    it("forgets a deleted object and does not mind deleting nothing", async () => {
      await store.put("a/b.ts", encoder.encode("x"), { metadata: { one: "1" } });
      await store.delete("a/b.ts");
      await store.delete("a/b.ts");
      expect(await store.get("a/b.ts")).toBeUndefined();
      expect((await store.list("a/")).objects).toEqual([]);
    });

    it.each(["a b/c+d.ts", "ü/漢字.ts", "(1)/!'*~.ts", "100%/a&b=c.ts", "a/b#c?d.ts"])(
      "takes the key %j",
      async (key) => {
        await store.put(key, encoder.encode(key));
        expect(await text(key)).toBe(key);
        expect((await store.list(key.slice(0, -3))).objects.map((object) => object.key)).toEqual([key]);
        expect(store.isOwn(store.publicUrl(key))).toBe(true);
        await store.delete(key);
        expect(await store.head(key)).toBeUndefined();
      },
    );

    it("knows its own URLs from others", async () => {
      const url = store.publicUrl("a/b.ts");
      expect(url.endsWith("/a/b.ts")).toBe(true);
      expect(store.isOwn(url)).toBe(true);
      expect(store.isOwn("https://example.com/a/b.ts")).toBe(false);
      expect(store.isOwn(url.replace("/a/b.ts", "-other/a/b.ts"))).toBe(false);
    });

    it("gives credentials to others exactly when it is external", () => {
      expect(store.postCredentials("a/b") !== undefined).toBe(store.isExternal);
    });

    it("takes many objects at once", async () => {
      const keys = Array.from({ length: 12 }, (_, i) => `many/${i}.ts`);
      await Promise.all(keys.map((key) => store.put(key, encoder.encode(key))));
      expect(await Promise.all(keys.map(text))).toEqual(keys);
    });

    it("goes on when a reader gives up", async () => {
      await store.put("a/b.ts", new Uint8Array(900_000).fill(7));
      // More often than there are connections to one store.
      for (let i = 0; i < 17; i++) {
        const object = await store.get("a/b.ts");
        for await (const piece of object?.body ?? []) {
          expect(piece[0]).toBe(7);
          break;
        }
      }
      expect((await readObject(store, "a/b.ts", 1_000_000))?.length).toBe(900_000);
    });

    it("stores nothing for a caller who has given up", async () => {
      const reason = new Error("called off");
      const signal = AbortSignal.abort(reason);
      expect(await failure(store.put("a/b.ts", encoder.encode("x"), { signal }))).toBe(reason);
      expect(await store.head("a/b.ts")).toBeUndefined();
    });

    it("refuses metadata that cannot be sent", async () => {
      for (const metadata of [{ "a b": "1" }, { a: "line\nbreak" }, { a: "ü" }, { a: "" }, { a: "x".repeat(3000) }]) {
        const error = await failure(store.put("a/b.ts", encoder.encode("x"), { metadata }));
        expect(hasErrorCode(error, "object_refused"), JSON.stringify(metadata).slice(0, 40)).toBe(true);
      }
    });

    it("refuses a content type that cannot be sent", async () => {
      for (const contentType of ["", "a\r\nb: c", "ü"]) {
        const error = await failure((async () => store.put("a/b.ts", encoder.encode("x"), { contentType }))());
        expect(hasErrorCode(error, "object_refused"), JSON.stringify(contentType)).toBe(true);
      }
    });

    it.each([
      "",
      "/etc/passwd",
      "../x",
      "a/../../x",
      "a//b",
      "a/./b",
      "a/",
      "a\\..\\b",
      "a/\0b",
      `a/${"x".repeat(256)}`,
    ])("refuses the key %j", async (key) => {
      for (const attempt of [
        () => store.put(key, encoder.encode("x")),
        () => store.get(key),
        () => store.head(key),
        () => store.delete(key),
      ]) {
        const error = await failure((async () => attempt())());
        expect(hasErrorCode(error, "object_path_refused")).toBe(true);
      }
    });

    it("refuses to list outside of itself", async () => {
      for (const prefix of ["../", "/", "a/../../"]) {
        const error = await failure(Promise.resolve().then(() => store.list(prefix)));
        expect(hasErrorCode(error, "object_path_refused"), prefix).toBe(true);
      }
    });
  });
}
