import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, silentLogger } from "@livepeer-ts/kernel";
import { createTasks, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { externalRunnerDriver } from "../runners/external-runner-driver.ts";
import { noImageOverrides } from "../runners/runner-images.ts";
import type { DeviceSlot, RunnerSpec } from "../runners/runner-spec.ts";
import {
  describeRunnerDriverCompliance,
  FakeCluster,
  FakeContainer,
  FakeDockerEngine,
  runnerCommand,
} from "../testing/index.ts";
import { dockerPlace } from "./docker-place.ts";
import { DockerRunnerDriver, type DockerRunnerDriverOptions } from "./docker-runner-driver.ts";
import { freeLocalPort } from "./free-local-port.ts";
import { KubernetesRunnerDriver } from "./kubernetes-runner-driver.ts";
import { ProcessRunnerDriver } from "./process-runner-driver.ts";
import { runnerMark } from "./runner-pid-files.ts";

const clock = systemClock();
const random = systemRandom();
const model = { pipeline: "text-to-image", modelId: "stub/one_model", isWarm: true, capacity: 1, external: undefined };
const specOf =
  (driver: RunnerSpec["driver"], command: readonly string[] = []) =>
  (manner: string) =>
    ({ ...model, driver, command, optimizationFlags: { RUNNER_MANNER: manner } }) satisfies RunnerSpec;
const temporary = (name: string) => mkdtemp(join(tmpdir(), `${name}-`));
const { signal } = new AbortController();
const cpu: DeviceSlot = { id: "emulated-0", gpu: undefined, maker: undefined, colocation: 0 };

describeRunnerDriverCompliance("process", async () => {
  const folder = await temporary("runner-pids");
  const make = (graceMs: number) =>
    new ProcessRunnerDriver(
      { modelsDir: folder, pidFolder: join(folder, "runners"), isVerbose: false, graceMs },
      { clock, random, logger: silentLogger },
    );
  const pids = async () => {
    const names = await readdir(join(folder, "runners")).catch(() => []);
    return names.map((name) => Number.parseInt(name, 10));
  };
  return {
    driver: make(500),
    again: () => make(500),
    specOf: specOf("process", runnerCommand),
    crash: async () => {
      for (const pid of await pids()) process.kill(pid, "SIGKILL");
    },
    count: async () => (await pids()).length,
    isOwner: true,
    close: () => rm(folder, { recursive: true }),
  };
});

// the Engine is a stand-in on a Unix socket: no Docker is on the machines that run the tests
describeRunnerDriverCompliance("docker", async () => {
  const { engine, make, close } = await openDocker();
  return {
    driver: make(),
    again: () => make(),
    specOf: specOf("docker"),
    crash: () => engine.crash(),
    count: () => engine.containers.length,
    isOwner: true,
    close,
  };
});

// the API server is a stand-in: no cluster is there either
describeRunnerDriverCompliance("kubernetes", async () => {
  const cluster = new FakeCluster();
  const url = await cluster.listen();
  const tasks = createTasks("test", silentLogger);
  const make = () =>
    new KubernetesRunnerDriver(
      {
        place: { url },
        namespace: "runners",
        images: noImageOverrides,
        creatorId: "node-1",
        isVerbose: false,
        gpuResource: "nvidia.com/gpu",
        modelsClaim: undefined,
        urlOf: (name) => cluster.urlOf(name),
        lookMs: 100,
      },
      { clock, random, tasks, logger: silentLogger },
    );
  return {
    driver: make(),
    again: make,
    specOf: specOf("kubernetes"),
    crash: () => cluster.crash(),
    // a pod, a Secret, a Deployment and a Service
    count: () => (cluster.podCount + Object.values(cluster.objects).reduce((sum, { size }) => sum + size, 0)) / 4,
    isOwner: true,
    close: async () => {
      await tasks.stop();
      await cluster.stop();
    },
  };
});

describeRunnerDriverCompliance("address", async () => {
  const port = await freeLocalPort();
  const environment = { PIPELINE: model.pipeline, MODEL_ID: model.modelId, AUTH_TOKEN: "known" };
  const runner = new FakeContainer(environment, port);
  return {
    driver: externalRunnerDriver,
    again: () => externalRunnerDriver,
    specOf: (manner) => ({
      ...specOf("external")(manner),
      external: { url: `http://127.0.0.1:${port}`, token: "known" },
    }),
    crash: () => runner.kill("SIGKILL"),
    count: () => (runner.code === undefined ? 1 : 0),
    isOwner: false,
    close: () => runner.stop(0),
  };
});

async function openDocker(options: Partial<DockerRunnerDriverOptions> = {}) {
  const folder = await temporary("docker");
  const socketPath = join(folder, "docker.sock");
  const engine = new FakeDockerEngine(["livepeer/ai-runner:latest"]);
  await engine.listen(socketPath);
  const tasks = createTasks("test", silentLogger);
  const make = (more: Partial<DockerRunnerDriverOptions> = {}) =>
    new DockerRunnerDriver(
      {
        place: dockerPlace({ DOCKER_HOST: `unix://${socketPath}` }),
        images: noImageOverrides,
        modelsDir: "/data/models",
        creatorId: "node-1",
        isVerbose: false,
        pullsImages: false,
        ...options,
        ...more,
      },
      { clock, random, tasks, logger: silentLogger },
    );
  const close = async () => {
    await tasks.stop();
    await engine.stop();
    await rm(folder, { recursive: true });
  };
  return { engine, make, close };
}

describe("containers", () => {
  let docker: Awaited<ReturnType<typeof openDocker>>;
  beforeEach(async () => {
    docker = await openDocker();
  });
  afterEach(() => docker.close());

  it("are asked for with go-livepeer's name, port, labels, mount, device and restart policy", async () => {
    const slot: DeviceSlot = { id: "colocated-1-2", gpu: 2, maker: "nvidia", colocation: 1 };
    const running = await docker.make({ isVerbose: true }).start(specOf("docker")("good"), slot, signal);
    expect(running.url).toBe("http://127.0.0.1:8012");
    expect(docker.engine.created).toEqual([
      {
        name: "text-to-image_stub-one-model_8012",
        body: {
          Image: "livepeer/ai-runner:latest",
          Env: [
            "RUNNER_MANNER=good",
            "PIPELINE=text-to-image",
            "MODEL_ID=stub/one_model",
            `AUTH_TOKEN=${running.token}`,
            "VERBOSE_LOGGING=1",
          ],
          ExposedPorts: { "8000/tcp": {} },
          Labels: { creator: "ai-worker", creator_id: "node-1" },
          HostConfig: {
            Mounts: [{ Type: "bind", Source: "/data/models", Target: "/models" }],
            PortBindings: { "8000/tcp": [{ HostIp: "127.0.0.1", HostPort: "8012" }] },
            RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
            DeviceRequests: [{ DeviceIDs: ["2"], Capabilities: [["gpu"]] }],
          },
        },
      },
    ]);
    await running.stop();
  });

  it("of a missing image are refused with the command that fetches it", async () => {
    const spec = { ...specOf("docker")("good"), pipeline: "llm" };
    const text = "the image livepeer/ai-runner:llm is not on this machine: run docker pull livepeer/ai-runner:llm";
    await expect(docker.make().prepare(spec, signal)).rejects.toMatchObject({ message: expect.stringContaining(text) });
    await expect(docker.make().start(spec, cpu, signal)).rejects.toMatchObject({ code: "runner_not_started" });
    expect(docker.engine.pulled).toEqual([]);
  });

  it("have their image fetched when the operator says so, and its failure told", async () => {
    const spec = { ...specOf("docker")("good"), pipeline: "llm" };
    await docker.make({ pullsImages: true }).prepare(spec, signal);
    expect(docker.engine.pulled).toEqual(["livepeer/ai-runner:llm"]);
    const images = { ...noImageOverrides, batch: new Map([["llm", "missing/image"]]) };
    await expect(docker.make({ pullsImages: true, images }).prepare(spec, signal)).rejects.toMatchObject({
      message: "the image missing/image was not fetched: manifest for missing/image:latest not found",
    });
  });

  it("of other nodes stay; those without anybody's id go", async () => {
    const other = docker.make({ creatorId: "node-2" });
    const running = await other.start(specOf("docker")("good"), cpu, signal);
    expect(await docker.make().removeOrphans(signal)).toBe(0);
    expect(docker.engine.containers).toHaveLength(1);
    await running.stop();
  });

  it("cannot be had without an Engine, and the reason names its place", async () => {
    const place = dockerPlace({ DOCKER_HOST: "unix:///nowhere/docker.sock" });
    await expect(docker.make({ place }).start(specOf("docker")("good"), cpu, signal)).rejects.toMatchObject({
      code: "runner_not_started",
      message: expect.stringContaining("/nowhere/docker.sock does not answer"),
    });
    expect(() => dockerPlace({ DOCKER_HOST: "ssh://box" })).toThrow(/unix:\/\/\/path or tcp:\/\/host:port/);
  });
});

describe("processes", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporary("runner-processes");
  });
  afterEach(() => rm(folder, { recursive: true }));
  const driverWith = (logger: Logger) =>
    new ProcessRunnerDriver(
      { modelsDir: "/data/models", pidFolder: join(folder, "runners"), isVerbose: true, graceMs: 500 },
      { clock, random, logger },
    );

  it("find what they need in their environment, and nothing of the node's flags", async () => {
    process.env["LP_ETHPASSWORD"] = "secret";
    const show = "console.log(JSON.stringify(process.env))";
    const lines: string[] = [];
    const logger: Logger = { ...silentLogger, info: (_text, fields) => lines.push(String(fields?.["line"])) };
    const slot: DeviceSlot = { id: "1", gpu: 1, maker: "nvidia", colocation: 0 };
    const spec = { ...specOf("process", [process.execPath, "-e", show])("good"), optimizationFlags: { SFAST: true } };
    const running = await driverWith(logger).start(spec, slot, signal);
    await running.ended;
    await running.stop();
    process.env["LP_ETHPASSWORD"] = "";
    const env = JSON.parse(lines[0] ?? "{}") as Record<string, string>;
    const { port } = new URL(running.url);
    expect(env).toMatchObject({
      ...{ HOST: "127.0.0.1", PORT: port, PIPELINE: "text-to-image", MODEL_ID: "stub/one_model" },
      ...{ MODEL_DIR: "/data/models", AUTH_TOKEN: running.token, SFAST: "true", VERBOSE_LOGGING: "1" },
      CUDA_VISIBLE_DEVICES: "1",
    });
    expect(Object.keys(env).filter((name) => name.startsWith("LP_"))).toEqual([]);
  });

  it("are ended with all their children", async () => {
    const code = `require("node:child_process").spawn("sleep", ["600"], { stdio: "ignore" }).once("spawn", function () { console.log(this.pid) }); setInterval(() => {}, 1000)`;
    const child = Promise.withResolvers<number>();
    const logger: Logger = { ...silentLogger, info: (_text, fields) => child.resolve(Number(fields?.["line"])) };
    const running = await driverWith(logger).start(
      specOf("process", [process.execPath, "-e", code])("good"),
      cpu,
      signal,
    );
    const pid = await child.promise;
    expect(() => process.kill(pid, 0)).not.toThrow();
    await running.stop();
    await expect
      .poll(() =>
        readFile(`/proc/${pid}/stat`, "utf8").then(
          (stat) => stat.split(") ")[1]?.[0] ?? "",
          () => "gone",
        ),
      )
      .toMatch(/^(gone|Z)$/);
  });

  it("end with a node that fails", async () => {
    const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
    const code = `
      const { ProcessRunnerDriver } = await import(${module("./process-runner-driver.ts")});
      const { systemClock, systemRandom } = await import("@livepeer-ts/kernel/adapters");
      const { silentLogger: logger } = await import("@livepeer-ts/kernel");
      const options = { modelsDir: "/", pidFolder: ${JSON.stringify(join(folder, "runners"))}, isVerbose: false };
      const driver = new ProcessRunnerDriver(options, { clock: systemClock(), random: systemRandom(), logger });
      await driver.start(${JSON.stringify(specOf("process", ["sleep", "600"])("good"))}, ${JSON.stringify(cpu)}, new AbortController().signal);
      throw new Error("a defect");`;
    const node = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "ignore" });
    const [exitCode] = (await once(node, "close")) as [number];
    expect(exitCode).toBe(1);
    const [name = ""] = await readdir(join(folder, "runners"));
    const pid = Number.parseInt(name, 10);
    expect(pid).toBeGreaterThan(1);
    await expect
      .poll(() =>
        readFile(`/proc/${pid}/stat`, "utf8").then(
          (stat) => stat.split(") ")[1]?.[0] ?? "",
          () => "gone",
        ),
      )
      .toMatch(/^(gone|Z)$/);
  });

  it("that a file names but that are somebody else's by now are left alone", async () => {
    const stranger = spawn("sleep", ["600"], { detached: true, stdio: "ignore", env: { [runnerMark]: "another" } });
    await once(stranger, "spawn");
    const driver = driverWith(silentLogger);
    const running = await driver.start(specOf("process", ["sleep", "600"])("good"), cpu, signal);
    await running.stop();
    const path = join(folder, "runners", `${stranger.pid}.json`);
    await writeFile(path, JSON.stringify({ pid: stranger.pid, mark: "ours", startedAt: "Thu Jan  1 00:00:00 1970" }));
    expect(await driver.removeOrphans()).toBe(0);
    expect(stranger.exitCode).toBeNull();
    expect(() => process.kill(stranger.pid as number, 0)).not.toThrow();
    expect(await readdir(join(folder, "runners"))).toEqual([]);
    stranger.kill("SIGKILL");
  });

  it("that cannot be run say what is wrong with the command", async () => {
    const start = (command: readonly string[]) =>
      driverWith(silentLogger).start(specOf("process", command)("good"), cpu, signal);
    await expect(start(["no-such-runner"])).rejects.toMatchObject({
      code: "runner_not_started",
      message: 'there is no program no-such-runner: give its whole path in "command"',
    });
    await expect(start([folder])).rejects.toMatchObject({ message: expect.stringContaining("may not be run") });
  });
});
