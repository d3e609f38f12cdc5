import {
  type Clock,
  errorText,
  type Logger,
  LpError,
  type MessageSocket,
  type MessageSocketDialer,
  type Random,
  type Tasks,
} from "@livepeer-ts/kernel";
import type { TrickleChannel, TrickleStore } from "@livepeer-ts/media";
import { jsonPart } from "../byoc/job-header.ts";
import { shortId } from "../runner/runner-call.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { type ServerlessEnd, serverlessWire } from "./serverless-wire.ts";

export type ServerlessSessionOptions = {
  /** WebSocket of the runner; may hold a key. */
  readonly url: string;
  /** `FAL_API_KEY`; undefined: none is sent. */
  readonly apiKey: string | undefined;
  /** Ms for the whole handshake. Default 60000. */
  readonly handshakeMs: number;
  /** Ms between two pings. Default 10000. */
  readonly pingMs: number;
  /** Pings without an answer; then the runner is gone. Default 3. */
  readonly maxMissedPongs: number;
  /** Ms of a session (`LIVE_AI_SERVERLESS_TIMEOUT`). Default one hour. */
  readonly limitMs: number;
  /** Ms that a runner has after it was told of that (`LIVE_AI_SERVERLESS_TIMEOUT_GRACE_PERIOD`). Default 5000. */
  readonly graceMs: number;
  /** Media channels that a runner may make for one job. Default 64. */
  readonly maxChannels: number;
};

export const defaultServerlessSessionOptions: Omit<ServerlessSessionOptions, "url" | "apiKey"> = {
  handshakeMs: 60_000,
  pingMs: 10_000,
  maxMissedPongs: 3,
  limitMs: 3_600_000,
  graceMs: 5000,
  maxChannels: 64,
};

/** One job, with its control and events channels open. */
export type ServerlessJob = {
  readonly manifestId: string;
  /** JSON object that the runner begins with. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly events: TrickleChannel;
};

export type ServerlessSessionDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly sockets: MessageSocketDialer;
  readonly trickle: TrickleStore;
  /** Base URL of this node, as the runner reaches it. */
  readonly serviceUri: string;
};

type Message = Readonly<Record<string, unknown>>;

const minuteMs = 60_000;
const { text: texts } = serverlessWire;

/** A job at a serverless runner: one WebSocket, from the handshake to its end. */
export class ServerlessSession {
  readonly job: ServerlessJob;
  readonly #socket: MessageSocket;
  readonly #messages: AsyncIterator<string>;
  readonly #options: ServerlessSessionOptions;
  readonly #deps: ServerlessSessionDeps;
  readonly #over = Promise.withResolvers<void>();
  readonly #media = new Set<TrickleChannel>();
  #channelCount = 0;
  #readyAt: number[] = [];
  #missed = 0;
  #pinged: string | undefined;
  #end: ServerlessEnd | undefined;

  /** Dials and begins the job. Rejects with an `AiRefusal`: 400, 401 or 500, by what the runner says. */
  static async open(
    job: ServerlessJob,
    options: ServerlessSessionOptions,
    deps: ServerlessSessionDeps,
    signal: AbortSignal,
  ): Promise<ServerlessSession> {
    const deadline = deps.clock.deadline(options.handshakeMs, signal);
    let socket: MessageSocket | undefined;
    const stop = () => socket?.close();
    try {
      socket = await deps.sockets.dial(options.url, headersOf(job, options.apiKey), deadline.signal);
      deadline.signal.addEventListener("abort", stop, { once: true });
      const session = new ServerlessSession(job, socket, options, deps);
      await session.#begin();
      return session;
    } catch (error) {
      stop();
      signal.throwIfAborted();
      if (error instanceof AiRefusal) throw error;
      const late = deadline.signal.aborted
        ? `it did not begin within ${options.handshakeMs / 1000} s`
        : errorText(error);
      throw new AiRefusal(500, "serverless_failed", `the serverless runner failed: ${late}`, error);
    } finally {
      deadline.signal.removeEventListener("abort", stop);
      deadline.clear();
    }
  }

  private constructor(
    job: ServerlessJob,
    socket: MessageSocket,
    options: ServerlessSessionOptions,
    deps: ServerlessSessionDeps,
  ) {
    this.job = job;
    this.#socket = socket;
    this.#messages = socket.messages[Symbol.asyncIterator]();
    this.#options = options;
    this.#deps = deps;
  }

  /** Serves the runner until something ends the job; resolves with what that was. */
  async run(): Promise<ServerlessEnd> {
    const { clock, logger } = this.#deps;
    const tasks = this.#deps.tasks.child("serverless session");
    tasks.signal.addEventListener("abort", () => this.stop("node_stopping"), { once: true });
    tasks.spawn("ping", (signal) => this.#ping(signal));
    tasks.spawn("limit", async (signal) => {
      await clock.sleep(this.#options.limitMs, signal);
      this.#say({ type: "closing", message: texts.closing });
      await clock.sleep(this.#options.graceMs, signal);
      this.stop("session_limit");
    });
    tasks.spawn("messages", async () => {
      try {
        for (let next = await this.#messages.next(); next.done !== true; next = await this.#messages.next()) {
          if (this.#end !== undefined) return;
          this.#take(jsonPart(next.value));
        }
        this.stop("runner_gone");
      } catch (error) {
        logger.info("a serverless runner's connection broke", { error: errorText(error) });
        this.stop("runner_failed");
      }
    });
    await this.#over.promise;
    if (this.#end === "node_stopping") this.#say({ type: "closing", message: texts.stopping });
    this.#socket.close();
    for (const channel of this.#media) channel.close();
    await tasks.stop();
    return this.#end as ServerlessEnd;
  }

  /** Ends it; the first reason counts. */
  stop(reason: ServerlessEnd): void {
    this.#end ??= reason;
    this.#over.resolve();
  }

  /** `ready`, the request, `started`. Throws refusals. */
  async #begin(): Promise<void> {
    const ready = await this.#next();
    if (ready["type"] !== "ready") throw refusalOf(ready);
    this.#readyAt.push(this.#deps.clock.mono());
    this.#say(this.job.request);
    const started = await this.#next();
    if (started["type"] !== "started") throw refusalOf(started);
  }

  async #next(): Promise<Message> {
    const next = await this.#messages.next();
    if (next.done === true) throw new LpError({ code: "runner_gone", message: "it closed the connection" });
    return jsonPart(next.value);
  }

  async #ping(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    for (;;) {
      await clock.sleep(this.#options.pingMs, signal);
      if (this.#pinged !== undefined && ++this.#missed >= this.#options.maxMissedPongs) {
        this.stop("no_pong");
        return;
      }
      this.#pinged = shortId(random);
      this.#say({ type: "ping", request_id: this.#pinged, timestamp: clock.now() });
    }
  }

  #take(message: Message): void {
    const { request_id: id } = message;
    switch (message["type"]) {
      case "pong":
        this.#pinged = undefined;
        this.#missed = 0;
        break;
      case "ready":
        this.#beginAgain();
        break;
      case "started":
        break;
      case "restarting":
        this.#say({ type: "response", request_id: id });
        break;
      case "create_channels":
        this.#say({ type: "response", request_id: id, ...this.#createChannels(message) });
        break;
      case "close_channels":
        this.#closeChannels(message["channels"]);
        break;
      case "error":
        this.#deps.logger.info("a serverless runner failed", {
          manifest: this.job.manifestId,
          error: wordsOf(message),
        });
        this.stop("runner_failed");
        break;
      default:
        this.#deps.logger.debug("a serverless runner said something unknown", { type: String(message["type"]) });
    }
  }

  /** The runner has restarted: its media channels are of no use any more. */
  #beginAgain(): void {
    const now = this.#deps.clock.mono();
    this.#readyAt = [...this.#readyAt.filter((at) => now - at < minuteMs), now];
    if (this.#readyAt.length > serverlessWire.maxReadyPerMinute) {
      this.stop("too_many_restarts");
      return;
    }
    for (const channel of this.#media) channel.close();
    this.#media.clear();
    this.#say(this.job.request);
  }

  /** What the answer to such a message holds. */
  #createChannels({ mime_type: type, direction }: Message): object {
    const refused = (error: string) => ({ channels: [], error });
    if (direction !== "in" && direction !== "out" && direction !== "bidirectional")
      return refused("direction must be in, out or bidirectional");
    const wanted = direction === "bidirectional" ? (["in", "out"] as const) : ([direction] as const);
    const open = [...this.#media].filter((channel) => !channel.isClosed).length;
    if (open + wanted.length > this.#options.maxChannels)
      return refused(`a job has at most ${this.#options.maxChannels} channels`);
    const mimeType = typeof type === "string" && type.length <= 128 ? type : "application/octet-stream";
    const number = this.#channelCount++;
    const { trickle, serviceUri } = this.#deps;
    try {
      const channels = wanted.map((way) => {
        const channel = trickle.create({ name: `${this.job.manifestId}-${number}-${way}`, mimeType });
        this.#media.add(channel);
        return { url: `${serviceUri}${trickle.options.basePath}${channel.name}`, direction: way, mime_type: mimeType };
      });
      return { channels };
    } catch (error) {
      return refused(errorText(error));
    }
  }

  /** Names or URLs; of its own channels only. */
  #closeChannels(listed: unknown): void {
    if (!Array.isArray(listed)) return;
    const named = listed.map((one: unknown) => {
      const text = typeof one === "string" ? one : String((one as { url?: unknown } | null)?.url ?? "");
      return text.slice(text.lastIndexOf("/") + 1);
    });
    for (const channel of this.#media) {
      if (!named.includes(channel.name)) continue;
      channel.close();
      this.#media.delete(channel);
    }
  }

  #say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}

function headersOf({ manifestId, request }: ServerlessJob, apiKey: string | undefined): Record<string, string> {
  const parameters = request["params"];
  const named = (parameters as Readonly<Record<string, unknown>> | undefined)?.[serverlessWire.userParameter];
  const user = typeof named === "string" && /^[\x21-\x7e]{1,128}$/.test(named) ? named : serverlessWire.defaultUser;
  return {
    ...(apiKey === undefined ? {} : { authorization: `Key ${apiKey}` }),
    [serverlessWire.header.manifestId]: manifestId,
    [serverlessWire.header.userId]: user,
  };
}

/** What a runner refuses with, as a status: its own of 400 and 401, whether it is a number or a name. */
function refusalOf(message: Message): AiRefusal {
  if (message["type"] !== "error")
    return new AiRefusal(500, "serverless_failed", "the serverless runner said something else than it should");
  const code = String(message["code"] ?? "").toLowerCase();
  const status =
    code === "401" || code.includes("unauthorized") || code.includes("auth")
      ? 401
      : code === "400" || code.includes("bad_request") || code.includes("invalid")
        ? 400
        : 500;
  return new AiRefusal(status, "serverless_refused", wordsOf(message));
}

function wordsOf({ error, message }: Message): string {
  const said = [error, message].find((one) => typeof one === "string" && one !== "");
  return typeof said === "string" ? said.slice(0, 500) : "the serverless runner refused the job";
}
