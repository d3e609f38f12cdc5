import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeObjectStoreCompliance } from "../testing/object-store-compliance.ts";
import { hasObjectStoreServers, startS3Server } from "../testing/object-store-servers.ts";
import { makeS3Bucket } from "../testing/s3-bucket.ts";
import { storeDeps } from "../testing/store-deps.ts";
import { parseObjectStoreUrl, type S3Location } from "./parse-object-store-url.ts";
import { uploadWithPost } from "./post-policy-upload.ts";
import { readObject } from "./read-object.ts";
import { createS3ObjectStore, type S3ObjectStoreOptions } from "./s3-object-store.ts";

const isInstalled = hasObjectStoreServers();
if (!isInstalled) {
  console.error('the S3 server for tests is missing: run "npm test", which installs it where Python 3.10 is');
}

let server: Awaited<ReturnType<typeof startS3Server>>;
let deps: ReturnType<typeof storeDeps>;
let buckets = 0;

function location(bucketPath: string, secret = server.secretAccessKey, key = server.accessKeyId): S3Location {
  const host = new URL(server.url).host;
  const parsed = parseObjectStoreUrl(
    `s3+http://${encodeURIComponent(key)}:${encodeURIComponent(secret)}@${host}/${bucketPath}`,
  );
  if (parsed.kind !== "s3") throw new Error("not S3");
  return parsed;
}

async function newBucket(isOpen = true): Promise<string> {
  const bucket = `bucket-${++buckets}`;
  await makeS3Bucket(server, bucket, deps, isOpen);
  return bucket;
}

async function newStore(prefix = "", options: Omit<S3ObjectStoreOptions, "location"> = {}) {
  return createS3ObjectStore({ ...options, location: location((await newBucket()) + prefix) }, deps);
}

const bytes = (text: string) => new TextEncoder().encode(text);

async function published(url: string): Promise<{ status: number; type: string | null; text: string }> {
  const answer = await fetch(url);
  return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
}

describe.skipIf(!isInstalled)("against a server that checks signatures", () => {
  beforeAll(async () => {
    deps = storeDeps();
    server = await startS3Server();
  });
  afterAll(async () => {
    await server.stop();
    await deps.stop();
  });

  describeObjectStoreCompliance("S3", async () => ({
    store: await newStore("/some/where"),
    close: async () => {},
  }));

  it("makes an object public when it is told to, and says when the bucket does not take that", async () => {
    const store = await newStore();
    const { url } = await store.put("a/open.ts", bytes("open"), { isPublic: true });
    expect(await published(url)).toMatchObject({ status: 200, text: "open" });
    expect((await published((await store.put("a/closed.ts", bytes("closed"))).url)).status).toBe(403);
    const locked = createS3ObjectStore({ location: location(await newBucket(false)) }, deps);
    await expect(locked.put("a/open.ts", bytes("open"), { isPublic: true })).rejects.toMatchObject({
      code: expect.stringMatching(/^object_(acl|store)_refused$/),
    });
    expect((await locked.put("a/open.ts", bytes("open"))).url).toContain("/a/open.ts");
  });

  it("keeps to its prefix", async () => {
    const bucket = await newBucket();
    const inner = createS3ObjectStore({ location: location(`${bucket}/pre`) }, deps);
    const outer = createS3ObjectStore({ location: location(bucket) }, deps);
    await inner.put("a/b.ts", bytes("x"));
    await outer.put("prefer/c.ts", bytes("y"));
    expect((await outer.list("")).objects.map(({ key }) => key)).toEqual(["pre/a/b.ts", "prefer/c.ts"]);
    expect((await inner.list("")).objects.map(({ key }) => key)).toEqual(["a/b.ts"]);
    expect(inner.publicUrl("a/b.ts")).toBe(outer.publicUrl("pre/a/b.ts"));
    expect(inner.isOwn(outer.publicUrl("prefer/c.ts"))).toBe(false);
  });

  it("stores a large object in parts, several at once", async () => {
    const part = 5 * 1024 ** 2;
    const store = await newStore("/pre", { partBytes: part, parallelParts: 2 });
    const large = new Uint8Array(2 * part + 17);
    for (let i = 0; i < large.length; i += 1021) large[i] = i % 251;
    await store.put("big.mp4", large, { metadata: { duration: "60000" } });
    expect(await store.head("big.mp4")).toMatchObject({
      sizeBytes: large.length,
      contentType: "video/mp4",
      metadata: { duration: "60000" },
    });
    const back = await readObject(store, "big.mp4", large.length);
    expect(Buffer.compare(back ?? bytes(""), large)).toBe(0);
  });

  it("says that the secret is wrong, and does not say the secret", async () => {
    const store = createS3ObjectStore({ location: location(await newBucket(), "not the secret") }, deps);
    for (const attempt of [() => store.put("a.ts", bytes("x")), () => store.get("a.ts"), () => store.list("")]) {
      const error = await attempt().then(
        () => new Error("it was let in"),
        (reason: Error) => reason,
      );
      expect(error).toMatchObject({ code: "object_store_refused", retryable: false });
      expect(error.message).toContain("403 SignatureDoesNotMatch");
      expect(error.message).toContain("the secret in the store's URL is wrong");
      expect(error.message).not.toContain("not the secret");
    }
  });

  it("says that the access key is unknown", async () => {
    const store = createS3ObjectStore({ location: location(await newBucket(), "secret", "NOBODY") }, deps);
    await expect(store.put("a.ts", bytes("x"))).rejects.toMatchObject({
      code: "object_store_refused",
      message: expect.stringContaining("InvalidAccessKeyId"),
    });
  });

  it("says that the clock is wrong, and by how much", async () => {
    const late = storeDeps(-3_600_000);
    try {
      const store = createS3ObjectStore({ location: location(await newBucket()) }, late);
      const refusal = store.put("a.ts", bytes("x"));
      await expect(refusal).rejects.toMatchObject({
        code: "object_store_clock_skew",
        message: expect.stringMatching(
          /clock differs from the store's by (3599|360\d) s \(it is behind\): set it, with NTP/,
        ),
      });
    } finally {
      await late.stop();
    }
  });

  it("says that the bucket is missing", async () => {
    const store = createS3ObjectStore({ location: location("no-such-bucket") }, deps);
    for (const attempt of [() => store.put("a.ts", bytes("x")), () => store.get("a.ts"), () => store.list("")]) {
      await expect(attempt()).rejects.toMatchObject({
        code: "object_store_bucket_missing",
        message: expect.stringContaining('create the bucket "no-such-bucket"'),
      });
    }
  });

  describe("credentials for others", () => {
    const credentialsOf = async (prefix = "", session = "movie/session1") => {
      const store = await newStore(prefix);
      const credentials = store.postCredentials(session);
      if (credentials === undefined) throw new Error("no credentials");
      return { store, credentials };
    };

    it.each(["", "/some/where"])(
      "let another party store below their key, in a bucket with prefix %j",
      async (prefix) => {
        const { store, credentials } = await credentialsOf(prefix);
        const { url } = await uploadWithPost(credentials, "P240p30fps16x9/7.ts", bytes("rendition"), deps);
        expect(url).toBe(store.publicUrl("movie/session1/P240p30fps16x9/7.ts"));
        expect(store.isOwn(url)).toBe(true);
        expect(await store.head("movie/session1/P240p30fps16x9/7.ts")).toMatchObject({
          sizeBytes: 9,
          contentType: "video/mp2t",
        });
        await uploadWithPost(credentials, "0.ts", bytes("at once below it"), deps);
        expect((await store.list("movie/")).objects.length).toBe(2);
      },
    );

    it("are of no use outside of their key", async () => {
      const { store, credentials } = await credentialsOf("/pre");
      for (const key of ["pre/movie/session2", "pre/movie/session10", "movie/session1", "pre/movie"]) {
        await expect(uploadWithPost({ ...credentials, key }, "0.ts", bytes("x"), deps)).rejects.toMatchObject({
          code: "object_post_refused",
          details: { status: 403 },
          message: expect.stringContaining("Policy Condition failed"),
        });
      }
      expect((await store.list("")).objects).toEqual([]);
    });

    it("end after a day", async () => {
      const bucket = await newBucket();
      const yesterday = storeDeps(-86_400_000 - 60_000);
      const credentials = createS3ObjectStore({ location: location(bucket) }, yesterday).postCredentials("m");
      await yesterday.stop();
      if (credentials === undefined) throw new Error("no credentials");
      await expect(uploadWithPost(credentials, "0.ts", bytes("x"), deps)).rejects.toMatchObject({
        code: "object_post_refused",
        message: expect.stringContaining("Policy expired."),
      });
    });

    it("are still good after 23 hours", async () => {
      const bucket = await newBucket();
      const earlier = storeDeps(-23 * 3_600_000);
      const store = createS3ObjectStore({ location: location(bucket) }, earlier);
      const credentials = store.postCredentials("m");
      await earlier.stop();
      if (credentials === undefined) throw new Error("no credentials");
      await uploadWithPost(credentials, "0.ts", bytes("x"), deps);
    });

    it("cannot be made with a wrong secret, nor changed", async () => {
      const bucket = await newBucket();
      const forged = createS3ObjectStore({ location: location(bucket, "wrong") }, deps).postCredentials("m");
      const good = createS3ObjectStore({ location: location(bucket) }, deps).postCredentials("m");
      if (forged === undefined || good === undefined) throw new Error("no credentials");
      const policy = Buffer.from(Buffer.from(good.policy, "base64").toString().replace('"m/"', '""')).toString(
        "base64",
      );
      for (const credentials of [forged, { ...good, policy }]) {
        await expect(uploadWithPost(credentials, "0.ts", bytes("x"), deps)).rejects.toMatchObject({
          code: "object_post_refused",
          message: expect.stringContaining("SignatureDoesNotMatch"),
        });
      }
    });

    it("say what to do when the bucket lets nobody publish", async () => {
      const bucket = await newBucket(false);
      const credentials = createS3ObjectStore({ location: location(bucket) }, deps).postCredentials("m");
      if (credentials === undefined) throw new Error("no credentials");
      await expect(uploadWithPost(credentials, "0.ts", bytes("x"), deps)).rejects.toMatchObject({
        code: "object_post_refused",
        message: expect.stringContaining("switch off its block of public access"),
      });
    });

    it("make objects that anybody can read", async () => {
      const { credentials } = await credentialsOf("/pre");
      const { url } = await uploadWithPost(credentials, "a b/0.ts", bytes("rendition"), deps);
      expect(await published(url)).toEqual({ status: 200, type: "video/mp2t", text: "rendition" });
    });
  });
});
