import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type DeviceSlot,
  deviceSlots,
  externalRunnerDriver,
  type RunnerDriver,
  type RunnerKind,
  type RunnerSpec,
  type StartedRunnerPool,
  startRunnerPool,
} from "@livepeer-ts/compute";
import {
  clusterPlace,
  DockerRunnerDriver,
  dockerPlace,
  KubernetesRunnerDriver,
  ProcessRunnerDriver,
  readGpus,
} from "@livepeer-ts/compute/adapters";
import { LpError } from "@livepeer-ts/kernel";
import type { RunnersConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { readCreatorId } from "./creator-id.ts";

export type RunnersPlace = {
  readonly dataDir: string;
  /** For the metrics; empty: this machine has no address of its own. */
  readonly orchestratorUri: string;
};

/**
 * Opens what the models of `-aiModels` need and starts the warm ones. Rejects when a way to run them cannot be set up at all; what is
 * wrong with a single model is told by the pool, which tries again.
 */
export async function openRunners(
  config: RunnersConfig,
  { dataDir, orchestratorUri }: RunnersPlace,
  ports: ProcessPorts,
): Promise<StartedRunnerPool> {
  const kinds = new Set(config.specs.map(({ driver }) => driver));
  const drivers = new Map<RunnerKind, RunnerDriver>();
  for (const kind of kinds) drivers.set(kind, await openDriver(kind, config, dataDir, ports));
  if (kinds.has("docker") || kinds.has("process")) await mkdir(config.modelsDir, { recursive: true });
  const slots = await findSlots(config);
  const pool = startRunnerPool(
    { specs: config.specs, slots, orchestratorUri },
    {
      ...ports,
      driverOf: (kind) => {
        const driver = drivers.get(kind);
        if (driver === undefined) throw new LpError({ code: "runner_not_started", message: `no ${kind} was set up` });
        return driver;
      },
    },
  );
  ports.logger.info("runners", {
    models: config.specs.map(({ pipeline, modelId }) => `${pipeline} ${modelId}`).join(", "),
    devices: slots.map(({ id }) => id).join(", "),
  });
  return pool;
}

async function openDriver(
  kind: RunnerKind,
  config: RunnersConfig,
  dataDir: string,
  ports: ProcessPorts,
): Promise<RunnerDriver> {
  const { isVerbose, images, pullsImages, kubernetes } = config;
  // an engine has another working directory
  const modelsDir = resolve(config.modelsDir);
  if (kind === "external") return externalRunnerDriver;
  if (kind === "process")
    return new ProcessRunnerDriver({ modelsDir, isVerbose, pidFolder: join(dataDir, "runners", "processes") }, ports);
  const creatorId = await readCreatorId(dataDir, ports.random);
  if (kind === "docker")
    return new DockerRunnerDriver(
      { place: dockerPlace(process.env), images, modelsDir, creatorId, isVerbose, pullsImages },
      ports,
    );
  const { gpuResource, modelsClaim } = kubernetes;
  const place = await clusterPlace(kubernetes, process.env);
  return new KubernetesRunnerDriver({ ...place, images, creatorId, isVerbose, gpuResource, modelsClaim }, ports);
}

/** Only what runs here needs a device of this machine. */
async function findSlots({ specs, gpus, runnersPerDevice }: RunnersConfig): Promise<readonly DeviceSlot[]> {
  const here = specs.filter(({ driver }) => driver === "docker" || driver === "process");
  if (here.length === 0) return [];
  const found = gpus === "all" ? await readGpus() : gpus.map((number) => ({ number, maker: "nvidia" as const }));
  return deviceSlots({ gpus: found, runnersPerDevice, warmCount: warmCountOf(here) });
}

function warmCountOf(specs: readonly RunnerSpec[]): number {
  return specs.reduce((sum, { isWarm, capacity }) => sum + (isWarm ? capacity : 0), 0);
}
