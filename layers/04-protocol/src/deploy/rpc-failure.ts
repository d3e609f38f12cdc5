import { LpError } from "@livepeer-ts/kernel";
import { BaseError, HttpRequestError, TimeoutError } from "viem";

/**
 * What a failed JSON-RPC call means: `deploy_rpc_unreachable` (retryable) when nobody answered, `deploy_rpc_refused`
 * when the node did. Only the host of the URL is named, since the rest may hold a key.
 */
export function rpcFailure(cause: unknown, method: string, rpcUrl: string): LpError {
  const host = URL.canParse(rpcUrl) ? new URL(rpcUrl).host : rpcUrl;
  const unreachable =
    cause instanceof TimeoutError ||
    (cause instanceof HttpRequestError && (cause.status === undefined || cause.status >= 500));
  if (unreachable || !(cause instanceof BaseError)) {
    return new LpError({
      code: "deploy_rpc_unreachable",
      message: `no Ethereum node answers at ${host}: start it, or give another URL`,
      details: { host, method },
      retryable: true,
      cause,
    });
  }
  return new LpError({
    code: "deploy_rpc_refused",
    message: `the Ethereum node at ${host} refused ${method}: ${reasonOf(cause)}`,
    details: { host, method },
    retryable: cause instanceof HttpRequestError && cause.status === 429,
    cause,
  });
}

/** What the node said. */
export function reasonOf(cause: unknown): string {
  return cause instanceof BaseError ? cause.details || cause.shortMessage : String(cause);
}
