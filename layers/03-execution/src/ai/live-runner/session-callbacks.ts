import { errorText, type HttpRequest, type HttpResponse, LpError, sameSecret } from "@livepeer-ts/kernel";
import type { TrickleStore } from "@livepeer-ts/media";
import { liveRunnerWire } from "./live-runner-wire.ts";
import { jsonObject, requestText } from "./read-json.ts";
import { isHttpUrl } from "./runner-record.ts";
import { emptyAnswer, jsonAnswer, RunnerCallRefusal } from "./runner-refusal.ts";
import type { RunnerRegistry } from "./runner-registry.ts";
import type { RunnerSession } from "./runner-session.ts";

export type SessionCallbacksDeps = { readonly registry: RunnerRegistry; readonly trickle: TrickleStore };

const { text, header } = liveRunnerWire;
/** Channels of one call. */
const maxPerCall = 25;

/** What a runner may do for one of its sessions: `channels`, `proxy`, `stop`. Throws refusals. */
export async function serveCallback(
  request: HttpRequest,
  session: RunnerSession,
  action: string,
  deps: SessionCallbacksDeps,
): Promise<HttpResponse> {
  if (!sameSecret(request.header.get(header.sessionToken) ?? "", session.token))
    throw new RunnerCallRefusal(401, text.badAuthorization);
  if (action === "stop") {
    deps.registry.release(session, "stopped_by_runner");
    return emptyAnswer(204);
  }
  const fields = jsonObject(await requestText(request), action === "proxy");
  if (action === "proxy") return addProxy(session, fields, deps);
  const channels = fields["channels"];
  if (!Array.isArray(channels) || channels.length === 0) throw new RunnerCallRefusal(400, text.noChannels);
  if (channels.length > maxPerCall) throw new RunnerCallRefusal(400, text.manyChannels);
  return request.method === "DELETE" ? deleteChannels(session, channels) : addChannels(session, channels, deps);
}

function addProxy(
  session: RunnerSession,
  fields: Readonly<Record<string, unknown>>,
  { registry }: SessionCallbacksDeps,
): HttpResponse {
  const { runnerUrl } = session.runner.record;
  const wanted = fields["target_url"] ?? "";
  if (typeof wanted !== "string") throw new RunnerCallRefusal(400, text.relativeTarget);
  if (wanted !== "") {
    if (!isHttpUrl(wanted)) throw new RunnerCallRefusal(400, text.relativeTarget);
    if (new URL(wanted).hostname !== new URL(runnerUrl).hostname) throw new RunnerCallRefusal(400, text.otherHost);
  }
  const { id, url } = registry.addProxy(session, wanted === "" ? runnerUrl : wanted);
  return jsonAnswer({ proxy_id: id, url });
}

function addChannels(
  session: RunnerSession,
  wanted: readonly unknown[],
  { registry, trickle }: SessionCallbacksDeps,
): HttpResponse {
  const read = wanted.map((entry) => {
    const { name, mime_type, policy } = (entry ?? {}) as Record<string, unknown>;
    const mimeType = typeof mime_type === "string" && mime_type !== "" ? mime_type : "application/octet-stream";
    return { name: channelName(name), mimeType, isLossless: policy === "lossless" };
  });
  const fresh = new Set(read.map(({ name }) => name).filter((name) => !session.channels.has(name)));
  if (session.channels.size + fresh.size > registry.options.maxPerSession)
    throw new RunnerCallRefusal(400, `a session has at most ${registry.options.maxPerSession} channels`);
  const { serviceUri, runnerUri } = registry.options;
  const { basePath } = trickle.options;
  const channels = read.map(({ name, mimeType, isLossless }) => {
    const channelName = `${session.id}-${name}`;
    const known = session.channels.get(name);
    const channel = known?.isClosed === false ? known : create(channelName, mimeType, isLossless);
    session.channels.set(name, channel);
    return {
      name,
      channel_name: channelName,
      url: `${serviceUri}${basePath}${channelName}`,
      internal_url: `${runnerUri}${basePath}${channelName}`,
      mime_type: channel.mimeType,
      ...(channel.policy === "lossless" ? { policy: channel.policy } : {}),
    };
  });
  return jsonAnswer({ channels });

  function create(name: string, mimeType: string, isLossless: boolean) {
    try {
      return trickle.create({ name, mimeType, policy: isLossless ? "lossless" : "live-edge" });
    } catch (error) {
      if (!(error instanceof LpError)) throw error;
      throw new RunnerCallRefusal(error.retryable ? 503 : 400, errorText(error));
    }
  }
}

function deleteChannels(session: RunnerSession, wanted: readonly unknown[]): HttpResponse {
  const names = wanted.map((name) => channelName(name));
  if (names.some((name) => !session.channels.has(name))) throw new RunnerCallRefusal(404, text.noChannel);
  for (const name of names) {
    session.channels.get(name)?.close();
    session.channels.delete(name);
  }
  return jsonAnswer({ deleted: names });
}

function channelName(value: unknown): string {
  const name = typeof value === "string" ? value.replaceAll("/", "-") : "";
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(name)) throw new RunnerCallRefusal(400, text.badChannel);
  return name;
}
