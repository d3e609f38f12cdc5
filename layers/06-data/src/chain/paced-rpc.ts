import type { Clock } from "@livepeer-ts/kernel";
import type { ChainRpc } from "@livepeer-ts/protocol";

/** The same RPC with at least `gapMs` between the starts of two requests. */
export function pacedRpc(rpc: ChainRpc, gapMs: number, clock: Clock): ChainRpc {
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    async call(method, params, signal) {
      const now = clock.mono();
      const at = Math.max(now, nextAt);
      nextAt = at + gapMs;
      if (at > now) await clock.sleep(at - now, signal);
      return rpc.call(method, params, signal);
    },
  };
}
