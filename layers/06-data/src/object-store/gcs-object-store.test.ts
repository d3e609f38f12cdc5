import { verify } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeServiceAccount, startFakeGoogle } from "../testing/fake-google.ts";
import { describeObjectStoreCompliance } from "../testing/object-store-compliance.ts";
import { hasObjectStoreServers, startGcsServer, type TestServer } from "../testing/object-store-servers.ts";
import { startScriptedServer, storeDeps } from "../testing/store-deps.ts";
import { createGcsObjectStore, type GcsObjectStoreOptions } from "./gcs-object-store.ts";
import { postForm, uploadWithPost } from "./post-policy-upload.ts";

const isInstalled = hasObjectStoreServers();
const bytes = (text: string) => new TextEncoder().encode(text);

describe.skipIf(!isInstalled)("against fake-gcs-server, behind a fake that gives out and checks tokens", () => {
  let emulator: TestServer;
  let google: Awaited<ReturnType<typeof startFakeGoogle>>;
  let account: ReturnType<typeof makeServiceAccount>;
  let deps: ReturnType<typeof storeDeps>;
  let buckets = 0;
  beforeAll(async () => {
    deps = storeDeps();
    emulator = await startGcsServer();
    google = await startFakeGoogle(emulator.url);
    account = makeServiceAccount(`${google.url}/token`);
    google.trust(account.publicKey);
  });
  afterAll(async () => {
    await deps.stop();
    await google.stop();
    await emulator.stop();
  });

  const newStore = async (options: Partial<GcsObjectStoreOptions> = {}) => {
    const bucket = `bucket-${++buckets}`;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: bucket });
    const made = await fetch(`${emulator.url}/storage/v1/b`, { method: "POST", headers, body });
    expect(made.status).toBe(200);
    const bucketUrl = `${google.url}/${bucket}`;
    return createGcsObjectStore({ bucket, key: account.key, apiUrl: google.url, bucketUrl, ...options }, deps);
  };

  describeObjectStoreCompliance("Google Cloud Storage", async () => ({
    store: await newStore(),
    close: async () => {},
  }));

  it("asks for one token for many requests, and keeps it until shortly before its end", async () => {
    google.lasting(3600);
    const store = await newStore();
    const before = google.counts.tokens;
    await Promise.all(Array.from({ length: 8 }, (_, i) => store.put(`a/${i}.ts`, bytes("x"))));
    await store.list("");
    expect(google.counts.tokens).toBe(before + 1);
    // A token that is in its last minute from the start is asked for anew each time.
    google.lasting(60);
    const short = await newStore();
    await short.put("a.ts", bytes("x"));
    await short.put("b.ts", bytes("x"));
    expect(google.counts.tokens).toBe(before + 3);
    google.lasting(3600);
  });

  it("asks for a new token when its own is refused, once", async () => {
    const store = await newStore();
    await store.put("a.ts", bytes("x"));
    const before = { ...google.counts };
    google.revoke();
    await store.put("b.ts", bytes("y"));
    expect(google.counts).toEqual({ tokens: before.tokens + 1, refused: before.refused + 1 });
  });

  it("says that the account's key is not accepted, and does not say the key", async () => {
    const stranger = makeServiceAccount(`${google.url}/token`);
    const store = await newStore({ key: stranger.key });
    const error = await store.put("a.ts", bytes("x")).then(
      () => new Error("it was let in"),
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: "object_store_refused" });
    expect(error.message).toContain("invalid_grant Invalid JWT Signature.");
    expect(error.message).not.toContain("PRIVATE KEY");
  });

  it("says that the bucket is missing", async () => {
    const store = await newStore({ bucket: "no-such-bucket" });
    await expect(store.put("a.ts", bytes("x"))).rejects.toMatchObject({ code: "object_store_bucket_missing" });
    await expect(store.list("")).rejects.toMatchObject({ code: "object_store_bucket_missing" });
  });

  it("signs forms with the account's key, for a day and one key prefix", async () => {
    const store = await newStore();
    const credentials = store.postCredentials("movie/s1");
    if (credentials === undefined) throw new Error("no credentials");
    const signature = Buffer.from(credentials.signature, "base64");
    expect(verify("sha256", Buffer.from(credentials.policy), account.publicKey, signature)).toBe(true);
    const policy = JSON.parse(Buffer.from(credentials.policy, "base64").toString());
    expect(policy.conditions).toContainEqual(["starts-with", "$key", "movie/s1/"]);
    expect(postForm(credentials, "0.ts", "video/mp2t").fields.map(([name]) => name)).toEqual([
      "acl",
      "Content-Type",
      "key",
      "policy",
      "GoogleAccessId",
      "signature",
    ]);
    const { url } = await uploadWithPost(credentials, "P240p/0.ts", bytes("rendition"), deps);
    expect(url).toBe(store.publicUrl("movie/s1/P240p/0.ts"));
    expect(await store.head("movie/s1/P240p/0.ts")).toMatchObject({ sizeBytes: 9, contentType: "video/mp2t" });
  });
});

describe("Google's answers that are none, from a server written for this test", () => {
  it.each([
    ["no JSON", "<html>"],
    ["no token", "{}"],
    ["a token that breaks headers", '{"access_token":"a\\r\\nb","expires_in":3600}'],
    ["a token without an end", '{"access_token":"abc"}'],
  ])("refuses a token service that answers with %s", async (_name, text) => {
    const deps = storeDeps();
    const server = await startScriptedServer((request, response) => {
      request.resume().on("end", () => response.writeHead(200).end(text));
    });
    try {
      const { key } = makeServiceAccount(`${server.url}/token`);
      const store = createGcsObjectStore({ bucket: "buck", key, apiUrl: server.url }, deps);
      await expect(store.list("")).rejects.toMatchObject({ code: "object_store_bad_answer" });
    } finally {
      await deps.stop();
      await server.stop();
    }
  });

  it("asks again while the token service is busy, and lets a caller go who does not wait", async () => {
    const deps = storeDeps();
    const controller = new AbortController();
    const reason = new Error("the stream ended");
    let asked = 0;
    const server = await startScriptedServer((request, response) => {
      asked++;
      if (asked === 3) controller.abort(reason);
      else request.resume().on("end", () => response.writeHead(503).end());
    });
    try {
      const { key } = makeServiceAccount(`${server.url}/token`);
      const store = createGcsObjectStore({ bucket: "buck", key, apiUrl: server.url, minPauseMs: 1 }, deps);
      await expect(store.list("", { signal: controller.signal })).rejects.toBe(reason);
      expect(asked).toBe(3);
    } finally {
      await deps.stop();
      await server.stop();
    }
  });

  it("ends when the token service hangs", async () => {
    const deps = storeDeps();
    const server = await startScriptedServer(() => {});
    try {
      const { key } = makeServiceAccount(`${server.url}/token`);
      const store = createGcsObjectStore({ bucket: "buck", key, apiUrl: server.url, saveMs: 100 }, deps);
      await expect(store.list("")).rejects.toMatchObject({
        code: "object_store_timeout",
        message: expect.stringContaining("asking Google for a token"),
      });
    } finally {
      await deps.stop();
      await server.stop();
    }
  });
});

it("uploads with Google's credentials end in the bucket's own address", async () => {
  const deps = storeDeps();
  const server = await startScriptedServer((request, response) => {
    request.resume().on("end", () => response.writeHead(204).end());
  });
  try {
    const { key } = makeServiceAccount(`${server.url}/token`);
    const bucketUrl = `${server.url}/buck`;
    const store = createGcsObjectStore({ bucket: "buck", key, apiUrl: server.url, bucketUrl }, deps);
    const credentials = store.postCredentials("m");
    if (credentials === undefined) throw new Error("no credentials");
    expect((await uploadWithPost(credentials, "0.ts", bytes("x"), deps)).url).toBe(`${bucketUrl}/m/0.ts`);
  } finally {
    await deps.stop();
    await server.stop();
  }
});
