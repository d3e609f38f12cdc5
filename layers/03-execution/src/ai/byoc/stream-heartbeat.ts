import { type Clock, errorText, type Logger, LpError, type Net, postText, type Tasks } from "@livepeer-ts/kernel";
import type { ByocGatewayStreams } from "./gateway-streams.ts";

export type StreamHeartbeatOptions = {
  /** `-liveAIHeartbeatURL`. */
  readonly url: string;
  /** `-liveAIHeartbeatHeaders`. */
  readonly headers: ReadonlyMap<string, string>;
  /** Ms between two calls (`-liveAIHeartbeatInterval`). */
  readonly everyMs: number;
  /** Ms for one call. Default 5000. */
  readonly timeoutMs?: number;
};

export type StreamHeartbeatDeps = {
  readonly clock: Clock;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly streams: Pick<ByocGatewayStreams, "streams" | "get">;
};

const maxAnswerBytes = 1024 * 1024;

/** Tells a webhook again and again which streams run, and ends those that its answer names. */
export function startStreamHeartbeat(options: StreamHeartbeatOptions, deps: StreamHeartbeatDeps): void {
  const { clock, tasks, logger } = deps;
  clock.every(
    options.everyMs,
    async () => {
      try {
        await beat(options, deps);
      } catch (error) {
        tasks.signal.throwIfAborted();
        logger.warn("nobody could be told which streams run", { error: errorText(error) });
      }
    },
    tasks,
  );
}

async function beat(
  options: StreamHeartbeatOptions,
  { clock, net, tasks, streams }: StreamHeartbeatDeps,
): Promise<void> {
  const ids = streams.streams.map(({ plan }) => plan.id);
  if (ids.length === 0) return;
  const header = new Headers({ "content-type": "application/json" });
  for (const [name, value] of options.headers) header.set(name, value);
  const post = {
    ...{ url: options.url, header, text: JSON.stringify({ ids }) },
    ...{ timeoutMs: options.timeoutMs ?? 5000, maxAnswerBytes },
  };
  const { status, text } = await postText(post, { net, clock }, tasks.signal);
  if (status < 200 || status > 299)
    throw new LpError({ code: "heartbeat_refused", message: `the webhook answered with status ${status}` });
  const said = (text.trim() === "" ? {} : JSON.parse(text)) as { readonly terminatedStreamIds?: unknown } | null;
  const ended = said?.terminatedStreamIds;
  if (!Array.isArray(ended)) return;
  for (const id of ended) {
    if (typeof id !== "string") continue;
    await streams.get(id)?.stop("credit_exhaustion", "the webhook for running streams ended it");
  }
}
