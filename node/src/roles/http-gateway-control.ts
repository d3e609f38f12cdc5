import type { Clock, Net } from "@livepeer-ts/kernel";
import { LpError, readBody } from "@livepeer-ts/kernel";
import type { GatewayAiNetwork, GatewayControl } from "@livepeer-ts/platform";

const timeoutMs = 5000;
/** Longest list of offers, bytes. */
const maxNetworkBytes = 8 * 1024 * 1024;

/** The gateway's internal API over HTTP. */
export function httpGatewayControl(
  options: { readonly gatewayUrl: string; readonly token: string },
  deps: { readonly net: Net; readonly clock: Clock },
): GatewayControl {
  return {
    async endStream(manifestId, signal) {
      const deadline = deps.clock.deadline(timeoutMs, signal);
      try {
        const answer = await deps.net.request({
          method: "POST",
          url: `${options.gatewayUrl}/internal/streams/${encodeURIComponent(manifestId)}/end`,
          header: new Headers({ authorization: `Bearer ${options.token}` }),
          signal: deadline.signal,
        });
        for await (const _chunk of answer.body); // read to the end, so that the connection can be used again
        if (answer.status !== 200) {
          throw new LpError({
            code: "gateway_refused",
            message: `the gateway answered ${answer.status} when a broadcast was to be ended: give platform and gateway the same token`,
            retryable: answer.status >= 500,
          });
        }
      } finally {
        deadline.clear();
      }
    },
    async aiNetwork(signal) {
      const answer = await deps.net.request({
        method: "GET",
        url: `${options.gatewayUrl}/internal/ai/network`,
        header: new Headers({ authorization: `Bearer ${options.token}` }),
        signal,
      });
      const body = await readBody(answer.body, maxNetworkBytes);
      if (answer.status !== 200) {
        throw new LpError({
          code: "gateway_refused",
          message: `the gateway answered ${answer.status} when it was asked for its models: give platform and gateway the same token`,
          retryable: answer.status >= 500,
        });
      }
      return JSON.parse(new TextDecoder().decode(body)) as GatewayAiNetwork;
    },
  };
}
