import { type HttpResponse, LpError } from "@livepeer-ts/kernel";
import { encodeKey } from "./object-key.ts";
import type { S3Location } from "./parse-object-store-url.ts";
import { type S3Place, s3Error } from "./s3-errors.ts";
import { canonicalQuery, hex, signedHeaders, unsignedPayload } from "./signature-v4.ts";
import { type StoreDeps, type StoreLimits, sendWithRetries } from "./store-requests.ts";

export type S3Call = {
  readonly method: "GET" | "PUT" | "HEAD" | "DELETE" | "POST";
  /** Key in the bucket; undefined for the bucket itself. */
  readonly key?: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Statuses that are answers and no errors: the call resolves with undefined. */
  readonly quiet?: readonly number[];
  /** What is being done, for errors. */
  readonly what: string;
  readonly signal: AbortSignal;
};

/** Signed requests to one bucket, with tries. */
export class S3Client {
  readonly place: S3Place;
  readonly #location: S3Location;
  readonly #limits: StoreLimits;
  readonly #deps: StoreDeps;
  readonly #url: URL;

  constructor(location: S3Location, limits: StoreLimits, deps: StoreDeps) {
    this.#location = location;
    this.#limits = limits;
    this.#deps = deps;
    this.#url = new URL(location.bucketUrl);
    this.place = { bucket: location.bucket, host: this.#url.host, region: location.region };
  }

  /** Resolves at the head of an answer below 300; undefined for a `quiet` one. */
  call(call: S3Call): Promise<HttpResponse | undefined> {
    const { clock, digests } = this.#deps;
    const base = this.#url.pathname.replace(/\/$/, "");
    const path = call.key === undefined ? base || "/" : `${base}/${encodeKey(call.key)}`;
    const query = call.query ?? [];
    const body = call.body ?? new Uint8Array(0);
    // Over TLS the connection guards the body; hashing it once more would cost as much as sending it.
    const payloadHash = this.#url.protocol === "https:" ? unsignedPayload : hex(digests.sha256(body));
    const url = `${this.#url.origin}${path}${query.length === 0 ? "" : `?${canonicalQuery(query)}`}`;
    const { method, headers = {} } = call;
    const make = () => ({
      method,
      url,
      headers: signedHeaders(
        digests,
        this.#location,
        { method, path, host: this.#url.host, query, headers, payloadHash },
        clock.now(),
      ),
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    return sendWithRetries(this.#deps, this.#limits, call.signal, make, (answer) =>
      call.quiet?.includes(answer.status) === true && !isAboutTheBucket(answer.text)
        ? undefined
        : s3Error(answer, this.place, clock.now(), call.what),
    ).catch((error: unknown) => {
      throw unreachable(error, this.place.host, call.what);
    });
  }
}

function isAboutTheBucket(text: string): boolean {
  return text.includes("<Code>NoSuchBucket</Code>");
}

/** A failure of the network, with what was being done. */
export function unreachable(error: unknown, host: string, what: string): unknown {
  if (!(error instanceof LpError) || !error.code.startsWith("net_")) return error;
  return new LpError({
    code: "object_store_failed",
    message: `${what}: ${error.message}; look at the object store at ${host} and at the way to it`,
    details: { host },
    retryable: true,
    cause: error,
  });
}
