import { readFileSync } from "node:fs";
import { utf8 } from "@livepeer-ts/kernel";
import { expect, it } from "vitest";
import { nodeDigests } from "../adapters/node-digests.ts";
import { SecretText } from "./secret-text.ts";
import { hex, signature, signedHeaders, unsignedPayload } from "./signature-v4.ts";

type Vectors = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly wallMs: number;
  readonly requests: readonly {
    readonly region: string;
    readonly method: string;
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly body: string;
    readonly date: string;
    readonly authorization: string;
  }[];
  readonly post: { readonly region: string; readonly policy: string; readonly signature: string };
};

// Written down from Amazon's own signer; the file says which.
const vectors = JSON.parse(readFileSync(new URL("./signature-v4-vectors.json", import.meta.url), "utf8")) as Vectors;
const scope = (region: string) => ({
  accessKeyId: vectors.accessKeyId,
  secretAccessKey: new SecretText(vectors.secretAccessKey),
  region,
});

it.each(vectors.requests.map((request) => [`${request.method} ${request.url}`, request] as const))(
  "signs %s as Amazon's signer does",
  (_name, request) => {
    const url = new URL(request.url);
    const isTls = url.protocol === "https:";
    const headers = signedHeaders(
      nodeDigests,
      scope(request.region),
      {
        method: request.method,
        path: url.pathname,
        host: url.host,
        query: [...url.searchParams],
        headers: request.headers,
        payloadHash: isTls ? unsignedPayload : hex(nodeDigests.sha256(utf8(request.body))),
      },
      vectors.wallMs,
    );
    expect(headers["x-amz-date"]).toBe(request.date);
    expect(headers["authorization"]).toBe(request.authorization);
  },
);

it("signs a policy as Amazon's signer does", () => {
  const { post } = vectors;
  expect(signature(nodeDigests, scope(post.region), "20261125", post.policy)).toBe(post.signature);
});
