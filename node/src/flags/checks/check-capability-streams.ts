import { defaultByocGatewayStreamsOptions } from "@livepeer-ts/execution";
import type { FlagValues } from "../go-flags.ts";
import { parseHeaderList } from "../header-list.ts";
import type { GatewayConfig } from "../node-config.ts";
import type { Problems } from "./problems.ts";

/** Streams of external capabilities on a gateway: who may start them, who is told of them, how long a worker may be silent. */
export function checkCapabilityStreams(flags: FlagValues, problems: Problems): GatewayConfig["capabilityStreams"] {
  const webhook = problems.httpUrl("liveAIAuthWebhookUrl");
  const apiKey = flags.get("liveAIAuthApiKey");
  if (webhook === undefined && apiKey !== "")
    problems.warn("-liveAIAuthApiKey does nothing without -liveAIAuthWebhookUrl");
  const heartbeat = problems.httpUrl("liveAIHeartbeatURL");
  const headers =
    problems.read("liveAIHeartbeatHeaders", () =>
      parseHeaderList(flags.get("liveAIHeartbeatHeaders"), "liveAIHeartbeatHeaders"),
    ) ?? new Map<string, string>();
  if (heartbeat === undefined && headers.size > 0)
    problems.warn("-liveAIHeartbeatHeaders does nothing without -liveAIHeartbeatURL");
  const outMs = problems.ms("liveOutSegmentTimeout");
  return {
    webhook: webhook === undefined ? undefined : { url: webhook, apiKey },
    heartbeat:
      heartbeat === undefined
        ? undefined
        : { url: heartbeat, headers, everyMs: problems.ms("liveAIHeartbeatInterval", true) },
    outMs: outMs === 0 ? defaultByocGatewayStreamsOptions.seat.outMs : outMs,
  };
}
