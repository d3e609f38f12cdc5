import { LpError } from "@livepeer-ts/kernel";
import type { DeviceSlot, RunnerSpec } from "./runner-spec.ts";

/** Labels by which a node finds its containers; the names are go-livepeer's. */
export const containerLabels = { creator: "creator", creatorId: "creator_id" } as const;
export const containerCreator = "ai-worker";

const containerPort = "8000/tcp";
/** First two digits of the port on this machine. */
const portPrefixes: Readonly<Record<string, number>> = {
  "text-to-image": 80,
  "image-to-image": 81,
  "image-to-video": 82,
  upscale: 83,
  "audio-to-text": 84,
  llm: 85,
  "segment-anything-2": 86,
  "image-to-text": 87,
  "text-to-speech": 88,
  "live-video-to-video": 89,
};

/** Of what is asked of the Engine for a device that an AMD GPU is. */
const renderNodeBase = 128;

/** Port of a runner on this machine: pipeline, colocation, GPU. Throws `runner_not_started` where there is none. */
export function hostPort({ pipeline }: RunnerSpec, { colocation, gpu }: DeviceSlot): number {
  const prefix = portPrefixes[pipeline];
  const port = Number(`${prefix ?? ""}${colocation}${gpu ?? 0}`);
  if (prefix !== undefined && port <= 65_535) return port;
  throw new LpError({
    code: "runner_not_started",
    message:
      prefix === undefined
        ? `containers do not serve the pipeline ${pipeline}`
        : `there is no port for a container of ${pipeline} with number ${colocation} on GPU ${gpu ?? 0}: lower -aiRunnerContainersPerGPU`,
  });
}

/** `{pipeline}_{model}_{port}`, as go-livepeer names its containers. */
export function containerName({ pipeline, modelId }: RunnerSpec, port: number): string {
  return `${pipeline}_${modelId.replace(/[/_]/g, "-")}_${port}`;
}

export type ContainerWish = {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly slot: DeviceSlot;
  readonly port: number;
  /** Folder of this machine that the container sees as `/models`. */
  readonly modelsDir: string;
  readonly creatorId: string;
};

/** Body of `POST /containers/create`. */
export function containerBody({ image, environment, slot, port, modelsDir, creatorId }: ContainerWish): unknown {
  return {
    Image: image,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ExposedPorts: { [containerPort]: {} },
    Labels: { [containerLabels.creator]: containerCreator, [containerLabels.creatorId]: creatorId },
    HostConfig: {
      Mounts: [{ Type: "bind", Source: modelsDir, Target: "/models" }],
      PortBindings: { [containerPort]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      ...deviceOf(slot),
    },
  };
}

function deviceOf({ gpu, maker }: DeviceSlot) {
  if (gpu === undefined) return {};
  if (maker === "nvidia") return { DeviceRequests: [{ DeviceIDs: [String(gpu)], Capabilities: [["gpu"]] }] };
  const device = (path: string) => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: "rwm" });
  return { Devices: [device("/dev/kfd"), device(`/dev/dri/renderD${renderNodeBase + gpu}`)] };
}
