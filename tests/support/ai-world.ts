import { type RunnerPool, SlotPool } from "@livepeer-ts/compute";
import { acceptAllPaymentRecipient, freePaymentSender, offChainSigner } from "@livepeer-ts/economics";
import {
  type AiGatewayOptions,
  type AiJobRecord,
  defaultAiGatewayOptions,
  defaultDiscoveryOptions,
  defaultSelectionWeights,
  localAiEngine,
  OrchestratorClient,
  parseOrchestratorOptions,
  routed,
  startAiGateway,
  startAiWorker,
  startOrchestrator,
  staticDirectory,
  surveyOrchestrators,
} from "@livepeer-ts/execution";
import { LpError, type Metrics, noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { createTasks, NodeNet, startHttpHost, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { RecordingEventSink } from "@livepeer-ts/kernel/testing";
import { FfmpegMediaMeter, FfmpegVideoAssembler } from "@livepeer-ts/media/adapters";

/** What the world's workers know. */
export const worldSecret = "shared";

/** A model that an orchestrator of the world offers, at a runner that answers. */
export type WorldModel = {
  readonly pipeline: string;
  readonly modelId: string;
  readonly url: string;
  /** Default 1. */
  readonly capacity?: number;
  /** Default true. */
  readonly isWarm?: boolean;
};

/** An orchestrator without runners of its own, and the models of each worker that comes to it. */
export type WorldWorkers = { readonly workers: readonly (readonly WorldModel[])[] };

export type AiWorld = {
  /** Base URL of the gateway. */
  readonly url: string;
  readonly records: readonly AiJobRecord[];
  readonly orchestratorUrls: readonly string[];
  /** Ends one orchestrator, with whatever it does. */
  kill(index: number): Promise<void>;
  /** Workers of an orchestrator, as they are connected. */
  workerCount(index: number): number;
  /** Takes one worker away from its orchestrator, as if its machine were off. */
  killWorker(index: number, worker: number): Promise<void>;
  stop(): Promise<void>;
};

/** Lends addresses that answer already, up to their capacity. */
export function addresses(models: readonly WorldModel[]): RunnerPool {
  const inUse = new Map<WorldModel, number>();
  return {
    models: () =>
      models.map((model) => ({
        pipeline: model.pipeline,
        modelId: model.modelId,
        isWarm: model.isWarm ?? true,
        capacity: model.capacity ?? 1,
        inUse: inUse.get(model) ?? 0,
        version: "0.14.1",
        state: (model.isWarm ?? true) ? "ready" : "cold",
        problem: undefined,
      })),
    async borrow(pipeline, modelId) {
      const model = models.find((candidate) => candidate.pipeline === pipeline && candidate.modelId === modelId);
      const used = model === undefined ? 0 : (inUse.get(model) ?? 0);
      if (model === undefined || used >= (model.capacity ?? 1)) {
        throw new LpError({ code: "insufficient_capacity", message: "insufficient capacity" });
      }
      inUse.set(model, used + 1);
      let isBack = false;
      return {
        url: model.url,
        token: undefined,
        release() {
          if (!isBack) inUse.set(model, (inUse.get(model) ?? 1) - 1);
          isBack = true;
        },
      };
    },
  };
}

/** A gateway and orchestrators off chain in this process, on real sockets, with runners that answer already. */
export async function startAiWorld(
  orchestrators: readonly (readonly WorldModel[] | WorldWorkers)[],
  options: Partial<AiGatewayOptions> & { readonly metrics?: Metrics } = {},
): Promise<AiWorld> {
  const clock = systemClock();
  const random = systemRandom();
  const net = new NodeNet();
  const tasks = createTasks("AI world", silentLogger);
  const meter = new FfmpegMediaMeter({}, clock);
  const common = { clock, random, net, tasks, logger: silentLogger, metrics: options.metrics ?? noMetrics };
  const machines = await Promise.all(
    orchestrators.map(async (one) => {
      const [models, workers] = "workers" in one ? [[], one.workers] : [one, []];
      let handle = routed([]);
      const host = await startHttpHost(
        { host: "127.0.0.1", port: 0, h2c: true },
        (request) => handle(request),
        silentLogger,
      );
      const url = `http://127.0.0.1:${host.port}`;
      const engineOf = (served: readonly WorldModel[], from: NodeNet) =>
        localAiEngine({
          ...common,
          net: from,
          pool: addresses(served),
          assembler: new FfmpegVideoAssembler({}, clock),
        });
      const role = startOrchestrator(parseOrchestratorOptions({ serviceUri: url, transcoderSecret: worldSecret }), {
        ...common,
        signer: offChainSigner,
        recipient: acceptAllPaymentRecipient,
        receipts: undefined,
        backend: undefined,
        slots: new SlotPool({ slots: 1 }),
        ai: { engine: models.length === 0 ? undefined : engineOf(models, net), meter },
      });
      handle = role.handler;
      const attached = workers.map((served) => {
        const own = new NodeNet();
        const ownTasks = createTasks("AI worker", silentLogger);
        const options = { orchestratorUrl: url, secret: worldSecret, version: "0.9.1" };
        startAiWorker(options, { ...common, net: own, tasks: ownTasks, engine: engineOf(served, own) });
        let isStopped: Promise<void> | undefined;
        const stop = () => {
          isStopped ??= ownTasks.stop().then(() => own.stop());
          return isStopped;
        };
        return { stop };
      });
      let isStopped: Promise<void> | undefined;
      const stop = () => {
        isStopped ??= Promise.all(attached.map((worker) => worker.stop()))
          .then(() => host.stop())
          .then(() => role.stop());
        return isStopped;
      };
      return { url, stop, role, attached };
    }),
  );
  const events = new RecordingEventSink();
  const directory = staticDirectory(machines.map(({ url }) => url));
  const client = new OrchestratorClient({ ...common, signer: offChainSigner });
  const gateway = startAiGateway(
    {
      ...defaultAiGatewayOptions,
      minVersion: "",
      weights: defaultSelectionWeights,
      ignoreMaxPriceIfNeeded: false,
      maxPriceOf: () => undefined,
      discovery: defaultDiscoveryOptions,
      ...options,
    },
    {
      ...common,
      events,
      signer: offChainSigner,
      payments: freePaymentSender,
      directory,
      meter,
      store: async () => undefined,
      survey: () => surveyOrchestrators({ ...common, directory, client }, tasks.signal),
    },
  );
  const host = await startHttpHost({ host: "127.0.0.1", port: 0 }, routed(gateway.routes), silentLogger);
  return {
    url: `http://127.0.0.1:${host.port}`,
    get records() {
      return events.events.filter(({ type }) => type === "ai.job").map(({ data }) => data as AiJobRecord);
    },
    orchestratorUrls: machines.map(({ url }) => url),
    workerCount: (index) => machines[index]?.role.aiWorkers?.size ?? 0,
    killWorker: async (index, worker) => machines[index]?.attached[worker]?.stop(),
    kill: (index) => (machines[index] as (typeof machines)[number]).stop(),
    async stop() {
      await gateway.stop();
      await host.stop();
      for (const machine of machines) await machine.stop();
      await tasks.stop();
      await meter.stop();
      await net.stop();
    },
  };
}
