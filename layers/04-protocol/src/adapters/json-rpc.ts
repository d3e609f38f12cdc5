import {
  answerText,
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type Net,
  utf8,
} from "@livepeer-ts/kernel";
import type { ChainRpc } from "../ports/chain-rpc.ts";

export type JsonRpcOptions = {
  /** One or more `http(s)://` URLs of the same chain. */
  readonly urls: readonly string[];
  /** Deadline of one HTTP exchange, ms. Default 20000. */
  readonly timeoutMs?: number;
  /** Tries of a reading call over all URLs. Default 5. Sending a transaction is tried once per call. */
  readonly maxAttempts?: number;
  /** Wait before the second try, ms; doubles each time. Default 250. */
  readonly retryDelayMs?: number;
  /** Largest accepted answer, bytes. Default 33554432. */
  readonly maxAnswerBytes?: number;
};

export type JsonRpcDeps = {
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** How one URL did lately. */
export type RpcHealth = {
  /** Host and port; paths may hold keys and are never shown. */
  readonly host: string;
  /** 0 = every call failed, 1 = every call worked. */
  readonly score: number;
  /** Smoothed duration of the calls that worked, ms. */
  readonly latencyMs: number;
};

type Endpoint = { readonly url: string; readonly host: string; score: number; latencyMs: number };

/** Answers that say "not now" rather than "no": rate limits and overload. */
const busyCodes = new Set([-32005, -32097, -32098, 429]);
const busyTexts =
  /rate limit|too many requests|header not found|unsupported block number|missing trie node|timeout|EOF/i;
const writes = new Set(["eth_sendRawTransaction", "eth_sendTransaction"]);

/** `ChainRpc` over HTTP: the healthiest URL first, the next one when it fails, retries for reads only. */
export class JsonRpc implements ChainRpc {
  readonly #endpoints: Endpoint[];
  readonly #timeoutMs: number;
  readonly #maxAttempts: number;
  readonly #retryDelayMs: number;
  readonly #maxAnswerBytes: number;
  readonly #deps: JsonRpcDeps;
  #nextId = 1;

  constructor(options: JsonRpcOptions, deps: JsonRpcDeps) {
    if (options.urls.length === 0) {
      throw new LpError({
        code: "rpc_no_url",
        message: "no Ethereum node is configured: give at least one URL with -ethUrl",
      });
    }
    this.#endpoints = options.urls.map((url) => {
      if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
        throw new LpError({ code: "rpc_bad_url", message: "an Ethereum node URL must start with http:// or https://" });
      }
      return { url, host: new URL(url).host, score: 1, latencyMs: 0 };
    });
    this.#timeoutMs = options.timeoutMs ?? 20_000;
    this.#maxAttempts = options.maxAttempts ?? 5;
    this.#retryDelayMs = options.retryDelayMs ?? 250;
    this.#maxAnswerBytes = options.maxAnswerBytes ?? 32 * 1024 * 1024;
    this.#deps = deps;
  }

  /** Health of every URL, in configured order. */
  health(): readonly RpcHealth[] {
    return this.#endpoints.map(({ host, score, latencyMs }) => ({ host, score, latencyMs }));
  }

  async call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const attempts = writes.has(method) ? 1 : this.#maxAttempts;
    let last: unknown;
    let delayMs = this.#retryDelayMs;
    const asked = new Set<Endpoint>();
    for (let attempt = 0; attempt < attempts; attempt++) {
      signal.throwIfAborted();
      const endpoint = this.#pick(asked);
      try {
        return await this.#exchange(endpoint, method, params, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        last = error;
        if (!(error instanceof LpError) || !error.retryable) throw error;
      }
      // a different URL is asked at once; only when all have been asked do we wait
      if ((attempt + 1) % this.#endpoints.length === 0 && attempt + 1 < attempts) {
        await this.#deps.clock.sleep(delayMs, signal);
        delayMs *= 2;
      }
    }
    throw last;
  }

  /** The healthiest URL that this call has not asked in its present round. */
  #pick(asked: Set<Endpoint>): Endpoint {
    if (asked.size >= this.#endpoints.length) asked.clear();
    const left = this.#endpoints.filter((endpoint) => !asked.has(endpoint));
    const [best] = left.sort((a, b) => b.score - a.score || a.latencyMs - b.latencyMs);
    asked.add(best as Endpoint);
    return best as Endpoint;
  }

  async #exchange(
    endpoint: Endpoint,
    method: string,
    params: readonly unknown[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const { clock, metrics } = this.#deps;
    const started = clock.mono();
    const deadline = clock.deadline(this.#timeoutMs, signal);
    try {
      const answer = await this.#post(endpoint, method, params, deadline.signal);
      const tookMs = clock.mono() - started;
      endpoint.score = Math.min(1, endpoint.score * 0.8 + 0.2);
      endpoint.latencyMs = endpoint.latencyMs === 0 ? tookMs : endpoint.latencyMs * 0.8 + tookMs * 0.2;
      metrics.observe("livepeer_rpc_call_duration_seconds", tookMs / 1000, { method, host: endpoint.host });
      return answer;
    } catch (error) {
      if (signal.aborted) throw error;
      const failure = this.#classify(error, endpoint, method);
      if (failure.retryable) {
        endpoint.score *= 0.5;
        metrics.count("livepeer_rpc_errors_total", { method, host: endpoint.host });
        this.#deps.logger.debug("rpc call failed", { method, host: endpoint.host, error: failure.message });
      }
      throw failure;
    } finally {
      deadline.clear();
    }
  }

  async #post(endpoint: Endpoint, method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const id = this.#nextId++;
    const response = await this.#deps.net.request({
      method: "POST",
      url: endpoint.url,
      header: new Headers({ "content-type": "application/json", accept: "application/json" }),
      body: utf8(JSON.stringify({ jsonrpc: "2.0", id, method, params })),
      signal,
    });
    const text = await answerText(response, this.#maxAnswerBytes);
    let parsed: { result?: unknown; error?: { code?: unknown; message?: unknown; data?: unknown } };
    try {
      parsed = JSON.parse(text) as typeof parsed;
    } catch (cause) {
      throw new LpError({
        code: "rpc_unavailable",
        message: `the Ethereum node ${endpoint.host} answered HTTP ${response.status} without JSON`,
        retryable: true,
        cause,
      });
    }
    if (parsed.error !== undefined && parsed.error !== null) throw rpcError(parsed.error, method, endpoint.host);
    if (response.status !== 200 || !("result" in parsed)) {
      throw new LpError({
        code: "rpc_unavailable",
        message: `the Ethereum node ${endpoint.host} answered HTTP ${response.status} without a result`,
        retryable: true,
      });
    }
    return parsed.result;
  }

  #classify(error: unknown, endpoint: Endpoint, method: string): LpError {
    if (error instanceof LpError && (error.code === "rpc_error" || error.code === "rpc_unavailable")) return error;
    if (error instanceof LpError && error.code === "body_too_large") {
      return new LpError({
        code: "rpc_error",
        message: `the answer to ${method} is too large: ask for a smaller range`,
        cause: error,
      });
    }
    return new LpError({
      code: "rpc_unavailable",
      message: `the Ethereum node ${endpoint.host} could not be asked for ${method}: ${errorText(error)}`,
      details: { host: endpoint.host, method },
      retryable: true,
      cause: error,
    });
  }
}

function rpcError(error: { code?: unknown; message?: unknown; data?: unknown }, method: string, host: string): LpError {
  const rpcCode = typeof error.code === "number" ? error.code : 0;
  const rpcMessage = typeof error.message === "string" ? error.message : JSON.stringify(error);
  const nested =
    typeof error.data === "object" && error.data !== null ? (error.data as { data?: unknown }).data : error.data;
  const data = typeof nested === "string" ? nested : undefined;
  return new LpError({
    code: "rpc_error",
    message: `${method}: ${rpcMessage}`,
    details: { rpcCode, rpcMessage, data, host },
    // a revert is an answer, even when its text happens to hold one of these words
    retryable: rpcCode !== 3 && (busyCodes.has(rpcCode) || (!/revert/i.test(rpcMessage) && busyTexts.test(rpcMessage))),
  });
}
