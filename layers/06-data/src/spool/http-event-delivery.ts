import { answerText, type Clock, LpError, type Net, utf8 } from "@livepeer-ts/kernel";
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
      const deadline = deps.clock.deadline(options.timeoutMs ?? 10_000, signal);
      try {
        const response = await deps.net.request({
          method: "POST",
          url: options.url,
          header: new Headers({
            authorization: `Bearer ${options.token}`,
            "content-type": "application/json",
          }),
          body: utf8(JSON.stringify({ source: options.source, events })),
          signal: deadline.signal,
        });
        const answer = await answerText(response, maxAnswerBytes);
        if (response.status !== 200) {
          throw new LpError({
            code: "event_delivery_refused",
            message: `the platform answered ${response.status} to a delivery of events: ${answer.slice(0, 200)}`,
            details: { status: response.status },
            retryable: true,
          });
        }
      } finally {
        deadline.clear();
      }
    },
  };
}
