import { create } from "@bufbuild/protobuf";
import {
  type Clock,
  type EventSink,
  errorText,
  formatRational,
  type Logger,
  LpError,
  type Metrics,
  type Random,
  type Rational,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import { defaultCapabilities } from "../../capabilities/capability-number.ts";
import { nodeCapabilities } from "../../capabilities/node-capabilities.ts";
import type { Discovery } from "../../discovery/discover.ts";
import { orchestratorAddress } from "../../gateway/orchestrator-session.ts";
import type { SelectionWeights } from "../../gateway/selection.ts";
import type { OutgoingPayment, PaymentSender } from "../../ports/payment-sender.ts";
import {
  type Capabilities,
  Capabilities_CapabilityConstraints_ModelConstraintSchema,
  Capabilities_CapabilityConstraintsSchema,
  Capabilities_ConstraintsSchema,
} from "../../wire/net_pb.gen.ts";
import type { AiRequest, AiValue } from "../pipelines/ai-request.ts";
import { workUnits } from "../pipelines/work-units.ts";
import type { AiOutcome } from "../ports/ai-engine.ts";
import type { MediaMeter } from "../ports/media-meter.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { relayed } from "../wire/relayed.ts";
import type { AiAttemptRecord, AiJobRecord } from "./ai-job-record.ts";
import type { AiJobWatcher } from "./ai-job-stage.ts";
import { type AiDelivery, type AiSender, aiElsewhereCode, aiTicketsExpiredCode } from "./ai-sender.ts";
import type { AiSession } from "./ai-session.ts";
import { type AiPoolState, AiSessionPool } from "./ai-session-pool.ts";
import { secondsPerUnit } from "./latency-score.ts";

export type AiGatewayOptions = {
  /** Ms during which a job goes to another orchestrator after a failure (`-aiProcessingRetryTimeout`). Default 2000. */
  readonly retryMs: number;
  /** Ms after which a job that still has no place is given up. Default 60000. */
  readonly queueMs: number;
  /** Orchestrators that are tried for one job. Default 20. */
  readonly maxAttempts: number;
  /** Lowest runner version by `pipeline/model` (`-aiMinRunnerVersion`). */
  readonly minRunnerVersions: ReadonlyMap<string, string>;
  readonly minVersion: string;
  readonly weights: SelectionWeights;
  readonly ignoreMaxPriceIfNeeded: boolean;
  /** Highest price per unit of a job; undefined = any. */
  readonly maxPriceOf: (capabilities: Capabilities) => Rational | undefined;
};

export const defaultAiGatewayOptions: Pick<
  AiGatewayOptions,
  "retryMs" | "queueMs" | "maxAttempts" | "minRunnerVersions"
> = {
  retryMs: 2000,
  queueMs: 60_000,
  maxAttempts: 20,
  minRunnerVersions: new Map(),
};

export type AiJobsDeps = {
  readonly discover: (capabilities: Capabilities, signal: AbortSignal) => Promise<Discovery>;
  readonly sender: AiSender;
  readonly payments: PaymentSender;
  readonly meter: MediaMeter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly tasks: TaskOwner;
};

/** A finished or running answer. */
export type AiAnswer = {
  readonly outcome: AiOutcome;
  readonly uri: string;
  /** Fee in wei of the whole request; undefined off chain. */
  readonly feeWei: bigint | undefined;
};

/** Models with a pool at once; the one that was used longest ago goes first. */
const maxPools = 256;
/** Orchestrators that are tried however long the first ones took. */
const surelyTried = 3;
/** Tries at one orchestrator whose ticket terms are over. */
const maxExpired = 3;

/** Finds an orchestrator for every AI job of a gateway, pays, and goes to another one when it fails. */
export class AiJobs {
  readonly #options: AiGatewayOptions;
  readonly #deps: AiJobsDeps;
  readonly #pools = new Map<string, AiSessionPool>();

  constructor(options: AiGatewayOptions, deps: AiJobsDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get pools(): readonly AiPoolState[] {
    return [...this.#pools.values()].map(({ state }) => state);
  }

  /**
   * Has a job done. Rejects with `AiRefusal`: the client's fault as the runner named it, 400 for media that cannot be measured, 503 when
   * nobody can do it, 500 when everybody who could has failed. `watcher` is told where it is.
   */
  async run(
    requestId: string,
    request: AiRequest,
    client: string,
    signal: AbortSignal,
    watcher?: AiJobWatcher,
  ): Promise<AiAnswer> {
    const { clock, metrics } = this.#deps;
    const startedAt = clock.mono();
    const labels = { pipeline: request.pipeline.name, model_name: request.modelId };
    metrics.count("livepeer_ai_models_requested", labels);
    const { units, audioSeconds } = await workUnits(request, this.#deps.meter, signal).catch((cause: unknown) => {
      throw new AiRefusal(400, "bad_media", errorText(cause), cause);
    });
    const sent = audioSeconds === undefined ? request : withDuration(request, audioSeconds);
    const attempts: AiAttemptRecord[] = [];
    const facts = { requestId, pipeline: labels.pipeline, modelId: request.modelId, units };
    try {
      const job = { requestId, request: sent, units, watcher };
      const answer = await this.#attempts(job, client, attempts, signal, startedAt);
      metrics.count("livepeer_ai_jobs_total", { ...labels, result: "done" });
      return answer;
    } catch (error) {
      metrics.count("livepeer_ai_jobs_total", {
        ...labels,
        result: error instanceof AiRefusal && error.status < 500 ? "refused" : "failed",
      });
      this.#deps.logger.warn("AI job failed", { ...facts, attempts: attempts.length, error: errorText(error) });
      const { code } = error instanceof LpError ? error : { code: "internal" };
      this.#record({
        ...{ requestId, pipeline: labels.pipeline, modelId: request.modelId, units: units.toString() },
        ...{ feeWei: null, pricePerUnit: null, orchestrator: null, uri: null, attempts },
        durationMs: clock.mono() - startedAt,
        error: { code, message: errorText(error) },
      });
      throw error;
    }
  }

  async #attempts(
    job: {
      readonly requestId: string;
      readonly request: AiRequest;
      readonly units: bigint;
      readonly watcher: AiJobWatcher | undefined;
    },
    client: string,
    attempts: AiAttemptRecord[],
    signal: AbortSignal,
    startedAt: number,
  ): Promise<AiAnswer> {
    const { clock } = this.#deps;
    const { pool, capabilities } = this.#poolOf(job.request);
    const exclude = new Set<string>();
    const expired = new Map<string, number>();
    const { queueMs } = this.#options;
    const queueEnd = clock.mono() + queueMs;
    const onWait = (position: () => number) => job.watcher?.waiting(position, queueMs);
    let failures = 0;
    let failedMs = 0;
    let last: LpError | undefined;
    // a few others are always asked: an orchestrator may fail after minutes of work
    while (failures < surelyTried || (failures < this.#options.maxAttempts && failedMs <= this.#options.retryMs)) {
      const queued = clock.deadline(Math.max(0, queueEnd - clock.mono()), signal);
      let session: AiSession | undefined;
      try {
        session = await pool.acquire({ client, exclude, onWait }, queued.signal);
      } catch (cause) {
        if (signal.aborted) throw cause;
        throw new AiRefusal(503, "no_place", `no orchestrator had a place for it: ${errorText(cause)}`, cause);
      } finally {
        queued.clear();
      }
      if (session === undefined) break;
      job.watcher?.running(session.isWarm);
      const attemptAt = clock.mono();
      let paid: OutgoingPayment | undefined;
      const attempt = (error: LpError | undefined): void => {
        attempts.push({
          uri: session.uri,
          orchestrator: orchestratorAddress(session),
          isWarm: session.isWarm,
          latencyMs: clock.mono() - attemptAt,
          ticketCount: paid?.tickets.length ?? 0,
          ticketHashes: paid?.tickets.map(({ hash }) => hash) ?? [],
          expectedValueWei: paid === undefined ? "0" : formatRational(paid.expectedValue),
          error: error === undefined ? null : { code: error.code, message: error.message },
        });
      };
      try {
        const delivery = await this.#deps.sender.send({ ...job, capabilities }, session, signal, (payment) => {
          paid = payment;
        });
        attempt(undefined);
        return this.#delivered(job, delivery, session, pool, attempts, startedAt, attemptAt);
      } catch (cause) {
        const error =
          cause instanceof LpError ? cause : new LpError({ code: "send_failed", message: errorText(cause), cause });
        attempt(error);
        this.#failed(error, session, pool, exclude, expired, signal);
        if (error.code === aiElsewhereCode) continue;
        failures++;
        failedMs += clock.mono() - attemptAt;
        last = error;
      }
    }
    throw this.#noAnswer(job.request, pool, last, failures);
  }

  /** Puts a place back after a failure; throws when no other orchestrator can help. */
  #failed(
    error: LpError,
    session: AiSession,
    pool: AiSessionPool,
    exclude: Set<string>,
    expired: Map<string, number>,
    signal: AbortSignal,
  ): void {
    const { uri } = session;
    if (error instanceof AiRefusal || signal.aborted) {
      pool.failed(session, false);
      throw error;
    }
    if (error.code === aiElsewhereCode) {
      pool.full(session);
      return;
    }
    if (error.code === aiTicketsExpiredCode) {
      const times = (expired.get(uri) ?? 0) + 1;
      expired.set(uri, times);
      if (times >= maxExpired) exclude.add(uri);
      pool.failed(session, false);
      return;
    }
    exclude.add(uri);
    this.#deps.metrics.count("livepeer_ai_request_errors", {
      pipeline: pool.pipeline,
      model_name: pool.modelId,
      error_code: error.code,
      ...orchestratorLabels(session),
    });
    this.#deps.logger.warn("an orchestrator did not do an AI job", { uri, error: error.message });
    pool.failed(session, true);
  }

  #delivered(
    job: { readonly requestId: string; readonly request: AiRequest; readonly units: bigint },
    { outcome, payment }: AiDelivery,
    session: AiSession,
    pool: AiSessionPool,
    attempts: readonly AiAttemptRecord[],
    startedAt: number,
    attemptAt: number,
  ): AiAnswer {
    const { clock, metrics } = this.#deps;
    const price = session.payment.price();
    const { request, units, requestId } = job;
    const finish = (charged: bigint, error: LpError | undefined): void => {
      const seconds = (clock.mono() - attemptAt) / 1000;
      if (error === undefined) payment.settle(charged);
      else payment.spent();
      const score = secondsPerUnit(request, units, outcome, seconds);
      if (error === undefined) pool.done(session, score);
      else pool.failed(session, true);
      const labels = { pipeline: request.pipeline.name, model_name: request.modelId };
      if (score !== undefined)
        metrics.gauge("livepeer_ai_request_latency_score", score, { ...labels, ...orchestratorLabels(session) });
      if (price !== undefined)
        metrics.gauge("livepeer_ai_request_price", Number(price.num) / Number(price.den), labels);
      this.#record({
        requestId,
        pipeline: request.pipeline.name,
        modelId: request.modelId,
        units: charged.toString(),
        feeWei: price === undefined ? null : formatRational({ num: price.num * charged, den: price.den }),
        pricePerUnit: price === undefined ? null : formatRational(price),
        orchestrator: orchestratorAddress(session),
        uri: session.uri,
        durationMs: clock.mono() - startedAt,
        attempts,
        error: error === undefined ? null : { code: error.code, message: error.message },
      });
    };
    const feeWei = price === undefined ? undefined : (price.num * units + price.den - 1n) / price.den;
    if (outcome.kind === "json") {
      finish(units, undefined);
      return { outcome, uri: session.uri, feeWei };
    }
    const events = relayed(
      outcome.events,
      (event) => event,
      (end, count) => {
        if (end.kind === "whole") finish(units, undefined);
        else if (end.kind === "left") finish(units < BigInt(count) ? units : BigInt(count), undefined);
        else {
          const cause = end.error;
          finish(
            0n,
            cause instanceof LpError ? cause : new LpError({ code: "stream_broken", message: errorText(cause), cause }),
          );
        }
      },
    );
    return { outcome: { kind: "events", events }, uri: session.uri, feeWei };
  }

  #noAnswer(request: AiRequest, pool: AiSessionPool, last: LpError | undefined, tries: number): AiRefusal {
    const what = `${request.pipeline.name} with ${request.modelId}`;
    if (last !== undefined) {
      return new AiRefusal(503, "all_failed", `${what} failed at ${tries} tries, the last time: ${last.message}`, last);
    }
    const why = pool.whyNobody;
    return new AiRefusal(503, "no_orchestrator", `no orchestrator offers ${what}${why === "" ? "" : ` (${why})`}`);
  }

  #record(data: AiJobRecord): void {
    this.#deps.tasks.spawn("ai.job", () => this.#deps.events.emit({ type: "ai.job", subject: data.requestId, data }));
  }

  #poolOf({ pipeline, modelId }: AiRequest): { readonly pool: AiSessionPool; readonly capabilities: Capabilities } {
    const key = `${pipeline.capability}_${modelId}`;
    const { minRunnerVersions, minVersion, weights, ignoreMaxPriceIfNeeded } = this.#options;
    const runnerVersion = minRunnerVersions.get(`${pipeline.name}/${modelId}`) ?? "";
    const capabilities = aiJobCapabilities(pipeline.capability, modelId, runnerVersion, minVersion);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      for (const [oldest, unused] of this.#pools) {
        if (this.#pools.size < maxPools) break;
        if (unused.isIdle) this.#pools.delete(oldest);
      }
      pool = new AiSessionPool(
        {
          ...{ capability: pipeline.capability, pipeline: pipeline.name, modelId, weights, ignoreMaxPriceIfNeeded },
          maxPrice: () => this.#options.maxPriceOf(capabilities),
          ...{ ttlMs: 600_000, freshMs: 30_000, maxWaiting: 2048 },
        },
        { ...this.#deps, discover: (signal) => this.#deps.discover(capabilities, signal) },
      );
    } else this.#pools.delete(key);
    this.#pools.set(key, pool);
    return { pool, capabilities };
  }
}

/** What an orchestrator must be able to do for a job of this model; the default set comes with it, as the protocol's gateways ask. */
export function aiJobCapabilities(
  capability: number,
  modelId: string,
  runnerVersion: string,
  minVersion: string,
): Capabilities {
  const model = create(Capabilities_CapabilityConstraints_ModelConstraintSchema, { runnerVersion });
  const models = create(Capabilities_CapabilityConstraintsSchema, { models: { [modelId]: model } });
  return nodeCapabilities({
    capabilities: [...defaultCapabilities, capability],
    constraints: create(Capabilities_ConstraintsSchema, { minVersion, PerCapability: { [capability]: models } }),
  });
}

function orchestratorLabels(session: AiSession): Readonly<Record<string, string>> {
  return {
    orchestrator_uri: session.uri,
    orchestrator_address: orchestratorAddress(session) ?? "",
    orchestrator_version: session.info.capabilities?.version ?? "",
  };
}

/** Sound goes with its measured length, whatever the client said of it. */
function withDuration(request: AiRequest, seconds: number): AiRequest {
  const fields = new Map<string, AiValue>(request.fields);
  fields.set("metadata", JSON.stringify({ duration: String(seconds) }));
  return { ...request, fields };
}
