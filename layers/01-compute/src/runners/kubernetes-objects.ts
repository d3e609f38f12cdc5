import type { RunnerSpec } from "./runner-spec.ts";

/** What a runner in a cluster is made of. */
export type KubernetesWish = {
  /** Of all three objects. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Without the token: that is in the Secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly token: string;
  readonly creatorId: string;
  /** Such as `nvidia.com/gpu`; undefined: the processor. */
  readonly gpuResource: string | undefined;
  /** Claim of a volume that is seen as `/models`; undefined: each runner fetches its model anew. */
  readonly modelsClaim: string | undefined;
};

export const kubernetesLabels = {
  managedBy: "app.kubernetes.io/managed-by",
  name: "app.kubernetes.io/name",
  creatorId: "livepeer.org/creator-id",
} as const;
export const kubernetesManager = "livepeer";

const port = 8000;
/** A runner that ignores SIGTERM is ended after this, s. */
const graceSec = 8;

/** A name for the objects of one runner; a DNS label. */
export function objectName({ pipeline, modelId }: RunnerSpec, suffix: string): string {
  const words = `ai-${pipeline}-${modelId}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${words.slice(0, 62 - suffix.length).replace(/-+$/, "")}-${suffix}`;
}

/** Selector of every object of this node. */
export function creatorSelector(creatorId: string): string {
  return `${kubernetesLabels.managedBy}=${kubernetesManager},${kubernetesLabels.creatorId}=${creatorId}`;
}

/** Secret, Deployment and Service, in the order in which they are made. */
export function kubernetesObjects(wish: KubernetesWish) {
  const labels = {
    [kubernetesLabels.managedBy]: kubernetesManager,
    [kubernetesLabels.name]: wish.name,
    [kubernetesLabels.creatorId]: wish.creatorId,
  };
  const metadata = { name: wish.name, namespace: wish.namespace, labels };
  const selector = { [kubernetesLabels.name]: wish.name };
  const volume =
    wish.modelsClaim === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: wish.modelsClaim } };
  const pod = {
    terminationGracePeriodSeconds: graceSec,
    automountServiceAccountToken: false,
    containers: [
      {
        name: "runner",
        image: wish.image,
        ports: [{ containerPort: port }],
        env: [
          ...Object.entries(wish.environment).map(([name, value]) => ({ name, value })),
          { name: "AUTH_TOKEN", valueFrom: { secretKeyRef: { name: wish.name, key: "token" } } },
        ],
        volumeMounts: [{ name: "models", mountPath: "/models" }],
        ...(wish.gpuResource === undefined ? {} : { resources: { limits: { [wish.gpuResource]: "1" } } }),
      },
    ],
    volumes: [{ name: "models", ...volume }],
  };
  return {
    secret: { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", stringData: { token: wish.token } },
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        // a second one beside the first would need a second device
        strategy: { type: "Recreate" },
        selector: { matchLabels: selector },
        template: { metadata: { labels }, spec: pod },
      },
    },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector, ports: [{ port, targetPort: port }] },
    },
  };
}
