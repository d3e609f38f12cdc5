import { expect, it } from "vitest";
import { nodeDigests } from "../adapters/node-digests.ts";
import { parseObjectStoreUrl } from "./parse-object-store-url.ts";
import { s3PostCredentials } from "./post-policy.ts";
import { postForm } from "./post-policy-upload.ts";

const location = parseObjectStoreUrl("s3://AKID:topsecret@eu-west-1/buck/pre");
if (location.kind !== "s3") throw new Error("not S3");
const credentials = s3PostCredentials(nodeDigests, location, "pre/movie/s1", Date.parse("2026-11-25T22:34:07.123Z"));

it("writes the policy that go-livepeer's peers know, for a day and one key prefix", () => {
  expect(JSON.parse(Buffer.from(credentials.policy, "base64").toString())).toEqual({
    expiration: "2026-11-26T22:34:07.123Z",
    conditions: [
      { bucket: "buck" },
      { acl: "public-read" },
      ["starts-with", "$Content-Type", ""],
      ["starts-with", "$key", "pre/movie/s1/"],
      { "x-amz-algorithm": "AWS4-HMAC-SHA256" },
      { "x-amz-credential": "AKID/20261125/eu-west-1/s3/aws4_request" },
      { "x-amz-date": "20261125T000000Z" },
    ],
  });
  expect(credentials).toMatchObject({
    storageType: "s3",
    host: "https://buck.s3.amazonaws.com",
    key: "pre/movie/s1",
    credential: "AKID/20261125/eu-west-1/s3/aws4_request",
    xAmzDate: "20261125T000000Z",
    signature: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(JSON.stringify(credentials)).not.toContain("topsecret");
});

it("fills the form in the order that S3 wants, the file's name left to the store", () => {
  expect(postForm(credentials, "P240p/7.ts", "video/mp2t")).toEqual({
    url: "https://buck.s3.amazonaws.com",
    fields: [
      ["acl", "public-read"],
      ["Content-Type", "video/mp2t"],
      ["key", "pre/movie/s1/P240p/$" + "{filename}"],
      ["policy", credentials.policy],
      ["x-amz-algorithm", "AWS4-HMAC-SHA256"],
      ["x-amz-credential", credentials.credential],
      ["x-amz-date", "20261125T000000Z"],
      ["x-amz-signature", credentials.signature],
    ],
  });
});

it("refuses credentials that a peer made up badly", () => {
  const form =
    (change: Partial<typeof credentials>, name = "0.ts") =>
    () =>
      postForm({ ...credentials, ...change }, name, "video/mp2t");
  expect(form({ host: "file:///etc" })).toThrow(/no address of an object store/);
  expect(form({ host: "nonsense" })).toThrow(/no address of an object store/);
  expect(form({ policy: 'x\r\n--b\r\nContent-Disposition: form-data; name="acl"' })).toThrow(/line break/);
  expect(form({}, "../0.ts")).toThrow(/not a path/);
  expect(form({}, 'a"b.ts')).toThrow(/quote/);
});
