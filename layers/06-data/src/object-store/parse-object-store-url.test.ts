import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { parseObjectStoreUrl, redactedObjectStoreUrl } from "./parse-object-store-url.ts";

const key = {
  client_email: "node@project.iam.example.com",
  private_key: "-----BEGIN TOPSECRET-----",
  private_key_id: "7",
};

function s3(text: string) {
  const location = parseObjectStoreUrl(text);
  if (location.kind !== "s3") throw new Error(`${location.kind} is not s3`);
  return location;
}

describe("S3 URLs", () => {
  it("finds Amazon's bucket under its own host", () => {
    const location = s3("s3://AKID:topsecret@eu-west-1/buck");
    expect(location).toMatchObject({
      bucketUrl: "https://buck.s3.amazonaws.com",
      bucket: "buck",
      prefix: "",
      region: "eu-west-1",
      accessKeyId: "AKID",
    });
    expect(location.secretAccessKey.reveal()).toBe("topsecret");
    expect(s3("s3://A:s@us-east-1/my.bucket/x").bucketUrl).toBe("https://s3.us-east-1.amazonaws.com/my.bucket");
  });

  it("finds other services' buckets in the path, with a prefix of several names", () => {
    expect(s3("s3+https://A:s@host.example.com:9000/buck/one/two/")).toMatchObject({
      bucketUrl: "https://host.example.com:9000/buck",
      prefix: "one/two",
      region: "us-east-1",
    });
    expect(s3("s3+http://A:s@127.0.0.1:9000/buck").bucketUrl).toBe("http://127.0.0.1:9000/buck");
  });

  it.each([
    ["s3+https://A:s@s3.eu-west-2.example.com/b", "eu-west-2"],
    ["s3+https://A:s@s3.example.com/b", "us-east-1"],
    ["s3+http://A:s@localhost:9000/b", "us-east-1"],
    ["s3+http://A:s@127.0.0.1:9000/b", "us-east-1"],
    ["s3+http://A:s@[::1]:9000/b", "us-east-1"],
  ])("guesses the region of %s", (url, region) => {
    expect(s3(url).region).toBe(region);
  });

  it("decodes credentials", () => {
    const location = s3("s3+https://A%2BK:te%2Fst%2Bsec%3D%40@host.example.com/b");
    expect(location.accessKeyId).toBe("A+K");
    expect(location.secretAccessKey.reveal()).toBe("te/st+sec=@");
  });
});

describe("other URLs", () => {
  it("finds a Google bucket with the key in a file or in the URL", () => {
    expect(parseObjectStoreUrl("gs://buck?keyfile=/etc/key.json")).toEqual({
      kind: "gcs",
      bucket: "buck",
      key: { file: "/etc/key.json" },
    });
    const location = parseObjectStoreUrl(`gs://${encodeURIComponent(JSON.stringify(key))}@buck`);
    expect(location).toMatchObject({
      kind: "gcs",
      bucket: "buck",
      key: { clientEmail: key.client_email, tokenUri: "https://oauth2.googleapis.com/token" },
    });
  });

  it("finds directories and memory", () => {
    expect(parseObjectStoreUrl("/var/lib/store")).toEqual({ kind: "local", directory: "/var/lib/store" });
    expect(parseObjectStoreUrl("file:///var/lib/a%20b")).toEqual({ kind: "local", directory: "/var/lib/a b" });
    expect(parseObjectStoreUrl("memory://here")).toEqual({ kind: "memory", name: "here" });
  });
});

describe("refusals", () => {
  const refusals: [url: string, code: string, message: string | RegExp][] = [
    ["s3://AKID@us-east-1/buck", "object_store_url_bad", "password is required with s3:// OS"],
    ["s3+https://host/buck", "object_store_url_bad", "password is required with s3:// OS"],
    ["s3://AKID:topsecret@us-east-1", "object_store_url_bad", "S3 bucket not found in URL path"],
    ["s3+http://AKID:topsecret@host:9000/", "object_store_url_bad", "S3 bucket not found in URL path"],
    ["ftp://AKID:topsecret@host/b", "object_store_url_bad", "unrecognized OS scheme: ftp"],
    ["bucket", "object_store_url_bad", "unrecognized OS scheme: "],
    ["", "object_store_url_bad", "unrecognized OS scheme: "],
    ["ipfs://K:topsecret@other.cloud", "object_store_unsupported", "unsupported IPFS provider: other.cloud"],
    ["ipfs://K:topsecret@pinata.cloud", "object_store_unsupported", /^ipfs:\/\/ object stores are not built: /],
    ["w3s://topsecret@did/x", "object_store_unsupported", /^w3s:\/\/ object stores are not built: /],
    ["s3+https://AKID:top/secret@host/buck", "object_store_url_bad", /URL-encode the credentials/],
    ["s3+https://AKID:top%zzsecret@host/buck", "object_store_url_bad", /write a % as %25/],
    ["s3+https://AKID:topsecret@host/buck/a%2F..%2Fb", "object_path_refused", /is not a path/],
    ["s3+https://AKID:topsecret@host/bu%22ck", "object_store_url_bad", /is no name of a bucket/],
    ["gs://buck", "object_store_url_bad", /names no key/],
    ["gs://buck/path?keyfile=/k", "object_store_url_bad", /has no path/],
    ["gs://topsecret@buck", "service_account_key_bad", /is no JSON/],
    ["gs://%7B%22client_email%22%3A%22topsecret%22%7D@buck", "service_account_key_bad", /has no private_key/],
    ["file://host/path", "object_store_url_bad", /three slashes/],
  ];
  it.each(refusals)("refuses %j", (url, code, message) => {
    let error: unknown;
    try {
      parseObjectStoreUrl(url);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code });
    const text = (error as Error).message;
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
    expect(inspect(error, { depth: 10 })).not.toContain("topsecret");
  });
});

describe("what a person sees", () => {
  it.each([
    ["s3://AKID:topsecret@us-east-1/buck/pre", "s3://xxxxx:xxxxx@us-east-1/buck/pre"],
    ["s3+https://AKID:top/sec@ret/topsecret@host:9000/buck", "s3+https://xxxxx:xxxxx@host:9000/buck"],
    ["gs://buck?keyfile=/etc/topsecret.json", "gs://buck"],
    ["gs://%7B%22topsecret%22%7D@buck", "gs://xxxxx:xxxxx@buck"],
    ["/var/lib/store", "/var/lib/store"],
    ["memory://here", "memory://here"],
    ["topsecret", "xxxxx"],
  ])("prints %s", (url, printed) => {
    expect(redactedObjectStoreUrl(url)).toBe(printed);
  });

  it("never holds the secrets of a parsed URL", () => {
    const urls = [
      "s3://AKID:topsecret@us-east-1/buck",
      `gs://${encodeURIComponent(JSON.stringify({ ...key, private_key: "topsecret" }))}@buck`,
    ];
    for (const url of urls) {
      const location = parseObjectStoreUrl(url);
      expect(JSON.stringify(location) + inspect(location, { depth: 10, showHidden: true })).not.toContain("topsecret");
    }
  });
});
