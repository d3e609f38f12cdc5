/** JSON-RPC to an Ethereum node. */
export interface ChainRpc {
  /**
   * Calls one method and resolves with its `result`.
   * Rejects with `rpc_unavailable` (nobody answered, retryable), `rpc_error` (the node refused; `details.rpcCode`, revert data in `details.data`).
   */
  call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown>;
}
