import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dockerfileLines, durationMs, envFile, flagsOf, imageVariables, read, root } from "./deployments.ts";

type Mount = string | { readonly source: string; readonly target: string };
type Service = {
  readonly image: string;
  readonly command?: string;
  readonly env_file?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly Mount[];
  readonly stop_grace_period?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
};
type Compose = {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly configs?: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
};

const folder = "deploy/compose";
const composes = ["off-chain.yml", "on-chain.yml"].map((file) => ({
  file,
  compose: parse(read(`${folder}/${file}`), { merge: true }) as Compose,
}));
const nodes = composes.flatMap(({ file, compose }) =>
  Object.entries(compose.services).flatMap(([name, service]) =>
    service.image === "livepeer-ts" ? [{ title: `${file} ${name}`, name, service, compose }] : [],
  ),
);

function nodeOf(service: Service) {
  const files = (service.env_file ?? []).map((name) => envFile(read(`${folder}/${name}.example`)));
  const env = Object.assign({}, imageVariables(), ...files, service.environment) as Record<string, string>;
  return flagsOf((service.command ?? "").split(/\s+/), env);
}

/** `a:b`, `ip:a:b`: the port inside. */
const insideOf = (port: string) => Number(port.split(":").at(-1));

describe.each(nodes)("$title", ({ service, compose }) => {
  const { flags, checked } = nodeOf(service);
  const { config } = checked;

  it("has flags that a node starts with, and none that does nothing", () => {
    expect(checked.problems).toEqual([]);
    expect(checked.warnings).toEqual([]);
  });

  it("keeps its data in a volume, and writes nowhere else", () => {
    expect(config?.dataDir).toBe("/data");
    expect(service.volumes?.map(String).some((mount) => mount.endsWith(":/data"))).toBe(true);
    expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
  });

  it("lets it drain before it is killed", () => {
    expect(config?.drainTimeoutMs).toBeGreaterThan(0);
    expect(durationMs(service.stop_grace_period ?? "")).toBeGreaterThan((config?.drainTimeoutMs ?? 0) + 5000);
  });

  it("listens on the ports that are published, and on the one of the health check", () => {
    expect(config?.cliAddr.port).toBe(7935);
    const listening =
      config?.role === "gateway"
        ? [config.httpAddr, config.rtmpAddr].map(({ host, port }) => ({ host, port }))
        : config?.role === "orchestrator" && config.service.kind === "given"
          ? [{ host: "", port: config.service.port }]
          : [];
    for (const port of service.ports ?? []) {
      expect(
        listening.filter(({ host }) => host === "" || host === "0.0.0.0").map((address) => address.port),
      ).toContain(insideOf(port));
    }
  });

  it("has the secrets that its flags name, as files", () => {
    const given = service.secrets ?? [];
    const named = `${service.command}`.match(/(?<=\/run\/secrets\/)[\w-]+/g) ?? [];
    expect([...named].sort()).toEqual([...given].sort());
    for (const name of given) expect(compose.secrets[name]?.file).toBe(`./secrets/${name}`);
    for (const flag of ["ethPassword", "orchSecret", "cliToken", "cliReadToken"]) {
      if (flags.isSet(flag)) expect(flags.written(flag)).toMatch(/^\/run\/secrets\//);
    }
  });

  it("reaches the others by their names", () => {
    if (config?.role === "gateway") expect(config.orchAddr).toEqual([serviceUri(compose)]);
    if (config?.role === "transcoder") expect(config.orchestratorUrl).toBe(serviceUri(compose));
  });
});

function serviceUri({ services }: Compose): string | undefined {
  const { config } = nodeOf(services["orchestrator"] as Service).checked;
  return config?.role === "orchestrator" && config.service.kind === "given" ? config.service.uri : undefined;
}

describe.each(composes)("$file", ({ compose }) => {
  it("names files that are there, and declares what it uses", () => {
    for (const { build, volumes = [], configs = [], secrets = [] } of Object.values(compose.services)) {
      if (build !== undefined) expect(existsSync(join(root, folder, build.context, build.dockerfile))).toBe(true);
      for (const mount of volumes.map(String)) {
        const [source = ""] = mount.split(":");
        if (source.startsWith(".")) expect(existsSync(join(root, folder, source)), source).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
      for (const { source } of configs)
        expect(existsSync(join(root, folder, compose.configs?.[source]?.file ?? "?"))).toBe(true);
      for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret);
    }
  });

  it("pins the images of others", () => {
    for (const { image } of Object.values(compose.services))
      if (image !== "livepeer-ts") expect(image).toMatch(/^[\w/]+:v?\d+\.\d+\.\d+$/);
  });
});

describe("Prometheus and Grafana on chain", () => {
  const compose = composes[1]?.compose as Compose;
  const prometheus = compose.services["prometheus"] as Service;
  const grafana = compose.services["grafana"] as Service;
  const targetOf = (service: Service, source: string) =>
    service.configs?.find((entry) => entry.source === source)?.target;

  it("scrape the orchestrator's admin port with the token that may only read", () => {
    const config = parse(read(`${folder}/prometheus/prometheus.yml`));
    const [job] = config.scrape_configs;
    const node = nodeOf(compose.services["orchestrator"] as Service).checked.config;
    expect(job.static_configs[0].targets).toEqual([`orchestrator:${node?.cliAddr.port}`]);
    expect(node).toMatchObject({ monitor: true, cliAddr: { host: "0.0.0.0" } });
    const token = String(job.authorization.credentials_file).replace("/run/secrets/", "");
    expect(prometheus.secrets).toEqual([token]);
    expect(nodeOf(compose.services["orchestrator"] as Service).flags.written("cliReadToken")).toBe(
      `/run/secrets/${token}`,
    );
    expect(config.rule_files).toEqual([targetOf(prometheus, "alerts")]);
    expect(prometheus.command).toContain(`--config.file=${targetOf(prometheus, "prometheus")}`);
  });

  it("show the dashboards of the repository", () => {
    const source = parse(read(`${folder}/grafana/source.yml`)).datasources[0];
    expect(source.url).toBe("http://prometheus:9090");
    const { path } = parse(read(`${folder}/grafana/dashboards.yml`)).providers[0].options;
    expect(grafana.volumes).toContain(`../grafana:${path}:ro`);
    const home = grafana.environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] as string;
    expect(dirname(home)).toBe(path);
    expect(existsSync(join(root, "deploy/grafana", home.slice(path.length)))).toBe(true);
  });
});

describe("the image", () => {
  const lines = dockerfileLines(read("deploy/container/Dockerfile"));
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));

  it("is made in stages, runs as a user with no rights, and is asked for its health", () => {
    expect(lines.filter((line) => line.startsWith("FROM node:24-")).length).toBe(2);
    expect(final.filter((line) => line.startsWith("USER "))).toEqual(["USER node"]);
    expect(final.find((line) => line.startsWith("HEALTHCHECK"))).toContain("http://127.0.0.1:7935/healthz");
    expect(imageVariables()).toMatchObject({ LP_CLIADDR: "127.0.0.1:7935", LP_DATADIR: "/data" });
    expect(final.find((line) => line.startsWith("RUN"))).toContain("ffmpeg");
  });

  it("copies what is there, every package of the workspace, and the program that it starts", () => {
    const copied = lines
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from"))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
    const { workspaces } = JSON.parse(read("package.json")) as { readonly workspaces: readonly string[] };
    expect(copied).toEqual(expect.arrayContaining(workspaces.map((name) => `${name}/package.json`)));
    const entry = JSON.parse((final.find((line) => line.startsWith("ENTRYPOINT")) ?? "").slice(11)) as string[];
    expect(existsSync(join(root, (entry.at(-1) ?? "").replace("/opt/livepeer-ts/", "")))).toBe(true);
  });
});
