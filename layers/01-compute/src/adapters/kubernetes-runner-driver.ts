import { type Clock, errorText, type Logger, LpError, type Random, type TaskOwner, toHex } from "@livepeer-ts/kernel";
import { creatorSelector, kubernetesLabels, kubernetesObjects, objectName } from "../runners/kubernetes-objects.ts";
import type { RunnerDriver, RunningRunner } from "../runners/runner-driver.ts";
import { runnerEnvironment } from "../runners/runner-environment.ts";
import { type ImageOverrides, runnerImage } from "../runners/runner-images.ts";
import type { DeviceSlot, RunnerSpec } from "../runners/runner-spec.ts";
import { watchedRunner } from "../runners/watched-runner.ts";
import type { ClusterPlace } from "./cluster-place.ts";
import { type JsonAnswer, JsonApi, type JsonAsk } from "./json-api.ts";

export type KubernetesRunnerDriverOptions = ClusterPlace & {
  readonly images: ImageOverrides;
  /** Stays the same over the node's restarts, and is no other node's; a label's value. */
  readonly creatorId: string;
  readonly isVerbose: boolean;
  /** Such as `nvidia.com/gpu`; undefined: the processor. */
  readonly gpuResource: string | undefined;
  readonly modelsClaim: string | undefined;
  /** Where a Service is reached. Default: its name in the cluster. */
  readonly urlOf?: (name: string, namespace: string) => string;
  /** Between looks at a runner's pods, ms. Default 2000. */
  readonly lookMs?: number;
};

export type KubernetesRunnerDriverDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: TaskOwner;
  readonly logger: Logger;
};

const defaultLookMs = 2000;
/** Until what was deleted must be gone, ms; then it is deleted without waiting for it. */
const goneMs = 30_000;
const goneLookMs = 100;

/** What a container waits for that does not come by waiting. */
const hopeless: ReadonlySet<string> = new Set([
  ...["CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName"],
  ...["CreateContainerConfigError", "CreateContainerError", "RunContainerError"],
]);

/** Runners as Deployments of a Kubernetes cluster, with a Service and a Secret each. */
export class KubernetesRunnerDriver implements RunnerDriver {
  readonly kind = "kubernetes";
  readonly #options: KubernetesRunnerDriverOptions;
  readonly #deps: KubernetesRunnerDriverDeps;
  readonly #api: JsonApi;

  constructor(options: KubernetesRunnerDriverOptions, deps: KubernetesRunnerDriverDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#api = new JsonApi(options.place, deps.clock);
  }

  async start(spec: RunnerSpec, _slot: DeviceSlot, signal: AbortSignal): Promise<RunningRunner> {
    const { namespace, images, creatorId, isVerbose, gpuResource, modelsClaim } = this.#options;
    const { random } = this.#deps;
    const name = objectName(spec, toHex(random.bytes(4)).slice(2));
    const token = toHex(random.bytes(32)).slice(2);
    const { AUTH_TOKEN: _secret, ...environment } = runnerEnvironment(spec, token, isVerbose);
    const image = runnerImage(spec, images);
    const wish = { name, namespace, image, environment, token, creatorId, gpuResource, modelsClaim };
    const { secret, deployment, service } = kubernetesObjects(wish);
    try {
      await this.#create("secrets", secret, signal);
      await this.#create("deployments", deployment, signal);
      await this.#create("services", service, signal);
    } catch (error) {
      await this.#remove(name).catch(() => undefined);
      throw error;
    }
    const urlOf = this.#options.urlOf ?? ((service: string, space: string) => `http://${service}.${space}.svc:8000`);
    return this.#running(name, urlOf(name, namespace), token);
  }

  async removeOrphans(signal: AbortSignal): Promise<number> {
    const selector = `?labelSelector=${encodeURIComponent(creatorSelector(this.#options.creatorId))}`;
    const names = new Set<string>();
    for (const kind of ["deployments", "services", "secrets"] as const) {
      const ask = { method: "GET", path: `${this.#path(kind)}${selector}`, signal } as const;
      for (const item of itemsOf((await this.#ask(ask, [200])).value)) names.add(nameOf(item));
    }
    await Promise.all([...names].map((name) => this.#remove(name)));
    return names.size;
  }

  #running(name: string, url: string, token: string): RunningRunner {
    const untilEnded = (signal: AbortSignal) => this.#untilEnded(name, signal);
    const remove = () => this.#remove(name);
    return watchedRunner({ url, token, what: "the runner", untilEnded, remove }, this.#deps.tasks);
  }

  /** Resolves with the reason when the Deployment is gone, or its container ended or will not come up. */
  async #untilEnded(name: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      try {
        const reason = await this.#problemOf(name, signal);
        if (reason !== undefined) return reason;
      } catch (error) {
        if (signal.aborted) throw error;
        this.#deps.logger.debug("the cluster was asked in vain", { error: errorText(error) });
      }
      await this.#deps.clock.sleep(this.#options.lookMs ?? defaultLookMs, signal);
    }
  }

  async #problemOf(name: string, signal: AbortSignal): Promise<string | undefined> {
    const deployment = await this.#ask(
      { method: "GET", path: `${this.#path("deployments")}/${name}`, signal },
      [200, 404],
    );
    if (deployment.status === 404) return `the Deployment ${name} is gone`;
    const pods = await this.#ask({ method: "GET", path: this.#podsPath(name), signal }, [200]);
    for (const pod of itemsOf(pods.value)) {
      for (const status of listOf(fieldsOf(fieldsOf(pod)["status"])["containerStatuses"])) {
        const state = fieldsOf(fieldsOf(status)["state"]);
        const last = fieldsOf(fieldsOf(fieldsOf(status)["lastState"])["terminated"]);
        const done = "terminated" in state ? fieldsOf(state["terminated"]) : last;
        const waiting = fieldsOf(state["waiting"]);
        const reason = textOf(waiting, "reason");
        if ("exitCode" in done)
          return `its container has ended with code ${String(done["exitCode"])} ${textOf(done, "message")}`.trim();
        if (hopeless.has(reason))
          return `its container does not come up: ${reason} ${textOf(waiting, "message")}`.trim();
      }
    }
    return undefined;
  }

  async #create(kind: ObjectKind, body: unknown, signal: AbortSignal): Promise<void> {
    await this.#ask({ method: "POST", path: this.#path(kind), body, signal }, [201]);
  }

  /** Deletes the objects and waits for the pods; those that stay are deleted without grace. */
  async #remove(name: string): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = new AbortController();
    for (const kind of ["deployments", "services", "secrets"] as const) {
      const path = `${this.#path(kind)}/${name}?propagationPolicy=Background`;
      await this.#ask({ method: "DELETE", path, signal }, [200, 202, 404]);
    }
    const path = this.#podsPath(name);
    const podCount = async () => itemsOf((await this.#ask({ method: "GET", path, signal }, [200])).value).length;
    const end = clock.mono() + goneMs;
    while ((await podCount()) > 0) {
      if (clock.mono() > end) {
        await this.#ask({ method: "DELETE", path: `${path}&gracePeriodSeconds=0`, signal }, [200, 202]);
        return;
      }
      await clock.sleep(goneLookMs);
    }
  }

  #path(kind: ObjectKind): string {
    const root = kind === "deployments" ? "/apis/apps/v1" : "/api/v1";
    return `${root}/namespaces/${this.#options.namespace}/${kind}`;
  }

  #podsPath(name: string): string {
    const selector = encodeURIComponent(`${kubernetesLabels.name}=${name}`);
    return `/api/v1/namespaces/${this.#options.namespace}/pods?labelSelector=${selector}`;
  }

  /** The answer if it has one of the statuses, else `runner_not_started` with the cluster's own words. */
  async #ask(ask: JsonAsk, expected: readonly number[]): Promise<JsonAnswer> {
    let answer: JsonAnswer;
    try {
      answer = await this.#api.ask(ask);
    } catch (error) {
      throw ask.signal.aborted ? error : notStarted(`the cluster cannot be used (${errorText(error)})`, error);
    }
    if (expected.includes(answer.status)) return answer;
    const said = textOf(answer.value, "message");
    const right =
      answer.status === 403 ? "; the service account needs rights on deployments, services, secrets and pods" : "";
    throw notStarted(`the cluster answers ${answer.status} ${said}${right}`.trim());
  }
}

type ObjectKind = "deployments" | "services" | "secrets";

function notStarted(message: string, cause?: unknown): LpError {
  return new LpError({
    code: "runner_not_started",
    message,
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function itemsOf(value: unknown): readonly unknown[] {
  return listOf(fieldsOf(value)["items"]);
}

function nameOf(item: unknown): string {
  return textOf(fieldsOf(fieldsOf(item)["metadata"]), "name");
}

function textOf(fields: unknown, name: string): string {
  const text = fieldsOf(fields)[name];
  return typeof text === "string" ? text : "";
}
