import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerText } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunningApp, runApp, runLine } from "../support/app-cli.ts";
import { until } from "../support/until.ts";

const pythons = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
const hasPython = pythons.some(
  (name) => spawnSync(name, ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"]).status === 0,
);
if (!hasPython && process.env["CI"] === "true") throw new Error("the Python template needs Python 3.11 or newer");

const net = new NodeNet();
let folder: string;
const running: RunningApp[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-app-test-"));
});
afterAll(async () => {
  for (const app of running) app.kill();
  await Promise.all(running.map((app) => app.ended));
  await net.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Names of their own: other networks on this machine have apps too. */
const nameOf = (what: string) => `${what}-${process.pid}`;

function start(args: readonly string[]): RunningApp {
  const app = new RunningApp(args, folder);
  running.push(app);
  return app;
}

/** A folder with an app, made as a newcomer makes it. */
async function init(template: string, name: string): Promise<string> {
  const { code, stdout, stderr } = await runApp(["init", "--template", template, name], folder);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(`cd ${name} && livepeer app dev`);
  return join(folder, name);
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(file, after);
}

/** What an orchestrator offers. */
async function offered(orchestratorUrl: string): Promise<readonly { readonly app: string }[]> {
  const signal = AbortSignal.timeout(20_000);
  const answer = await net.request({
    method: "GET",
    url: `${orchestratorUrl}/discovery`,
    header: new Headers(),
    signal,
  });
  const [place] = JSON.parse(await answerText(answer, 1_000_000)) as { runners?: { app: string }[] }[];
  return place?.runners ?? [];
}

/** Width and height of a PNG. */
async function pngSize(file: string): Promise<readonly [number, number]> {
  const bytes = await readFile(file);
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe("livepeer app init", () => {
  it("refuses folders with something in them, names that no app can have, templates that are not there", async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await runApp(["init", ...args], folder);
      expect(code).not.toBe(0);
      return stderr;
    };
    await writeFile(join(folder, "notes.txt"), "mine");
    await Promise.all([
      expect(refused("--template", "node", ".")).resolves.toContain("is not empty (notes.txt"),
      expect(refused("--template", "node", "notes.txt")).resolves.toContain("is a file"),
      expect(refused("--template", "node", "my app")).resolves.toContain('"my app" cannot be an app\'s name'),
      expect(refused("--template", "cobol")).resolves.toContain("one of node, python, container"),
      expect(refused()).resolves.toContain("--template is missing"),
      expect(refused("--templat", "node")).resolves.toContain("Unknown option '--templat'"),
    ]);
    expect(await readdir(folder)).toEqual(["notes.txt"]);
  });
});

describe("livepeer app, without a chain", () => {
  const name = nameOf("summary");
  let dev: RunningApp;
  let ready: Awaited<ReturnType<RunningApp["event"]>>;
  let app: string;

  beforeAll(async () => {
    app = await init("container", name);
    dev = start(["dev", "--off-chain", "--json", app]);
    ready = await dev.event("ready");
  });

  const summary = async () => JSON.parse(await runLine(String(ready["curl"]), folder)) as Record<string, unknown>;

  it("prints a line that calls the app through the gateway, and shows the call", async () => {
    expect(await summary()).toEqual({
      summary: "Bees that visit flowers carry pollen, and flowers with pollen bear fruit.",
      sentences: 3,
      words: 19,
    });
    const seen = await dev.event("call");
    expect(seen).toMatchObject({ app: name, status: 200 });
    expect(seen).not.toHaveProperty("feeWei");
  });

  it("lists and calls it by its name; failures say why and end with 1", async () => {
    const data = '{"text": "One thing. Another thing. A thing at last.", "sentences": 1}';
    const gateway = String(ready["gatewayUrl"]);
    const [listed, called, refused, unknown, nowhere] = await Promise.all([
      runApp(["list", "--gateway", gateway], folder),
      runApp(["call", name, "--data", data, "-o", "answer.json"], folder),
      runApp(["call", name, "--data", "{}"], folder),
      runApp(["call", "nobody/has-this", "--gateway", gateway, "-o", "none.json"], folder),
      runApp(["call", name, "--gateway", "http://127.0.0.1:1"], folder),
    ]);
    expect(listed.stdout).toContain(name);
    expect([called.code, called.stdout]).toEqual([0, ""]);
    expect(called.stderr).toMatch(/^\d+\.\d\d s\n$/);
    expect(JSON.parse(await readFile(join(folder, "answer.json"), "utf8"))).toMatchObject({ sentences: 3 });
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([1, "", "the call failed: 422 text is missing\n"]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/^the call failed: 404 .*nobody\/has-this/);
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain("no gateway answers at http://127.0.0.1:1 (ECONNREFUSED)");
    expect(await readdir(folder)).not.toContain("none.json");
  });

  it("starts anew when a file changes; a broken edit shows its error, and mends", async () => {
    const server = join(app, "server.mjs");
    await edit(server, (text) => text.replace("sentences: sentences.length", "sentences: 'many'"));
    expect(await dev.event("reloaded")).toMatchObject({ changed: ["server.mjs"] });
    expect(await summary()).toMatchObject({ sentences: "many" });
    await edit(server, (text) => `${text}\n}`);
    expect((await dev.event("broken"))["why"]).toBe("the app ended with code 1 before it could take calls");
    expect(await summary()).toEqual({ error: { message: "the app ended with code 1 before it could take calls" } });
    await edit(server, (text) => text.slice(0, -2).replace("'many'", "7"));
    await dev.event("reloaded");
    expect(await summary()).toMatchObject({ sentences: 7 });
    await edit(join(app, "app.json"), (text) => text.replace('"capacity": 8', '"capcity": 8'));
    expect((await dev.event("broken"))["why"]).toContain('"capcity" is not known: "capacity" would be');
    await edit(join(app, "app.json"), (text) => text.replace('"capcity": 8', '"capacity": 3').replace("Monday", "May"));
    await dev.event("reloaded");
    expect((await dev.event("ready"))["curl"]).toContain("It was May.");
    expect(await offered(String(ready["orchestratorUrl"]))).toMatchObject([{ app: name, capacity: 3 }]);
  });

  it("registers nothing with a wrong secret, at a wrong address, or for an app that does not start", async () => {
    const orchestrator = ["--orchestrator", String(ready["orchestratorUrl"])];
    const secret = ["--secret", String(ready["secretFile"])];
    await writeFile(join(folder, "guess"), "guess\n");
    const said = async (...args: string[]) => {
      const { code, stderr } = await runApp(["register", ...args], folder);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await said(...orchestrator, "--secret", "guess", app)).toContain(
      "does not know this secret: --secret names",
    );
    expect(await said("--orchestrator", "https://127.0.0.1:1", ...secret, app)).toContain("cannot be reached");
    expect(await said("--orchestrator", "https://10.0.0.1:8935", ...secret, app)).toContain("--app-url is missing");
    expect(await said(...orchestrator, "--secret", "not-there", app)).toContain("cannot be read");
    expect(await said(...orchestrator, ...secret, folder)).toContain("holds no app");
  });

  it("leaves no app behind when the command is killed, and says so when the app ends by itself", async () => {
    const place = ["--orchestrator", String(ready["orchestratorUrl"]), "--secret", String(ready["secretFile"])];
    const serve = async (what: string) => {
      const registered = start(["register", ...place, await init("container", nameOf(what))]);
      await registered.line((line) => line.startsWith(`${nameOf(what)} takes calls there`));
      return registered;
    };
    const [killed, crashed] = await Promise.all([serve("killed"), serve("crashed")]);
    killed.kill();
    await until("what the killed one started is gone", () => killed.leftProcesses.length === 0);
    const server = crashed.leftProcesses.find((line) => /^\d+ node server\.mjs $/.test(line));
    process.kill(Number(server?.split(" ")[0]), "SIGKILL");
    expect(await crashed.ended).toBe(1);
    expect(crashed.log).toContain("the app ended by SIGKILL: it is taken off the orchestrator");
    const apps = (await offered(String(ready["orchestratorUrl"]))).map((one) => one.app);
    expect(apps).not.toContain(nameOf("crashed"));
  });

  it("ends on Ctrl-C with everything it started", async () => {
    expect(dev.leftProcesses.length).toBeGreaterThanOrEqual(4);
    expect(await dev.interrupt()).toBe(0);
    expect(dev.leftProcesses).toEqual([]);
    const { code } = await runApp(["call", name, "--gateway", String(ready["gatewayUrl"])], folder);
    expect(code).toBe(1);
  });
});

describe("livepeer app, paid on a chain", () => {
  const name = nameOf("upscaler");
  const reader = nameOf("reader");
  let dev: RunningApp;
  let ready: Awaited<ReturnType<RunningApp["event"]>>;

  beforeAll(async () => {
    dev = start(["dev", "--json", await init("node", name)]);
    ready = await dev.event("ready");
  });

  it("takes a newcomer from a template to a paid call", async () => {
    expect(ready["missing"]).toEqual([]);
    await runLine(String(ready["curl"]), folder);
    expect(await pngSize(join(folder, "large.png"))).toEqual([192, 128]);
    const { feeWei, ...seen } = await dev.event("call");
    expect(seen).toMatchObject({ app: name, status: 200 });
    // 0.0005 dollars at 2000 dollars for an ether
    expect(feeWei).toBe(String(25n * 10n ** 10n));
    const picture = join(folder, name, "example.png");
    const called = await runApp(
      ["call", name, "-F", `image=@${picture}`, "-F", "factor=3", "-o", "larger.png"],
      folder,
    );
    expect(called.stderr).toMatch(/^10 % 288×192\n\d+\.\d\d s, 0\.00000025 ETH\n$/);
    expect(await pngSize(join(folder, "larger.png"))).toEqual([288, 192]);
    const refused = await runApp(["call", name, "-F", `image=@${picture}`, "-F", "factor=99"], folder);
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain("factor must be 8 or less");
  });

  it("does not go on without a price, and says so", async () => {
    const file = join(folder, name, "app.ts");
    const price = '  price: { amount: "0.0005", currency: "usd", per: "request" },\n';
    await edit(file, (text) => text.replace(price, ""));
    expect((await dev.event("broken"))["why"]).toContain(`${name} has no price`);
    await edit(file, (text) => text.replace("  capacity: 2,\n", `${price}  capacity: 2,\n`));
    await dev.event("reloaded");
    const { code, stderr } = await runApp(
      ["register", "--orchestrator", String(ready["orchestratorUrl"]), "--secret", String(ready["secretFile"])],
      await priceless(),
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining("wants a price in usd above 0")]);
  });

  async function priceless(): Promise<string> {
    const app = await init("container", nameOf("free"));
    await edit(join(app, "app.json"), (text) => text.replace(/ {2}"price": .*\n/, ""));
    return app;
  }

  it.skipIf(!hasPython)("serves a Python app beside it, registered as at any orchestrator", async () => {
    const app = await init("python", reader);
    const place = ["--orchestrator", String(ready["orchestratorUrl"]), "--secret", String(ready["secretFile"])];
    const registered = start(["register", ...place, app]);
    await registered.line((line) => line.startsWith(`${reader} takes calls there`));
    const gateway = ["--gateway", String(ready["gatewayUrl"])];
    const called = await runApp(["call", reader, "-F", `document=@${join(app, "example.pdf")}`, ...gateway], folder);
    expect(called.stderr).toMatch(/^50 % page 1 of 2\n100 % page 2 of 2\n\d+\.\d\d s, 0\.0000001 ETH\n$/);
    expect(JSON.parse(called.stdout)).toMatchObject({
      kind: "pdf",
      pages: [
        { page: 1, text: expect.stringContaining("The orchard has 48 apple trees.") },
        { page: 2, text: expect.stringContaining("Nobody objected.") },
      ],
    });
    expect(await registered.interrupt()).toBe(0);
    expect(registered.leftProcesses).toEqual([]);
    expect(await offered(String(ready["orchestratorUrl"]))).toMatchObject([{ app: name }]);
  });

  it("ends on Ctrl-C with everything it started", async () => {
    expect(dev.leftProcesses.length).toBeGreaterThanOrEqual(5);
    expect(await dev.interrupt()).toBe(0);
    expect(dev.leftProcesses).toEqual([]);
  });
});
