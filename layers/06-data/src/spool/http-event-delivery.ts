import { type Clock, LpError, type Net, postText } from "@livepeer-ts/kernel";
import type { EventDelivery } from "../ports/event-delivery.ts";

export type HttpEventDeliveryOptions = {
  /** The platform's `/internal/events`. */
  readonly url: string;
  /** Shared secret of the nodes and the platform. */
  readonly token: string;
  /** Who sends: a name for logs, for example `gateway-0x12…`. */
  readonly source: string;
  /** Time for one delivery, ms. Default 10,000. */
  readonly timeoutMs?: number;
};

const maxAnswerBytes = 64 * 1024;

/** Posts batches to the platform; an answer of 200 means that they are durable there. */
export function createHttpEventDelivery(
  options: HttpEventDeliveryOptions,
  deps: { readonly net: Net; readonly clock: Clock },
): EventDelivery {
  return {
    async deliver(events, signal) {
      const post = {
        url: options.url,
        header: new Headers({ authorization: `Bearer ${options.token}`, "content-type": "application/json" }),
        text: JSON.stringify({ source: options.source, events }),
        ...{ timeoutMs: options.timeoutMs ?? 10_000, maxAnswerBytes },
      };
      const { status, text } = await postText(post, deps, signal);
      if (status === 200) return;
      throw new LpError({
        code: "event_delivery_refused",
        message: `the platform answered ${status} to a delivery of events: ${text.slice(0, 200)}`,
        details: { status },
        retryable: true,
      });
    },
  };
}
