import { create } from "@bufbuild/protobuf";
import { type Clock, type Logger, LpError, type Metrics, type Random, utf8 } from "@livepeer-ts/kernel";
import { capabilityToPipeline } from "../../capabilities/pipeline-capability.ts";
import { NoticeQueue } from "../../remote/notice-queue.ts";
import { AIJobDataSchema, type Capabilities, type NotifyAIJob, NotifyAIJobSchema } from "../../wire/net_pb.gen.ts";
import type { MediaShelf } from "../media/media-shelf.ts";
import { sumOffers } from "../orchestrator/sum-offers.ts";
import { aiPipeline } from "../pipelines/ai-pipelines.ts";
import type { AiEngine, AiJob, AiOffer, AiOutcome } from "../ports/ai-engine.ts";
import { shortId } from "../runner/runner-call.ts";
import { aiErrors } from "../wire/ai-wire.ts";
import { mediaExtension } from "../wire/media-name.ts";
import { relayed } from "../wire/relayed.ts";
import { aiRequestJson } from "../wire/write-ai-request.ts";
import { aiResultMs, aiWorkerErrors } from "./ai-worker-wire.ts";

/** A registered worker; iterate `notices` to tell it about work, call `leave` when its connection ends. */
export type AiWorkerRegistration = { readonly notices: AsyncIterable<NotifyAIJob>; leave(): void };

type Model = { readonly offer: AiOffer; inUse: number };
type Member = {
  readonly address: string;
  readonly notices: NoticeQueue<NotifyAIJob>;
  /** By pipeline and model. */
  readonly models: ReadonlyMap<string, Model>;
};
type Pending = { readonly member: Member; readonly settle: (outcome: AiOutcome | LpError) => void };

/** How many workers are connected. */
export type AiWorkerCensus = { readonly size: number };

export type AiWorkerPoolDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Where workers fetch the media of a job. */
  readonly shelf: MediaShelf;
  readonly serviceUri: string;
};

/** The worker's connection ended while it worked: another one can try. */
class AiWorkerGone extends LpError {
  constructor() {
    super({ code: "ai_worker_gone", message: aiWorkerErrors.gone, retryable: true });
  }
}

/** Largest capacity of one model that is believed. */
const maxModelCapacity = 1024;
const keyOf = (pipeline: string, modelId: string) => `${pipeline}/${modelId}`;

/** The remote AI workers of an orchestrator. A job goes to the worker with the smallest share of its model's places in use. */
export class AiWorkerPool implements AiEngine {
  readonly #deps: AiWorkerPoolDeps;
  readonly #members = new Set<Member>();
  readonly #pending = new Map<bigint, Pending>();
  #nextTaskId = 0n;

  constructor(deps: AiWorkerPoolDeps) {
    this.#deps = deps;
  }

  /** Who is connected. */
  get size(): number {
    return this.#members.size;
  }

  offers(): readonly AiOffer[] {
    const models = [...this.#members].flatMap((member) => [...member.models.values()]);
    return sumOffers(models.map(({ offer, inUse }) => ({ ...offer, inUse })));
  }

  register(address: string, capabilities: Capabilities): AiWorkerRegistration {
    const offers = offersOf(capabilities);
    const models = new Map(offers.map((offer) => [keyOf(offer.pipeline, offer.modelId), { offer, inUse: 0 }]));
    const member: Member = { address, notices: new NoticeQueue(), models };
    this.#members.add(member);
    this.#deps.logger.info("an AI worker has registered", { address, models: [...models.keys()].join() });
    return { notices: member.notices, leave: () => this.#drop(member) };
  }

  /** Rejects with `insufficient_capacity`, with what the worker said, or `ai_worker_late`. Another worker takes over when one goes away. */
  async run(job: AiJob, signal: AbortSignal): Promise<AiOutcome> {
    for (;;) {
      const { member, model } = this.#choose(job);
      model.inUse++;
      let isHeld = true;
      const release = () => {
        if (isHeld) model.inUse--;
        isHeld = false;
      };
      try {
        const outcome = await this.#runOn(member, job, signal);
        if (outcome.kind === "json") {
          release();
          return outcome;
        }
        return { kind: "events", events: relayed(outcome.events, (event) => event, release) };
      } catch (error) {
        release();
        if (!(error instanceof AiWorkerGone)) throw error;
        this.#deps.logger.warn("an AI job goes to another worker", {
          address: member.address,
          requestId: job.requestId,
        });
      }
    }
  }

  /** Takes a result or an error for a task. False when nobody waits for it any more. */
  settle(taskId: bigint, outcome: AiOutcome | LpError): boolean {
    const pending = this.#pending.get(taskId);
    pending?.settle(outcome);
    return pending !== undefined;
  }

  #choose({ request }: AiJob): { readonly member: Member; readonly model: Model } {
    const key = keyOf(request.pipeline.name, request.modelId);
    const free = [...this.#members].flatMap((member) => {
      const model = member.models.get(key);
      return model !== undefined && model.inUse < model.offer.capacity ? [{ member, model }] : [];
    });
    const share = ({ offer, inUse }: Model) => inUse / offer.capacity;
    const [best] = free.sort(
      (a, b) => Number(b.model.offer.isWarm) - Number(a.model.offer.isWarm) || share(a.model) - share(b.model),
    );
    if (best === undefined) {
      throw new LpError({ code: "insufficient_capacity", message: aiErrors.capacity, retryable: true });
    }
    return best;
  }

  async #runOn(member: Member, job: AiJob, signal: AbortSignal): Promise<AiOutcome> {
    signal.throwIfAborted();
    const taskId = this.#nextTaskId++;
    const deadline = this.#deps.clock.deadline(aiResultMs, signal);
    try {
      return await new Promise<AiOutcome>((resolve, reject) => {
        this.#pending.set(taskId, {
          member,
          settle: (outcome) => (outcome instanceof LpError ? reject(outcome) : resolve(outcome)),
        });
        deadline.signal.addEventListener(
          "abort",
          () => {
            if (signal.aborted) return reject(signal.reason);
            reject(new LpError({ code: "ai_worker_late", message: aiWorkerErrors.tooLong }));
            this.#drop(member);
          },
          { once: true },
        );
        member.notices.push(this.#notice(taskId, job));
      });
    } finally {
      deadline.clear();
      this.#pending.delete(taskId);
    }
  }

  /** Media are fetched by the worker; everything else is in the notice. */
  #notice(taskId: bigint, { requestId, request, audioSeconds }: AiJob): NotifyAIJob {
    const [file] = request.files.values();
    const { random, serviceUri, shelf } = this.#deps;
    const inputUrl =
      file === undefined
        ? ""
        : `${serviceUri}${shelf.put(requestId, { ...file, name: `${shortId(random)}${mediaExtension(file.mediaType)}` })}`;
    const known = audioSeconds === undefined ? {} : { metadata: JSON.stringify({ duration: String(audioSeconds) }) };
    const data = { input_url: inputUrl, request: { ...aiRequestJson(request), ...known } };
    return create(NotifyAIJobSchema, {
      AIJobData: create(AIJobDataSchema, {
        pipeline: request.pipeline.name,
        requestData: utf8(JSON.stringify(data)),
      }),
      taskId,
    });
  }

  #drop(member: Member): void {
    if (!this.#members.delete(member)) return;
    member.notices.end();
    this.#deps.logger.warn("an AI worker is gone", { address: member.address });
    for (const pending of [...this.#pending.values()])
      if (pending.member === member) pending.settle(new AiWorkerGone());
  }
}

/** Models that a worker's capabilities name. */
export function offersOf(capabilities: Capabilities): readonly AiOffer[] {
  return Object.entries(capabilities.constraints?.PerCapability ?? {}).flatMap(([number, { models }]) => {
    const pipeline = aiPipeline(capabilityToPipeline(Number(number)) ?? "");
    if (pipeline === undefined) return [];
    return Object.entries(models).map(
      ([modelId, model]): AiOffer => ({
        pipeline: pipeline.name,
        modelId,
        isWarm: model.warm,
        capacity: Math.min(maxModelCapacity, model.capacity),
        inUse: 0,
        runnerVersion: model.runnerVersion,
      }),
    );
  });
}
