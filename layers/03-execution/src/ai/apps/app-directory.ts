import {
  answerText,
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Net,
  outlasts,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import { type DirectoryEntry, type OrchestratorDirectory, trustOf } from "../../ports/orchestrator-directory.ts";
import { liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import type { AppGatewayOptions } from "./app-gateway-options.ts";
import { AppRunner } from "./app-runner.ts";
import { type ListedRunner, readDiscovery } from "./listed-runner.ts";

export type AppDirectoryDeps = {
  readonly directory: OrchestratorDirectory;
  readonly net: Net;
  readonly clock: Clock;
  readonly tasks: TaskOwner;
  readonly logger: Logger;
};

/** Largest list of runners of one orchestrator. */
const maxListBytes = 1024 * 1024;

type Source = { readonly urls: ReadonlySet<string>; readonly listedAt: number };

/** The runners of all orchestrators that a gateway may use. An orchestrator that fails to answer keeps its last list for a while. */
export class AppDirectory {
  readonly #options: AppGatewayOptions;
  readonly #deps: AppDirectoryDeps;
  /** By the orchestrator's URI. */
  readonly #sources = new Map<string, Source>();
  /** By the runner's URL. */
  readonly #runners = new Map<string, AppRunner>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #round: Promise<void> | undefined;
  #problem = "";

  constructor(options: AppGatewayOptions, deps: AppDirectoryDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** What is known now. */
  get runners(): readonly AppRunner[] {
    return [...this.#runners.values()];
  }

  /** Why the last round brought less than it might; empty when it was whole. */
  get problem(): string {
    return this.#problem;
  }

  /** What is known, after a look when that is old; `isEnough` says when to wait for nobody else. */
  async look(isEnough: (runners: readonly AppRunner[]) => boolean, signal: AbortSignal): Promise<readonly AppRunner[]> {
    const { clock, tasks } = this.#deps;
    const age = clock.mono() - this.#askedAt;
    if (age < this.#options.freshMs && this.#round === undefined) return this.runners;
    if (age < this.#options.staleMs && isEnough(this.runners)) {
      tasks.spawn("look for runners", () => this.#ask());
      return this.runners;
    }
    const round = this.#ask();
    if ((await outlasts(round, this.#options.firstWaitMs, clock, signal)) && !isEnough(this.runners))
      await outlasts(round, this.#options.controlMs, clock, signal);
    signal.throwIfAborted();
    return this.runners;
  }

  /** Asks anew because nobody had a place: at once, or as soon as the last look is long enough ago. */
  async lookAgain(signal: AbortSignal): Promise<readonly AppRunner[]> {
    const { clock, tasks } = this.#deps;
    const waitMs = this.#round === undefined ? this.#askedAt + this.#options.askAgainMs - clock.mono() : 0;
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    if (!tasks.signal.aborted) await outlasts(this.#ask(), this.#options.controlMs, clock, signal);
    signal.throwIfAborted();
    return this.runners;
  }

  /** One round over everybody; concurrent calls share it. It never rejects. */
  #ask(): Promise<void> {
    this.#round ??= this.#askAll().finally(() => {
      this.#askedAt = this.#deps.clock.mono();
      this.#round = undefined;
    });
    return this.#round;
  }

  async #askAll(): Promise<void> {
    const { directory, tasks, logger } = this.#deps;
    let entries: readonly DirectoryEntry[];
    try {
      entries = (await directory.list(tasks.signal)).filter((entry) => this.#mayUse(entry));
    } catch (error) {
      this.#problem = errorText(error);
      logger.warn("no list of orchestrators for apps", { error: this.#problem });
      return;
    }
    const asked = entries.slice(0, this.#options.maxOrchestrators);
    const uris = new Set(asked.map(({ uri }) => uri));
    for (const uri of this.#sources.keys()) if (!uris.has(uri)) this.#forget(uri);
    const problems = await Promise.all(asked.map((entry) => this.#askOne(entry)));
    this.#problem = problems.filter((problem) => problem !== undefined).join("; ");
  }

  #mayUse({ score, address }: DirectoryEntry): boolean {
    if (trustOf({ score }) === undefined) return false;
    return address === undefined || !this.#options.blocklist.has(address);
  }

  /** Why it brought nothing. */
  async #askOne(entry: DirectoryEntry): Promise<string | undefined> {
    const { net, clock, tasks, logger } = this.#deps;
    const { uri } = entry;
    const deadline = clock.deadline(this.#options.controlMs, tasks.signal);
    try {
      const url = `${uri}${liveRunnerWire.path.discovery}`;
      const answer = await net.request({ method: "GET", url, header: new Headers(), signal: deadline.signal });
      const text = await answerText(answer, maxListBytes);
      if (answer.status === 404) this.#take(entry, []);
      else if (answer.status === 200) this.#take(entry, readDiscovery(text));
      else throw new LpError({ code: "bad_discovery", message: `it answered ${answer.status}` });
      return undefined;
    } catch (error) {
      const problem = errorText(error);
      logger.debug("an orchestrator did not list its runners", { orchestrator: uri, error: problem });
      const source = this.#sources.get(uri);
      if (source !== undefined && clock.mono() - source.listedAt > this.#options.staleMs) this.#forget(uri);
      return `${uri}: ${problem}`;
    } finally {
      deadline.clear();
    }
  }

  #take(entry: DirectoryEntry, listed: readonly ListedRunner[]): void {
    const before = this.#sources.get(entry.uri)?.urls ?? new Set<string>();
    const urls = new Set<string>();
    for (const one of listed) {
      const known = this.#runners.get(one.url);
      // who was there first keeps a URL: nobody takes another's place by naming it
      if (known !== undefined && !before.has(one.url)) continue;
      urls.add(one.url);
      if (known === undefined) this.#runners.set(one.url, new AppRunner(entry, one));
      else known.update(entry, one);
    }
    for (const url of before) if (!urls.has(url)) this.#runners.delete(url);
    this.#sources.set(entry.uri, { urls, listedAt: this.#deps.clock.mono() });
  }

  #forget(uri: string): void {
    for (const url of this.#sources.get(uri)?.urls ?? []) this.#runners.delete(url);
    this.#sources.delete(uri);
  }
}
