import { answerText, type Clock, errorText, type Logger, LpError, type Net } from "@livepeer-ts/kernel";
import { basicAuthUrl } from "../http/basic-auth-url.ts";
import type { DirectoryEntry, OrchestratorDirectory } from "../ports/orchestrator-directory.ts";
import { orchestratorUri } from "./static-directory.ts";

export type WebhookDirectoryOptions = {
  /** `-orchWebhookUrl`; user and password in it become basic authentication. */
  readonly url: string;
  /** Sent along. Default: none. */
  readonly headers?: ReadonlyMap<string, string>;
  /** Ms for the whole exchange. Default 3000. */
  readonly timeoutMs?: number;
  /** Ms for which a list is good. Default 60000. */
  readonly keepMs?: number;
  /** Ms before the webhook is asked again after a failure. Default 5000. */
  readonly retryMs?: number;
};

export type WebhookDirectoryDeps = { readonly net: Net; readonly clock: Clock; readonly logger: Logger };

const maxAnswerBytes = 1024 * 1024;

/**
 * The orchestrators that a webhook lists: `[{"address":"https://host:port","score":1}]`. A webhook that fails costs nothing while
 * there is an earlier list; before the first one `list` rejects with `discovery_webhook`.
 */
export function webhookDirectory(options: WebhookDirectoryOptions, deps: WebhookDirectoryDeps): OrchestratorDirectory {
  const { timeoutMs = 3000, keepMs = 60_000, retryMs = 5000 } = options;
  const { net, clock, logger } = deps;
  const { url, header } = basicAuthUrl(options.url);
  for (const [name, value] of options.headers ?? []) header.set(name, value);
  let known: readonly DirectoryEntry[] | undefined;
  let askAgainAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    // not the first caller's signal: others wait for the same answer
    const deadline = clock.deadline(timeoutMs);
    try {
      const answer = await net.request({ method: "GET", url, header, signal: deadline.signal });
      const text = await answerText(answer, maxAnswerBytes);
      if (answer.status < 200 || answer.status > 299)
        throw new LpError({ code: "discovery_webhook", message: `it answered with status ${answer.status}` });
      known = readList(text, answer.header.get("content-type"), logger);
      askAgainAt = clock.mono() + keepMs;
    } catch (error) {
      askAgainAt = clock.mono() + retryMs;
      if (known === undefined) throw webhookError(error);
      logger.warn("the webhook with the orchestrators failed: its last list is used", { error: errorText(error) });
    } finally {
      deadline.clear();
    }
  };

  return {
    async list(signal) {
      signal.throwIfAborted();
      if (known === undefined || clock.mono() >= askAgainAt) {
        asking ??= ask().finally(() => {
          asking = undefined;
        });
        await asking;
      }
      return known ?? [];
    },
  };
}

function webhookError(cause: unknown): LpError {
  return new LpError({
    code: "discovery_webhook",
    message: `-orchWebhookUrl gave no list of orchestrators: ${errorText(cause)}`,
    retryable: true,
    cause,
  });
}

/** Entries that cannot be used are passed over; anything but a list is an error. */
function readList(text: string, type: string | null, logger: Logger): readonly DirectoryEntry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const kind = type === null ? "" : ` (${type.slice(0, 80)})`;
    throw new LpError({ code: "discovery_webhook", message: `its answer is not JSON${kind}`, cause });
  }
  if (!Array.isArray(parsed)) throw new LpError({ code: "discovery_webhook", message: "its answer is not a list" });
  const entries = new Map<string, DirectoryEntry>();
  for (const item of parsed as ({ address?: unknown; score?: unknown } | null)[]) {
    const address = item?.address;
    try {
      if (typeof address !== "string" || address === "") throw new Error("it has no address");
      const uri = orchestratorUri(address);
      const score = typeof item?.score === "number" ? item.score : 0;
      if (!entries.has(uri)) entries.set(uri, { uri, address: undefined, stakeWei: undefined, score });
    } catch (error) {
      logger.warn("an orchestrator of the webhook is passed over", {
        address: String(address),
        error: errorText(error),
      });
    }
  }
  return [...entries.values()];
}
