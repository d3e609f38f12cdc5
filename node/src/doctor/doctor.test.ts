import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeGoDataFolder } from "../roles/testing/go-data-folder.ts";
import { freePort } from "../supervisor/free-port.ts";
import { type DoctorReport, examine, readDoctorFlags } from "./doctor.ts";
import { exitCodeOf, jsonOf, textOf } from "./doctor-command.ts";
import { type MachinePlaces, thisMachine } from "./machine-places.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const pathBefore = process.env["PATH"];
let folder: string;
let count = 0;
const servers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-doctor-"));
});
afterEach(() => {
  process.env["PATH"] = pathBefore;
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const path = join(folder, String(count++));
  await mkdir(path, { mode: 0o700 });
  return path;
}

async function serve(handle: RequestListener): Promise<number> {
  const server = createServer(handle);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Flags of an orchestrator off chain with which nothing is wrong. */
async function good(...more: string[]): Promise<string[]> {
  const service = ["-serviceAddr", `127.0.0.1:${await freePort()}`];
  const common = ["-cliAddr", `127.0.0.1:${await freePort()}`, "-dataDir", await newFolder()];
  return ["-orchestrator", "-transcoder", ...service, ...common, ...more];
}

async function gateway(...more: string[]): Promise<string[]> {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const [http, rtmp, admin] = ports.map((port) => `127.0.0.1:${port}`) as [string, string, string];
  return ["-gateway", "-httpAddr", http, "-rtmpAddr", rtmp, "-cliAddr", admin, "-dataDir", await newFolder(), ...more];
}

const look = (args: readonly string[], places: Partial<MachinePlaces> = {}): Promise<DoctorReport> =>
  examine(readDoctorFlags(args, {}), { ...thisMachine, ...places });
const findingsOf = (report: DoctorReport) => report.checks.flatMap(({ findings }) => findings);
const codesOf = (report: DoctorReport) => findingsOf(report).map(({ code }) => code);

/** A folder of programs that shadow the system's. */
async function programs(scripts: Readonly<Record<string, string>>): Promise<string> {
  const path = await newFolder();
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return path;
}

describe("a good set-up", () => {
  it("has no finding, and leaves nothing behind", async () => {
    const args = await good();
    const report = await look(args);
    expect(findingsOf(report)).toEqual([]);
    expect(exitCodeOf(report)).toBe(0);
    expect(report.checks.filter(({ result }) => result === "ok").length).toBeGreaterThan(6);
    expect(await readdir(args[args.indexOf("-dataDir") + 1] as string)).toEqual([]);
  });
});

describe("flags", () => {
  it("tells what the node itself would refuse, and what is odd", async () => {
    const report = await look(["-gateway", "-network", "mine", "-minPerfScore", "1"]);
    expect(codesOf(report)).toEqual(expect.arrayContaining(["bad_flag", "odd_flag"]));
    expect(exitCodeOf(report)).toBe(1);
    expect(textOf(report)).toContain("-network mine needs -ethUrl");
  });

  it("reads a configuration file", async () => {
    const args = await good();
    const file = join(await newFolder(), "node.conf");
    const lines = [`orchestrator`, `transcoder`];
    for (let i = 2; i < args.length; i += 2) lines.push(`${args[i]?.slice(1)} ${args[i + 1]}`);
    await writeFile(file, lines.join("\n"));
    expect(await look(["-config", file])).toMatchObject({ role: "orchestrator" });
  });
});

describe("programs and limits", () => {
  it("tells an old Node, and memory and open files that do not do", async () => {
    const places = await newFolder();
    await mkdir(join(places, "self"));
    await writeFile(
      join(places, "self", "limits"),
      "Max open files            256                  4096                 files\n",
    );
    await writeFile(join(places, "memory.max"), "268435456\n");
    const report = await look(await good(), { nodeVersion: "22.1.0", procFolder: places, cgroupFolder: places });
    expect(codesOf(report)).toEqual(["node_too_old", "few_open_files", "little_memory"]);
    expect(textOf(report)).toContain("The node has 256 MiB of memory (limit of its container or service).");
  });

  it("tells an engine that is not installed, with the command that installs it", async () => {
    const report = await look(await good("-transcoderEngine", "node-av:/no/such/folder"));
    expect(codesOf(report)).toEqual(["no_node_av"]);
    expect(textOf(report)).toContain("npm install --prefix /no/such/folder --ignore-scripts");
  });

  it("tells a missing ffmpeg, one without encoders, and a clock that nobody sets", async () => {
    process.env["PATH"] = await newFolder();
    expect(codesOf(await look(await good()))).toEqual(["ffmpeg_unusable"]);
    process.env["PATH"] = await programs({
      ffmpeg: 'case "$1" in -version) echo "ffmpeg version 6.1 built";; *) echo " V..... libx264 "; esac',
      timedatectl: "echo no",
    });
    expect(codesOf(await look(await good()))).toEqual(["encoder_missing", "clock_not_synchronized"]);
  });

  it("tells hardware that is not there", async () => {
    const report = await look(await good("-hwaccel", "vaapi"));
    expect(codesOf(report)).toEqual(["no_hardware"]);
  });

  it("counts the files that its own shell allows, and ends with 0 for a warning", async () => {
    const args = [process.execPath, main, "doctor", ...(await good()), "--json"];
    const ended = spawnSync("sh", ["-c", 'ulimit -n 512; exec "$@"', "sh", ...args], { encoding: "utf8" });
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stdout).toContain('"few_open_files"');
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, role: "orchestrator" });
  });
});

describe("the data directory", () => {
  it("tells a file in its place, one below a file, and one that everybody may write", async () => {
    const file = join(await newFolder(), "file");
    await writeFile(file, "");
    expect(codesOf(await look(await gateway("-orchAddr", "127.0.0.1:1", "-dataDir", file)))).toContain(
      "data_dir_no_folder",
    );
    const below = codesOf(await look(await gateway("-orchAddr", "127.0.0.1:1", "-dataDir", join(file, "x"))));
    expect(below).toContain("data_dir_not_writable");
    const open = await newFolder();
    await chmod(open, 0o777);
    expect(codesOf(await look(await good("-dataDir", open)))).toEqual(["data_dir_open"]);
  });

  it("tells a work folder that is none", async () => {
    const data = await newFolder();
    await writeFile(join(data, "work"), "");
    expect(codesOf(await look(await good("-dataDir", data)))).toEqual(["work_folder_not_writable"]);
  });

  it("tells a database of another chain, of a newer program, and a broken one", async () => {
    const old = await newFolder();
    await makeGoDataFolder(old, "42161", { dbVersion: "2" });
    await chmod(join(old, "keystore"), 0o700);
    expect(codesOf(await look(await good("-dataDir", old)))).toEqual(["database_wrong_chain", "database_too_new"]);
    const broken = await newFolder();
    await writeFile(join(broken, "lpdb.sqlite3"), "this is no database, it is far too short for that".repeat(20));
    expect(codesOf(await look(await good("-dataDir", broken)))).toEqual(["database_unreadable"]);
  });

  it("names the process that has it open", async () => {
    const data = await newFolder();
    await makeGoDataFolder(data, "0");
    const hold = `const f = require("node:fs").openSync(${JSON.stringify(join(data, "lpdb.sqlite3"))}); process.stdout.write("open"); setInterval(() => f, 1000);`;
    const child = spawn(process.execPath, ["-e", hold], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(child.stdout, "data");
      const [finding] = findingsOf(await look(await good("-dataDir", data)));
      expect(finding).toMatchObject({ code: "data_dir_in_use" });
      expect(finding?.what).toContain(`node (process ${child.pid})`);
    } finally {
      child.kill();
      await once(child, "close");
    }
  });
});

describe("ports", () => {
  it("names who has one, and tells an address of another machine", async () => {
    const code =
      'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => process.stdout.write(String(s.address().port)));';
    const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [port] = (await once(child.stdout, "data")) as [Buffer];
      const [finding] = findingsOf(await look(await good("-serviceAddr", `127.0.0.1:${port}`)));
      expect(finding).toMatchObject({ code: "port_in_use", severity: "error" });
      expect(finding?.what).toContain(`process ${child.pid}`);
    } finally {
      child.kill();
      await once(child, "close");
    }
    expect(codesOf(await look(await good("-httpAddr", "192.0.2.1:8935")))).toEqual(["address_unusable"]);
  });
});

describe("a node that should run", () => {
  it("tells that its admin port wants a token, and that it is not ready", async () => {
    const guarded = await serve((request, response) => {
      if (request.url !== "/readyz") return response.writeHead(401).end();
      const reason = { code: "chain_silent", sentence: "The chain was not reached yet.", remedy: "Check -ethUrl." };
      return response.writeHead(503).end(JSON.stringify({ ready: false, reasons: [reason] }));
    });
    const report = await look(["-admin", `127.0.0.1:${guarded}`]);
    expect(codesOf(report)).toEqual(["node_chain_silent", "admin_refused"]);
    expect(exitCodeOf(report)).toBe(1);
  });

  it("tells when nobody, or somebody else, answers", async () => {
    expect(codesOf(await look(["-admin", `127.0.0.1:${await freePort()}`]))).toEqual(["node_unreachable"]);
    const stranger = await serve((_request, response) => response.writeHead(404).end("not here"));
    expect(codesOf(await look(["-admin", `127.0.0.1:${stranger}`]))).toEqual(["not_a_node"]);
  });
});

describe("what the node needs from others", () => {
  const secret = "s3cr3t-in-a-query";

  it("tells silent orchestrators and webhooks, and never a secret", async () => {
    const closed = await freePort();
    const sick = await serve((_request, response) => response.writeHead(500).end());
    const report = await look(
      await gateway(
        ...["-orchWebhookUrl", `http://user:${secret}@127.0.0.1:${sick}/list?key=${secret}`],
        ...["-authWebhookUrl", `http://127.0.0.1:${sick}/auth?key=${secret}`],
        ...["-eventsUrl", `http://127.0.0.1:${closed}/${secret}`, "-eventsToken", secret],
        ...["-objectStore", `s3+http://KEY:${secret}@127.0.0.1:${closed}/bucket`],
      ),
    );
    expect(codesOf(report).sort()).toEqual(["no_directory", "service_away", "service_fails", "store_unusable"]);
    expect(textOf(report) + JSON.stringify(jsonOf(report))).not.toContain(secret);
  });

  it("tells a list that is empty, and a transcoder whose orchestrator is not there", async () => {
    const empty = await serve((_request, response) => response.end("[]"));
    expect(codesOf(await look(await gateway("-orchWebhookUrl", `http://127.0.0.1:${empty}/`)))).toEqual([
      "no_orchestrators",
    ]);
    const args = ["-transcoder", "-orchAddr", `127.0.0.1:${await freePort()}`, "-orchSecret", "x"];
    const report = await look([...args, "-cliAddr", `127.0.0.1:${await freePort()}`, "-dataDir", await newFolder()]);
    expect(codesOf(report)).toEqual(["orchestrator_unreachable"]);
  });

  it("tells a secret that everybody can read", async () => {
    const file = join(await newFolder(), "secret");
    await writeFile(file, "between us", { mode: 0o644 });
    const [finding] = findingsOf(await look(await good("-cliToken", file)));
    expect(finding).toMatchObject({ code: "secret_readable" });
    await chmod(file, 0o600);
    expect(codesOf(await look(await good("-cliToken", file)))).toEqual([]);
  });

  it("stores a probe only when it is asked to, and takes it away again", async () => {
    const store = await newFolder();
    expect(codesOf(await look(await good("-recordStore", store)))).toEqual([]);
    expect(codesOf(await look(await good("-recordStore", store, "-probeStores")))).toEqual([]);
    const left = await readdir(store, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
    const file = join(store, "file");
    await writeFile(file, "");
    expect(codesOf(await look(await good("-recordStore", join(file, "below"), "-probeStores")))).toEqual([
      "store_unusable",
    ]);
  });
});
