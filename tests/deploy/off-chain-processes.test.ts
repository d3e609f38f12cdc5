import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { examine, readDoctorFlags } from "../../node/src/doctor/doctor.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { NodeProcess } from "../support/node-process.ts";
import { until } from "../support/until.ts";
import { dockerfileLines, read } from "./deployments.ts";

const { services } = parse(read("deploy/compose/off-chain.yml"), { merge: true }) as {
  readonly services: Readonly<Record<string, { readonly command: string }>>;
};
let folder: string;
const running = new Map<string, NodeProcess>();
const argsOf = new Map<string, string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-compose-"));
  await writeFile(join(folder, "orch-secret"), "between us\n", { mode: 0o600 });
  const [service, http, rtmp] = await Promise.all([freePort(), freePort(), freePort()]);
  for (const [name, { command }] of Object.entries(services)) {
    const here = command
      .replaceAll("orchestrator:8935", `127.0.0.1:${service}`)
      .replaceAll("0.0.0.0:9935", `127.0.0.1:${http}`)
      .replaceAll("0.0.0.0:1935", `127.0.0.1:${rtmp}`)
      .replaceAll("/run/secrets", folder);
    argsOf.set(name, [...here.split(/\s+/), "-dataDir", join(folder, name)]);
  }
  for (const name of ["orchestrator", "transcoder-1", "transcoder-2", "gateway"])
    running.set(name, await NodeProcess.start([...(argsOf.get(name) ?? []), "-cliAddr", "127.0.0.1:0"]));
}, 90_000);
afterAll(async () => {
  await Promise.all([...running.values()].map((node) => node.stop()));
  await rm(folder, { recursive: true, force: true });
});

const nodeOf = (name: string) => running.get(name) as NodeProcess;

it("has every node of the off-chain file ready, with both transcoders at the orchestrator", async () => {
  expect([...running.keys()].sort()).toEqual(Object.keys(services).sort());
  for (const name of running.keys())
    await until(`${name} is ready`, async () => (await nodeOf(name).call("GET", "/readyz")).status === 200);
  await until("both transcoders are there", async () => {
    const status = JSON.parse((await nodeOf("orchestrator").call("GET", "/status")).text);
    return status.RegisteredTranscodersNumber === 2;
  });
});

it("has nothing that the doctor finds", async () => {
  for (const name of running.keys()) {
    const args = [...(argsOf.get(name) ?? []), "-admin", `127.0.0.1:${nodeOf(name).adminPort}`];
    const { checks } = await examine(readDoctorFlags(args, {}));
    expect(
      checks.flatMap(({ findings }) => findings),
      name,
    ).toEqual([]);
  }
});

it("is asked for its health by the image's own command", async () => {
  const line =
    dockerfileLines(read("deploy/container/Dockerfile")).find((found) => found.startsWith("HEALTHCHECK")) ?? "";
  const [program, ...args] = JSON.parse(line.slice(line.indexOf("CMD ") + 4)) as [string, ...string[]];
  expect(program).toBe("node");
  const ask = (port: number) =>
    spawnSync(
      process.execPath,
      args.map((arg) => arg.replace(":7935", `:${port}`)),
    ).status;
  expect(ask(nodeOf("orchestrator").adminPort)).toBe(0);
  expect(ask(await freePort())).toBe(1);
});
