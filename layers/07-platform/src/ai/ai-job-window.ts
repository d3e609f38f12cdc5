import type { EventLog, PlatformDatabase } from "@livepeer-ts/data/platform-db";
import { type Clock, errorText, type Logger, type TaskOwner } from "@livepeer-ts/kernel";

/** What became of the jobs of the last hour. */
export type AiJobFigures = {
  readonly jobs: number;
  readonly failed: number;
  /** Of the jobs that were done, ms; null without any. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
};

export type AiJobWindow = {
  /** Follows the log, and takes over what it holds already. Ends with the owner. */
  start(owner: TaskOwner): void;
  /** Of a model at all machines: from the client's request to its answer. */
  ofModel(pipeline: string, modelId: string): AiJobFigures;
  /** Of a model at one machine: from its request to its answer. */
  ofMachine(pipeline: string, modelId: string, uri: string): AiJobFigures;
  /** Models that had jobs. */
  models(): readonly { readonly pipeline: string; readonly modelId: string }[];
};

type Outcome = { readonly ms: number; readonly isDone: boolean };
type Job = {
  readonly at: number;
  readonly pipeline: string;
  readonly modelId: string;
  readonly whole: Outcome;
  readonly tries: readonly (Outcome & { readonly uri: string })[];
};

const windowMs = 3_600_000;
/** Jobs that are remembered; the oldest goes first. */
const maxJobs = 20_000;
/** Ends that say nothing about the machines: the client's own fault as the runner named it, and a model that nobody has. */
const nobodysFault: ReadonlySet<string | undefined> = new Set(["runner_refused", "no_orchestrator"]);
const eventType = "ai.job";

/** The AI jobs of the last hour, by the nodes' events of type `ai.job`. */
export function createAiJobWindow(deps: {
  readonly database: PlatformDatabase;
  readonly log: Pick<EventLog, "subscribe">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}): AiJobWindow {
  const jobs = new Map<string, Job>();

  const keep = (id: string, job: Job | undefined): void => {
    if (job === undefined || jobs.has(id)) return;
    jobs.set(id, job);
    for (const oldest of jobs.keys()) {
      if (jobs.size <= maxJobs) break;
      jobs.delete(oldest);
    }
  };
  const recent = (): Job[] => {
    const since = deps.clock.now() - windowMs;
    for (const [id, job] of jobs) if (job.at < since) jobs.delete(id);
    return [...jobs.values()];
  };
  const load = async (): Promise<void> => {
    const rows = await deps.database.db
      .selectFrom("event_log")
      .select(["id", "at", "data"])
      .where("type", "=", eventType)
      .where("at", ">=", BigInt(Math.floor(deps.clock.now() - windowMs)))
      .orderBy("seq", "desc")
      .limit(maxJobs)
      .execute();
    for (const row of rows.reverse()) keep(row.id, jobOf(Number(row.at), row.data));
  };

  return {
    start(owner) {
      const stop = deps.log.subscribe((event) => {
        if (event.type === eventType) keep(event.id, jobOf(event.at, event.data));
      });
      owner.signal.addEventListener("abort", stop, { once: true });
      owner.spawn("AI jobs of the last hour", () =>
        load().catch((error: unknown) => {
          if (!owner.signal.aborted)
            deps.logger.error("earlier AI jobs could not be read", { error: errorText(error) });
        }),
      );
    },
    ofModel: (pipeline, modelId) =>
      figuresOf(
        recent()
          .filter((job) => job.pipeline === pipeline && job.modelId === modelId)
          .map(({ whole }) => whole),
      ),
    ofMachine: (pipeline, modelId, uri) =>
      figuresOf(
        recent()
          .filter((job) => job.pipeline === pipeline && job.modelId === modelId)
          .flatMap(({ tries }) => tries.filter((one) => one.uri === uri)),
      ),
    models() {
      const found = new Map(
        recent().map(({ pipeline, modelId }) => [`${pipeline}/${modelId}`, { pipeline, modelId }] as const),
      );
      return [...found.values()];
    },
  };
}

function figuresOf(outcomes: readonly Outcome[]): AiJobFigures {
  const times = outcomes
    .filter(({ isDone }) => isDone)
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  const rank = (share: number) => times[Math.max(0, Math.ceil(times.length * share) - 1)] ?? null;
  return { jobs: outcomes.length, failed: outcomes.length - times.length, p50Ms: rank(0.5), p95Ms: rank(0.95) };
}

/** A job as its event tells it; undefined for one that says nothing about the machines, and for what is none. */
function jobOf(at: number, value: unknown): Job | undefined {
  const data = objectOf(value);
  const { pipeline, modelId, durationMs, attempts } = data;
  if (typeof pipeline !== "string" || typeof modelId !== "string" || typeof durationMs !== "number") return undefined;
  if (nobodysFault.has(codeOf(data))) return undefined;
  const tries = (Array.isArray(attempts) ? attempts : []).map(objectOf).flatMap((one) => {
    const { uri, latencyMs } = one;
    if (typeof uri !== "string" || typeof latencyMs !== "number") return [];
    return [{ uri, ms: latencyMs, isDone: codeOf(one) === undefined }];
  });
  return { at, pipeline, modelId, whole: { ms: durationMs, isDone: codeOf(data) === undefined }, tries };
}

function codeOf(data: Readonly<Record<string, unknown>>): string | undefined {
  const { error } = data;
  if (error === null || error === undefined) return undefined;
  const { code } = objectOf(error);
  return typeof code === "string" ? code : "unknown";
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
