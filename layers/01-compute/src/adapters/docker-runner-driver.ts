import { type Clock, errorText, type Logger, LpError, type Random, type TaskOwner, toHex } from "@livepeer-ts/kernel";
import {
  containerBody,
  containerCreator,
  containerLabels,
  containerName,
  hostPort,
} from "../runners/docker-container.ts";
import type { RunnerDriver, RunningRunner } from "../runners/runner-driver.ts";
import { runnerEnvironment } from "../runners/runner-environment.ts";
import { type ImageOverrides, runnerImage } from "../runners/runner-images.ts";
import type { DeviceSlot, RunnerSpec } from "../runners/runner-spec.ts";
import { watchedRunner } from "../runners/watched-runner.ts";
import { type JsonAnswer, JsonApi, type JsonApiPlace, type JsonAsk } from "./json-api.ts";

export type DockerRunnerDriverOptions = {
  readonly place: JsonApiPlace;
  readonly images: ImageOverrides;
  /** Folder of this machine that containers see as `/models`. */
  readonly modelsDir: string;
  /** Stays the same over the node's restarts, and is no other node's. */
  readonly creatorId: string;
  readonly isVerbose: boolean;
  /** Fetch images that are missing; without it a start says what to type. */
  readonly pullsImages: boolean;
};

export type DockerRunnerDriverDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: TaskOwner;
  readonly logger: Logger;
};

type Listed = { readonly id: string; readonly creatorId: string | undefined };

/** SIGTERM until SIGKILL. */
const stopSec = 8;
const removeMs = 30_000;
/** Fetching one image. */
const pullMs = 3_600_000;
/** One question whether a container has ended; then it is asked again. */
const waitMs = 600_000;
const retryMs = 1000;
/** Lines of a container's log that are told with the reason of its end. */
const toldLines = 20;

/** Runners as containers of a Docker Engine, over its HTTP API. */
export class DockerRunnerDriver implements RunnerDriver {
  readonly kind = "docker";
  readonly #options: DockerRunnerDriverOptions;
  readonly #deps: DockerRunnerDriverDeps;
  readonly #api: JsonApi;

  constructor(options: DockerRunnerDriverOptions, deps: DockerRunnerDriverDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#api = new JsonApi(options.place, deps.clock);
  }

  async start(spec: RunnerSpec, slot: DeviceSlot, signal: AbortSignal): Promise<RunningRunner> {
    const { images, modelsDir, creatorId, isVerbose } = this.#options;
    const image = runnerImage(spec, images);
    const port = hostPort(spec, slot);
    await this.#needImage(image, signal, false);
    const token = toHex(this.#deps.random.bytes(32)).slice(2);
    const environment = runnerEnvironment(spec, token, isVerbose);
    const name = containerName(spec, port);
    const body = containerBody({ image, environment, slot, port, modelsDir, creatorId });
    const path = `/containers/create?name=${encodeURIComponent(name)}`;
    const created = await this.#ask(`container ${name} was not created`, { method: "POST", path, body, signal }, [201]);
    const id = textOf(created.value, "Id");
    try {
      await this.#ask(
        `container ${name} was not started`,
        { method: "POST", path: `/containers/${id}/start`, signal },
        [204, 304],
      );
    } catch (error) {
      await this.#remove(id).catch(() => undefined);
      throw error;
    }
    return this.#running(id, `http://127.0.0.1:${port}`, token);
  }

  async prepare(spec: RunnerSpec, signal: AbortSignal): Promise<void> {
    await this.#needImage(runnerImage(spec, this.#options.images), signal, this.#options.pullsImages);
  }

  async removeOrphans(signal: AbortSignal): Promise<number> {
    const filters = JSON.stringify({ label: [`${containerLabels.creator}=${containerCreator}`] });
    const path = `/containers/json?all=1&filters=${encodeURIComponent(filters)}`;
    const { value } = await this.#ask("containers were not listed", { method: "GET", path, signal }, [200]);
    // go-livepeer's older containers say nobody's id
    const own = listed(value).filter(
      ({ creatorId }) => creatorId === undefined || creatorId === this.#options.creatorId,
    );
    await Promise.all(own.map(({ id }) => this.#remove(id)));
    return own.length;
  }

  #running(id: string, url: string, token: string): RunningRunner {
    const untilEnded = (signal: AbortSignal) => this.#untilEnded(id, signal);
    const remove = () => this.#remove(id);
    return watchedRunner({ url, token, what: "the container", untilEnded, remove }, this.#deps.tasks);
  }

  /** Resolves with the reason when the container is not running and the Engine does not start it again. */
  async #untilEnded(id: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      try {
        // an Engine that restarts a container answers as well
        await this.#api.ask({ method: "POST", path: `/containers/${id}/wait`, timeoutMs: waitMs, signal });
        const { status, value } = await this.#api.ask({ method: "GET", path: `/containers/${id}/json`, signal });
        if (status === 404) return "its container is gone";
        const state = fieldsOf(fieldsOf(value)["State"]);
        if (status === 200 && state["Running"] !== true && state["Restarting"] !== true) {
          return `its container has ended with code ${String(state["ExitCode"])}${await this.#lastLines(id, signal)}`;
        }
      } catch (error) {
        if (signal.aborted) throw error;
        this.#deps.logger.debug("the container engine was asked in vain", { error: errorText(error) });
      }
      await this.#deps.clock.sleep(retryMs, signal);
    }
  }

  async #lastLines(id: string, signal: AbortSignal): Promise<string> {
    const path = `/containers/${id}/logs?stdout=1&stderr=1&tail=${toldLines}`;
    const answer = await this.#api.ask({ method: "GET", path, signal }).catch(() => undefined);
    if (answer === undefined || answer.status !== 200) return "";
    const text = logText(answer.bytes).trim();
    return text === "" ? "" : `: ${text}`;
  }

  async #needImage(image: string, signal: AbortSignal, isPulled: boolean): Promise<void> {
    const { status } = await this.#api
      .ask({ method: "GET", path: `/images/${image}/json`, signal })
      .catch((error: unknown) => {
        throw signal.aborted ? error : notStarted(`the container engine cannot be used (${errorText(error)})`, error);
      });
    if (status === 200) return;
    if (!isPulled)
      throw notStarted(
        `the image ${image} is not on this machine: run docker pull ${image}, or start the node with -aiPullImages`,
      );
    this.#deps.logger.info("an image is fetched, which may take long", { image });
    const path = `/images/create?fromImage=${encodeURIComponent(withTag(image))}`;
    const pulled = await this.#ask(
      `${image} was not fetched`,
      { method: "POST", path, timeoutMs: pullMs, signal },
      [200],
    );
    // the Engine says 200 first and tells of failures at the end
    const last = new TextDecoder().decode(pulled.bytes).trim().split("\n").at(-1) ?? "";
    const problem = /"error"\s*:\s*"([^"]*)"/.exec(last)?.[1];
    if (problem !== undefined) throw notStarted(`the image ${image} was not fetched: ${problem}`);
  }

  /** SIGTERM, SIGKILL, and away with it. A container that is gone already is fine. */
  async #remove(id: string): Promise<void> {
    const signal = new AbortController().signal;
    const timeoutMs = removeMs + stopSec * 1000;
    await this.#ask(
      "a container was not stopped",
      { method: "POST", path: `/containers/${id}/stop?t=${stopSec}`, timeoutMs, signal },
      [204, 304, 404],
    );
    await this.#ask(
      "a container was not removed",
      { method: "DELETE", path: `/containers/${id}?force=1`, timeoutMs: removeMs, signal },
      [204, 404, 409],
    );
  }

  /** The answer if it has one of the statuses, else `runner_not_started` with the Engine's own words. */
  async #ask(what: string, ask: JsonAsk, expected: readonly number[]): Promise<JsonAnswer> {
    let answer: JsonAnswer;
    try {
      answer = await this.#api.ask(ask);
    } catch (error) {
      throw ask.signal.aborted ? error : notStarted(`${what} (${errorText(error)})`, error);
    }
    if (expected.includes(answer.status)) return answer;
    throw notStarted(
      `${what}: the container engine answers ${answer.status} ${textOf(answer.value, "message")}`.trim(),
    );
  }
}

function notStarted(message: string, cause?: unknown): LpError {
  return new LpError({
    code: "runner_not_started",
    message,
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown, field: string): string {
  const text = fieldsOf(value)[field];
  return typeof text === "string" ? text : "";
}

function listed(value: unknown): readonly Listed[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown) => {
    const creatorId = fieldsOf(fieldsOf(entry)["Labels"])[containerLabels.creatorId];
    return { id: textOf(entry, "Id"), creatorId: typeof creatorId === "string" ? creatorId : undefined };
  });
}

/** The lines of a log in which each piece of output has a head of eight bytes: stream, three zeros, length. */
function logText(bytes: Uint8Array): string {
  const isFramed = bytes.length >= 8 && (bytes[0] as number) <= 2 && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0;
  const decoder = new TextDecoder();
  if (!isFramed) return decoder.decode(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4);
    text += decoder.decode(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return text;
}
