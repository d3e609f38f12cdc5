import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { askHealth, type RunnerSpec, runnerImage } from "@livepeer-ts/compute";
import { clusterPlace, dockerPlace, JsonApi } from "@livepeer-ts/compute/adapters";
import { errorText } from "@livepeer-ts/kernel";
import type { RunnersConfig } from "../../flags/node-config.ts";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding } from "../finding.ts";
import { urlHost } from "../url-host.ts";

const askMs = 5000;

function runnersOf({ config }: DoctorSubject): RunnersConfig | undefined {
  if (config.role === "aiWorker") return config.runners;
  return config.role === "orchestrator" ? config.ai?.runners : undefined;
}

/** Can what `-aiModels` names be run here? Nothing is started. */
export const runners: DoctorCheck = {
  name: "runners",
  looksAt: "what the models of -aiModels are run by: container engine, images, programs, addresses, cluster",
  concerns: (subject) => runnersOf(subject) !== undefined,
  async run(subject) {
    const config = runnersOf(subject);
    if (config === undefined) return [];
    const by = (kind: RunnerSpec["driver"]) => config.specs.filter(({ driver }) => driver === kind);
    const found = await Promise.all([
      lookAtDocker(by("docker"), config, subject),
      by("process").flatMap(lookAtProgram),
      ...by("external").map((spec) => lookAtAddress(spec, subject)),
      by("kubernetes").length === 0 ? [] : lookAtCluster(config, subject),
    ]);
    return found.flat();
  },
};

async function lookAtDocker(
  specs: readonly RunnerSpec[],
  { images, pullsImages }: RunnersConfig,
  { ports, signal }: DoctorSubject,
): Promise<Finding[]> {
  if (specs.length === 0) return [];
  const findings: Finding[] = [];
  try {
    const api = new JsonApi(dockerPlace(process.env), ports.clock);
    const wanted = new Set(specs.map((spec) => runnerImage(spec, images)));
    for (const image of wanted) {
      const { status } = await api.ask({ method: "GET", path: `/images/${image}/json`, timeoutMs: askMs, signal });
      if (status !== 404 || pullsImages) continue;
      findings.push(
        error(
          "runner_image_missing",
          `The image ${image} is not on this machine.`,
          "Its models are not served.",
          `Run docker pull ${image}, or start the node with -aiPullImages.`,
        ),
      );
    }
  } catch (cause) {
    findings.push(
      error(
        "no_container_engine",
        `The container engine cannot be used (${errorText(cause)}).`,
        "Models that run in containers are not served.",
        "Install Docker, start it, and put the node's user into its group; or set DOCKER_HOST.",
      ),
    );
  }
  return findings;
}

function lookAtProgram({ pipeline, modelId, command: [program = ""] }: RunnerSpec): Finding[] {
  const places =
    isAbsolute(program) || program.includes("/")
      ? [program]
      : (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, program));
  if (places.some(isExecutable)) return [];
  return [
    error(
      "runner_program_missing",
      `The program ${program} of ${pipeline} ${modelId} is not there or may not be run.`,
      "The model is not served.",
      'Write its whole path in "command", and let the node\'s user run it.',
    ),
  ];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function lookAtAddress({ pipeline, modelId, external }: RunnerSpec, subject: DoctorSubject): Promise<Finding[]> {
  if (external === undefined) return [];
  const health = await askHealth(external, subject.ports, subject.signal);
  if (health.status !== "silent" && health.status !== "refused" && health.status !== "ERROR") return [];
  return [
    error(
      health.status === "refused" ? "runner_refuses" : "runner_unreachable",
      `The runner of ${pipeline} ${modelId} at ${urlHost(external.url)} cannot be used: ${health.why}.`,
      "The model is not served until it answers.",
      'Check "url" and "token" in -aiModels, that the runner runs, and the firewall.',
    ),
  ];
}

async function lookAtCluster({ kubernetes }: RunnersConfig, { ports, signal }: DoctorSubject): Promise<Finding[]> {
  try {
    const { place, namespace } = await clusterPlace(kubernetes, process.env);
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments?limit=1`;
    const { status } = await new JsonApi(place, ports.clock).ask({ method: "GET", path, timeoutMs: askMs, signal });
    if (status === 200) return [];
    throw new Error(`the API server answers ${status}`);
  } catch (cause) {
    return [
      error(
        "no_cluster",
        `The cluster cannot be used (${errorText(cause)}).`,
        "Models that run in it are not served.",
        "Check -aiKubernetesUrl, and the rights of the service account on deployments, services, secrets and pods.",
      ),
    ];
  }
}
