import type { IncomingMessage, ServerResponse } from "node:http";
import { type OpenObject, type PostCredentials, readBody } from "@livepeer-ts/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startScriptedServer, storeDeps } from "../testing/store-deps.ts";
import { parseObjectStoreUrl } from "./parse-object-store-url.ts";
import { uploadWithPost } from "./post-policy-upload.ts";
import { createS3ObjectStore, type S3ObjectStoreOptions } from "./s3-object-store.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const bytes = (text: string) => new TextEncoder().encode(text);
const bodyOf = (object: OpenObject | undefined) => {
  if (object === undefined) throw new Error("there is no object");
  return readBody(object.body, 1000);
};
const errorDocument = (code: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said by the server</Message></Error>`;

describe("a store that misbehaves, written for this test", () => {
  let deps: ReturnType<typeof storeDeps>;
  let seen: string[];
  let server: Awaited<ReturnType<typeof startScriptedServer>> | undefined;
  beforeEach(() => {
    deps = storeDeps();
    seen = [];
  });
  afterEach(async () => {
    await deps.stop();
    await server?.stop();
  });

  const answering = async (answer: Answer, isBodyRead = true) => {
    server = await startScriptedServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      const count = seen.length;
      if (!isBodyRead) answer(request, response, count);
      else request.resume().on("end", () => answer(request, response, count));
    });
    return server.url;
  };
  const storeAt = (url: string, options: Omit<S3ObjectStoreOptions, "location"> = {}) => {
    const location = parseObjectStoreUrl(`s3+http://AK:topsecret@${new URL(url).host}/buck`);
    if (location.kind !== "s3") throw new Error("not S3");
    return createS3ObjectStore({ minPauseMs: 1, maxPauseMs: 5, ...options, location }, deps);
  };
  const credentialsAt = (url: string): PostCredentials => ({
    storageType: "s3",
    host: `${url}/buck`,
    key: "m",
    policy: "cG9saWN5",
    signature: "00",
    credential: "AK/20261125/us-east-1/s3/aws4_request",
    xAmzDate: "20261125T000000Z",
  });

  it("is asked again while it is busy, signed anew", async () => {
    const url = await answering((_request, response, count) => {
      response.writeHead(count < 3 ? 503 : 200).end(count < 3 ? errorDocument("SlowDown") : "");
    });
    await storeAt(url).put("a.ts", bytes("x"));
    expect(seen).toEqual(Array(3).fill("PUT /buck/a.ts"));
    seen.length = 0;
    await uploadWithPost(credentialsAt(url), "a.ts", bytes("x"), deps, { minPauseMs: 1 });
    expect(seen).toEqual(Array(3).fill("POST /buck"));
  });

  it("is given up after the last try, with what it said", async () => {
    const url = await answering((_request, response) => response.writeHead(500).end(errorDocument("InternalError")));
    await expect(storeAt(url, { maxTries: 3 }).put("a.ts", bytes("x"))).rejects.toMatchObject({
      code: "object_store_failed",
      retryable: true,
      message: expect.stringContaining("500 InternalError: said by the server"),
    });
    expect(seen.length).toBe(3);
  });

  it("is not asked again when it refuses", async () => {
    const url = await answering((_request, response) => response.writeHead(403).end(errorDocument("AccessDenied")));
    await expect(storeAt(url).put("a.ts", bytes("x"))).rejects.toMatchObject({ code: "object_store_refused" });
    expect(seen.length).toBe(1);
  });

  it("is asked again when it breaks off, before and within its answer", async () => {
    const url = await answering((_request, response, count) => {
      if (count === 1) response.socket?.destroy();
      else if (count === 2) {
        response.writeHead(503, { "content-length": "100" }).write("half");
        response.socket?.end();
      } else response.writeHead(200).end();
    });
    await storeAt(url).put("a.ts", bytes("x"));
    expect(seen.length).toBe(3);
  });

  it("breaks off in the middle of an object: the reader hears of it", async () => {
    const url = await answering((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.socket?.destroy());
    });
    const object = await storeAt(url).get("a.ts");
    await expect(bodyOf(object)).rejects.toMatchObject({ code: "net_reset" });
  });

  it("hangs: a save, a read, a listing and a post end with a sentence", async () => {
    const url = await answering(() => {});
    const store = storeAt(url, { saveMs: 100, readMs: 100 });
    const timeout = { code: "object_store_timeout", message: expect.stringContaining("did not finish within 100 ms") };
    await expect(store.put("a.ts", bytes("x"))).rejects.toMatchObject(timeout);
    await expect(store.get("a.ts")).rejects.toMatchObject(timeout);
    await expect(store.head("a.ts")).rejects.toMatchObject(timeout);
    await expect(store.list("")).rejects.toMatchObject(timeout);
    await expect(store.delete("a.ts")).rejects.toMatchObject(timeout);
    const post = uploadWithPost(credentialsAt(url), "a.ts", bytes("x"), deps, { saveMs: 100 });
    await expect(post).rejects.toMatchObject(timeout);
  });

  it("hangs in the middle of an object: the reader is told", async () => {
    const url = await answering((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
    });
    const object = await storeAt(url, { idleMs: 100 }).get("a.ts");
    await expect(bodyOf(object)).rejects.toMatchObject({ code: "object_store_timeout" });
  });

  it("never reads what it is sent: the save ends all the same", async () => {
    const url = await answering(() => {}, false);
    const large = new Uint8Array(20_000_000);
    await expect(storeAt(url, { saveMs: 200 }).put("a.ts", large)).rejects.toMatchObject({
      code: "object_store_timeout",
    });
  });

  it.each([
    ["", "nothing"],
    ["<html><body>welcome</body></html>", "a page"],
    ["<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>", "an entry without size"],
    ["<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "a list without its continuation"],
    ["<ListBucketResult><Contents>", "half a list"],
    ['<!DOCTYPE x [<!ENTITY a "b">]><ListBucketResult>&a;</ListBucketResult>', "entities of its own"],
  ])("answers a listing with %j", async (text) => {
    const url = await answering((_request, response) => response.writeHead(200).end(text));
    await expect(storeAt(url).list("")).rejects.toMatchObject({ code: "object_store_bad_answer" });
  });

  it("answers a listing without end", async () => {
    const url = await answering((_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536))) {}
      };
      response.on("drain", more);
      more();
    });
    await expect(storeAt(url).list("")).rejects.toMatchObject({ code: "object_store_bad_answer" });
  });

  it("answers errors with garbage", async () => {
    const url = await answering((_request, response) => response.writeHead(418).end("\u0000<<<&&&"));
    await expect(storeAt(url).put("a.ts", bytes("x"))).rejects.toMatchObject({
      code: "object_store_failed",
      message: expect.stringContaining("answered 418;"),
    });
  });

  it("sends elsewhere: it is not followed", async () => {
    const url = await answering((_request, response) => {
      response
        .writeHead(301, { location: "http://127.0.0.1:9/", "x-amz-bucket-region": "eu-north-1" })
        .end(errorDocument("PermanentRedirect"));
    });
    await expect(storeAt(url).put("a.ts", bytes("x"))).rejects.toMatchObject({
      code: "object_store_region_wrong",
      message: expect.stringContaining("put the bucket's region, eu-north-1,"),
    });
    expect(seen.length).toBe(1);
  });

  it("is not there", async () => {
    const url = await answering(() => {});
    await server?.stop();
    server = undefined;
    await expect(storeAt(url, { maxTries: 2 }).put("a.ts", bytes("x"))).rejects.toMatchObject({
      code: "object_store_failed",
      retryable: true,
      message: expect.stringContaining("look at the object store at 127.0.0.1"),
    });
  });

  it("says in a post's answer what is wrong, also with status 200", async () => {
    const url = await answering((_request, response) => response.writeHead(200).end("the bucket is full"));
    await expect(uploadWithPost(credentialsAt(url), "a.ts", bytes("x"), deps)).rejects.toMatchObject({
      code: "object_post_refused",
      message: expect.stringContaining("the bucket is full"),
    });
  });

  it("cannot complete an object in parts: nothing is left open there", async () => {
    const url = await answering((request, response) => {
      const query = request.url ?? "";
      if (request.method === "DELETE") response.writeHead(204).end();
      else if (query.includes("uploads")) {
        response
          .writeHead(200)
          .end("<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>");
      } else if (request.method === "PUT") response.writeHead(200, { etag: '"e"' }).end();
      else response.writeHead(200).end(errorDocument("InternalError"));
    });
    const store = storeAt(url, { partBytes: 10 });
    await expect(store.put("a.mp4", new Uint8Array(25))).rejects.toMatchObject({
      code: "object_store_failed",
      message: expect.stringContaining("InternalError"),
    });
    expect(seen.at(-1)).toBe("DELETE /buck/a.mp4?uploadId=u1");
    expect(seen.filter((line) => line.startsWith("PUT")).toSorted()).toEqual(
      [1, 2, 3].map((part) => `PUT /buck/a.mp4?partNumber=${part}&uploadId=u1`),
    );
  });

  it("refuses one part: the others are not waited for", async () => {
    const url = await answering((request, response) => {
      const query = request.url ?? "";
      if (request.method === "DELETE") response.writeHead(204).end();
      else if (query.includes("uploads")) {
        response
          .writeHead(200)
          .end("<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>");
      } else if (query.includes("partNumber=2")) response.writeHead(403).end(errorDocument("AccessDenied"));
      // every other part hangs
    });
    const store = storeAt(url, { partBytes: 10, saveMs: 60_000 });
    await expect(store.put("a.mp4", new Uint8Array(35))).rejects.toMatchObject({ code: "object_store_refused" });
    expect(seen).toContain("DELETE /buck/a.mp4?uploadId=u1");
  });

  it("is left alone by a caller who gives up", async () => {
    const url = await answering(() => {});
    const controller = new AbortController();
    const reason = new Error("the stream ended");
    const put = storeAt(url).put("a.ts", bytes("x"), { signal: controller.signal });
    controller.abort(reason);
    await expect(put).rejects.toBe(reason);
  });

  it("gets no object that is too large", async () => {
    const url = await answering((_request, response) => response.writeHead(200).end());
    await expect(storeAt(url, { maxObjectBytes: 10 }).put("a.ts", new Uint8Array(11))).rejects.toMatchObject({
      code: "object_refused",
    });
    expect(seen).toEqual([]);
  });
});
