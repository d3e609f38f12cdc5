import { type HttpResponse, LpError, orAborted } from "@livepeer-ts/kernel";
import type { GcsAccessToken } from "./gcs-access-token.ts";
import { unreachable } from "./s3-client.ts";
import {
  type StoreAnswer,
  type StoreDeps,
  type StoreLimits,
  type StoreRequest,
  sendWithRetries,
} from "./store-requests.ts";

export type GcsCall = Omit<StoreRequest, "headers"> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly quiet?: readonly number[];
  /** What is being done, for errors. */
  readonly what: string;
  readonly signal: AbortSignal;
};

/** Requests to Google's JSON API with a token, which is renewed once when it is refused. */
export class GcsClient {
  readonly #bucket: string;
  readonly #token: GcsAccessToken;
  readonly #limits: StoreLimits;
  readonly #deps: StoreDeps;

  constructor(bucket: string, token: GcsAccessToken, limits: StoreLimits, deps: StoreDeps) {
    this.#bucket = bucket;
    this.#token = token;
    this.#limits = limits;
    this.#deps = deps;
  }

  /** Resolves at the head of an answer below 300; undefined for a `quiet` one. */
  async call(call: GcsCall): Promise<HttpResponse | undefined> {
    const first = await orAborted(this.#token.get(), call.signal);
    const attempt = (token: string) =>
      sendWithRetries(
        this.#deps,
        this.#limits,
        call.signal,
        () => ({ ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } }),
        (answer) =>
          call.quiet?.includes(answer.status) === true && !isAboutTheBucket(answer.text)
            ? undefined
            : gcsError(answer, this.#bucket, call.what),
      );
    try {
      return await attempt(first).catch(async (error: unknown) => {
        if (!(error instanceof LpError) || error.details["status"] !== 401) throw error;
        this.#token.drop(first);
        return attempt(await orAborted(this.#token.get(), call.signal));
      });
    } catch (error) {
      throw unreachable(error, new URL(call.url).host, call.what);
    }
  }
}

function isAboutTheBucket(text: string): boolean {
  return text.includes("The specified bucket does not exist");
}

function gcsError(answer: StoreAnswer, bucket: string, what: string): LpError {
  let said = "";
  try {
    const fields = JSON.parse(answer.text) as { error?: { message?: unknown } };
    if (typeof fields.error?.message === "string") said = `: ${fields.error.message.slice(0, 300)}`;
  } catch {
    // no JSON: the status has to do
  }
  const error = (code: string, remedy: string, retryable = false) =>
    new LpError({
      code,
      message: `${what}: Google Cloud Storage answered ${answer.status}${said}; ${remedy}`,
      details: { status: answer.status, bucket },
      retryable,
    });
  if (answer.status === 404) {
    return error("object_store_bucket_missing", `create the bucket "${bucket}", or correct it in the store's URL`);
  }
  if (answer.status === 400 && said.includes("uniform bucket-level access")) {
    return error("object_acl_refused", "the bucket takes no access rules for single objects: make it public itself");
  }
  if (answer.status === 401 || answer.status === 403) {
    return error(
      "object_store_refused",
      `give the service account the role "Storage Object Admin" on the bucket "${bucket}"`,
    );
  }
  return error("object_store_failed", "see Google's status page", answer.status >= 500 || answer.status === 429);
}
