import {
  type Address,
  answerText,
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Net,
  type TaskOwner,
  toAddress,
} from "@livepeer-ts/kernel";
import type { ScoreFilter } from "../gateway/score-filter.ts";
import { basicAuthUrl } from "../http/basic-auth-url.ts";

export type PerformanceScoresOptions = {
  /** `-orchPerfStatsUrl`; user and password in it become basic authentication. */
  readonly url: string;
  /** `-region`: whose scores count; letter case does not matter. */
  readonly region: string;
  /** `-minPerfScore`; 0: scores are kept, and filter nobody. */
  readonly minScore: number;
  /** Ms between looks. Default 600000. */
  readonly refreshMs?: number;
  /** Ms for the whole exchange. Default 10000. */
  readonly timeoutMs?: number;
};

export type PerformanceScoresDeps = { readonly net: Net; readonly clock: Clock; readonly logger: Logger };

const maxAnswerBytes = 4 * 1024 * 1024;

/** Scores of orchestrators, as a service measures them: `{"0x…":{"REGION":{"score":0.9}}}`. The last ones hold while it fails. */
export class PerformanceScores implements ScoreFilter {
  readonly #options: PerformanceScoresOptions;
  readonly #deps: PerformanceScoresDeps;
  #scores: ReadonlyMap<Address, number> = new Map();

  constructor(options: PerformanceScoresOptions, deps: PerformanceScoresDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Looks now and every `refreshMs` until the owner stops. */
  start(owner: TaskOwner): void {
    this.#deps.clock.every(this.#options.refreshMs ?? 600_000, () => this.#look(owner.signal), owner);
  }

  get isActive(): boolean {
    return this.#options.minScore > 0 && this.#scores.size > 0;
  }

  isGoodEnough(orchestrator: Address): boolean {
    return (this.#scores.get(orchestrator) ?? Number.NEGATIVE_INFINITY) >= this.#options.minScore;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { net, clock, logger } = this.#deps;
    const { url, header } = basicAuthUrl(this.#options.url);
    const deadline = clock.deadline(this.#options.timeoutMs ?? 10_000, signal);
    try {
      const answer = await net.request({ method: "GET", url, header, signal: deadline.signal });
      const text = await answerText(answer, maxAnswerBytes);
      if (answer.status < 200 || answer.status > 299) throw badAnswer(`it answered with status ${answer.status}`);
      this.#scores = readScores(text, this.#options.region.toUpperCase());
      logger.debug("performance scores", { region: this.#options.region, orchestrators: this.#scores.size });
    } catch (error) {
      if (signal.aborted) return;
      logger.warn("-orchPerfStatsUrl gave no scores: the last ones are used", { error: errorText(error) });
    } finally {
      deadline.clear();
    }
  }
}

function badAnswer(message: string, cause?: unknown): LpError {
  return new LpError({ code: "performance_scores", message, retryable: true, cause });
}

/** Scores of one region. Entries that are none are passed over; anything but an object is an error. */
function readScores(text: string, region: string): Map<Address, number> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw badAnswer("its answer is not JSON", cause);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw badAnswer("its answer is no object");
  const scores = new Map<Address, number>();
  for (const [account, regions] of Object.entries(
    parsed as Record<string, Record<string, { score?: unknown }> | null>,
  )) {
    const score = regions?.[region]?.score;
    if (!/^0x[\da-f]{40}$/i.test(account) || typeof score !== "number" || !Number.isFinite(score)) continue;
    scores.set(toAddress(account.toLowerCase()), score);
  }
  return scores;
}
