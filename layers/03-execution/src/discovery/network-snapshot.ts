import {
  answerText,
  bodyOf,
  type Clock,
  compareRational,
  errorText,
  type HttpRoute,
  type Logger,
  LpError,
  type Net,
  parseRational,
  type Rational,
  utf8,
} from "@livepeer-ts/kernel";
import { capabilityToPipeline } from "../capabilities/pipeline-capability.ts";
import type { OrchestratorDirectory } from "../ports/orchestrator-directory.ts";
import type { Capabilities } from "../wire/net_pb.gen.ts";
import type { OrchestratorClient } from "./orchestrator-client.ts";

export type NetworkSnapshotOptions = {
  /** Ms for which a snapshot is good. Default 1500000. */
  readonly keepMs?: number;
  /** Ms for one orchestrator's answer. Default 2000. */
  readonly answerMs?: number;
  /** Orchestrators in a snapshot. Default 1000. */
  readonly maxOrchestrators?: number;
  /** Orchestrators asked at one time. Default 20. */
  readonly concurrency?: number;
  /** Runners that ask for more, wei per unit, are left out; undefined: any. */
  readonly maxPrice?: () => Rational | undefined;
};

export type NetworkSnapshotDeps = {
  readonly directory: OrchestratorDirectory;
  readonly client: Pick<OrchestratorClient, "getInfo">;
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
};

type Runner = Readonly<Record<string, unknown>> & { readonly url: string; readonly app: string };

/** An orchestrator as gateways of a remote signer see it. */
export type ListedOrchestrator = {
  /** Base URL. */
  readonly address: string;
  readonly score: number;
  /** `pipeline/model`, and the apps of its runners. */
  readonly capabilities: readonly string[];
  /** As its `/discovery` lists them. */
  readonly runners: readonly Runner[];
};

const maxRunnersBytes = 1024 * 1024;
const maxMetadataBytes = 1024;
const runnerUnits: ReadonlySet<unknown> = new Set(["seconds", "720p-pixel-seconds", "fixed"]);

/** Who is there and what they can do, asked once in a while. */
export class NetworkSnapshot {
  readonly #options: Required<NetworkSnapshotOptions>;
  readonly #deps: NetworkSnapshotDeps;
  #known: readonly ListedOrchestrator[] = [];
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(options: NetworkSnapshotOptions, deps: NetworkSnapshotDeps) {
    this.#options = {
      keepMs: options.keepMs ?? 1_500_000,
      answerMs: options.answerMs ?? 2000,
      maxOrchestrators: options.maxOrchestrators ?? 1000,
      concurrency: options.concurrency ?? 20,
      maxPrice: options.maxPrice ?? (() => undefined),
    };
    this.#deps = deps;
  }

  /** The orchestrators; an empty list is asked for again each time. Rejects with the directory's error when there is no list yet. */
  async list(): Promise<readonly ListedOrchestrator[]> {
    if (this.#known.length === 0 || this.#deps.clock.mono() - this.#askedAt >= this.#options.keepMs) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      try {
        await this.#asking;
      } catch (error) {
        if (this.#known.length === 0) throw error;
        this.#deps.logger.warn("the network could not be looked at: the last list is used", {
          error: errorText(error),
        });
      }
    }
    return this.#known;
  }

  async #ask(): Promise<void> {
    const { directory, clock } = this.#deps;
    const { answerMs, maxOrchestrators, concurrency } = this.#options;
    const deadline = clock.deadline(answerMs * 4);
    try {
      const entries = (await directory.list(deadline.signal)).slice(0, maxOrchestrators);
      const found = new Map<string, ListedOrchestrator>();
      const queue = [...entries];
      const work = async () => {
        for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
          const address = entry.uri.replace(/\/+$/, "");
          const listed = await this.#look(address, entry.score);
          const known = found.get(address);
          if (listed !== undefined) found.set(address, known === undefined ? listed : merged(known, listed));
        }
      };
      await Promise.all(Array.from({ length: Math.min(concurrency, entries.length) }, work));
      this.#known = [...found.values()];
      this.#askedAt = clock.mono();
    } finally {
      deadline.clear();
    }
  }

  async #look(address: string, score: number): Promise<ListedOrchestrator | undefined> {
    const { client, clock, logger } = this.#deps;
    const { answerMs } = this.#options;
    const deadline = clock.deadline(answerMs);
    try {
      const info = await client.getInfo(address, undefined, {
        ignoreCapacityCheck: true,
        timeoutMs: answerMs,
        signal: deadline.signal,
      });
      const runners = await this.#runners(address, deadline.signal);
      const apps = runners.map(({ app }) => app);
      const capabilities = [...new Set([...modelsOf(info.capabilities), ...apps])];
      return { address, score, capabilities, runners };
    } catch (error) {
      logger.debug("an orchestrator is not in the snapshot", { address, error: errorText(error) });
      return undefined;
    } finally {
      deadline.clear();
    }
  }

  /** Its live runners; none where it has no such page. */
  async #runners(address: string, signal: AbortSignal): Promise<readonly Runner[]> {
    try {
      const answer = await this.#deps.net.request({
        method: "GET",
        url: `${address}/discovery`,
        header: new Headers(),
        signal,
      });
      const text = await answerText(answer, maxRunnersBytes);
      if (answer.status !== 200) return [];
      const list: unknown = JSON.parse(text);
      const runners = Array.isArray(list) ? list.filter((runner) => this.#isUsable(runner)) : [];
      return [...new Map((runners as Runner[]).reverse().map((runner) => [runner.url, runner])).values()].reverse();
    } catch {
      return [];
    }
  }

  #isUsable(runner: unknown): runner is Runner {
    const { url, app, metadata, price_info: priceInfo } = (runner ?? {}) as Record<string, unknown>;
    if (typeof url !== "string" || url === "" || typeof app !== "string" || app === "") return false;
    if (metadata !== undefined && JSON.stringify(metadata).length > maxMetadataBytes) return false;
    const { price, currency, unit } = (priceInfo ?? {}) as Record<string, unknown>;
    if (currency !== "wei" || !runnerUnits.has(unit)) return false;
    const amount = /^\d{1,40}(\.\d{1,40})?$/.test(String(price)) ? parseRational(String(price)) : undefined;
    if (amount === undefined || amount.num <= 0n) return false;
    const most = this.#options.maxPrice();
    return most === undefined || compareRational(amount, most) <= 0;
  }
}

function merged(a: ListedOrchestrator, b: ListedOrchestrator): ListedOrchestrator {
  const runners = new Map([...b.runners, ...a.runners].map((runner) => [runner.url, runner]));
  return {
    ...a,
    capabilities: [...new Set([...a.capabilities, ...b.capabilities])],
    runners: [...runners.values()],
  };
}

/** `pipeline/model` of every model that an orchestrator announces. */
function modelsOf(capabilities: Capabilities | undefined): string[] {
  return Object.entries(capabilities?.constraints?.PerCapability ?? {}).flatMap(([number, { models }]) => {
    const pipeline = capabilityToPipeline(Number(number));
    return pipeline === undefined ? [] : Object.keys(models).map((model) => `${pipeline}/${model}`);
  });
}

/** `GET /discover-orchestrators?caps=pipeline/model`; several `caps` are alternatives, none means all. */
export function discoverOrchestratorsRoute(
  path: string,
  snapshot: Pick<NetworkSnapshot, "list">,
  logger: Logger,
): HttpRoute {
  return {
    name: "discover-orchestrators",
    match: (_request, requested) => requested === path,
    async handle(request) {
      const answer = (status: number, value: unknown) => ({
        status,
        header: new Headers({ "content-type": "application/json" }),
        body: bodyOf(utf8(`${JSON.stringify(value)}\n`)),
      });
      if (request.method !== "GET") return answer(405, { error: { message: `${path} wants a GET` } });
      const caps = new URL(request.url).searchParams.getAll("caps").filter((name) => name !== "");
      try {
        const all = await snapshot.list();
        if (all.length === 0) throw new LpError({ code: "nobody", message: "no orchestrator answers" });
        const isWanted = ({ capabilities }: ListedOrchestrator) =>
          caps.length === 0 || caps.some((name) => capabilities.includes(name));
        return answer(200, all.filter(isWanted));
      } catch (error) {
        logger.warn("there is no list of orchestrators", { error: errorText(error) });
        return answer(503, { error: { message: "Service Unavailable Error" } });
      }
    },
  };
}
