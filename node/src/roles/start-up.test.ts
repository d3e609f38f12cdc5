import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import { findFfmpeg } from "@livepeer-ts/media/adapters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../supervisor/free-port.ts";
import { makeGoDataFolder, rowsIn } from "./testing/go-data-folder.ts";

const main = join(import.meta.dirname, "..", "main.ts");
const secret = "s3cret-w0rd";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-start-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
type Facts = Readonly<Record<string, string | number>>;

/** Runs the program. `whenReady` is called when it can take work; it is ended afterwards. */
async function run(
  args: readonly string[],
  options: { env?: Record<string, string>; whenReady?: (facts: Facts) => Promise<void> } = {},
): Promise<Ended> {
  const env = { ...process.env, HOME: join(folder, "home"), ...options.env };
  // a program that is not to become ready ends by itself, and would wait for the end of a channel
  const channel = options.whenReady === undefined ? [] : (["ipc"] as const);
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe", ...channel], env });
  const out = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      out[name] += text;
    });
  }
  const closed = once(child, "close") as Promise<[number | null]>;
  if (options.whenReady !== undefined) {
    const ready = new Promise<Facts>((resolve) =>
      child.once("message", ({ facts }: { facts: Facts }) => resolve(facts)),
    );
    const first = await Promise.race([ready, closed.then(() => undefined)]);
    try {
      if (first !== undefined) await options.whenReady(first);
    } finally {
      child.kill("SIGTERM");
    }
  }
  const [code] = await closed;
  return { code, ...out };
}

describe("a node with wrong flags ends before anything is opened", () => {
  it.each<[string, string[], string[]]>([
    ["an unknown flag", ["-gatewya"], ["flag provided but not defined: -gatewya (did you mean -gateway?)"]],
    [
      "no role",
      ["-v", "5"],
      [
        "No services enabled; must be at least one of -gateway, -transcoder, -aiWorker, -orchestrator, -redeemer, -reward or -initializeRound",
      ],
    ],
    [
      "something that is not built",
      ["-orchestrator", "-transcoder", "-liveAISaveNSegments", "7", "-mediaMTXApiPassword", secret],
      [
        "-mediaMTXApiPassword cannot be used: AI work is not built yet",
        "-liveAISaveNSegments cannot be used: AI work is not built yet",
      ],
    ],
    [
      "object stores that cannot be used",
      ["-orchestrator", "-transcoder", "-objectStore", "/tmp/store", "-recordStore", `s3://${secret}@region/bucket`],
      [
        "-objectStore of an orchestrator must be a store that gateways reach, s3 or gs: without one they fetch results from its memory",
        "-recordStore: password is required with s3:// OS",
      ],
    ],
    [
      "several mistakes",
      [
        "-orchestrator",
        "-transcoder",
        "-network",
        "mine",
        "-maxSessions",
        "0",
        "-pricePerUnit",
        "5",
        "-ethPassword",
        secret,
      ],
      [
        "-network mine needs -ethUrl: give the URL of an Ethereum node",
        "-network mine needs -ethController: give the address of its Controller",
        "-maxSessions must be 'auto' or greater than zero",
      ],
    ],
  ])("with %s", async (_what, args, sentences) => {
    const ended = await run([...args, "-dataDir", join(folder, "unopened")]);
    expect(ended).toEqual({ code: 2, stdout: "", stderr: `${sentences.join("\n")}\n` });
    expect(await readdir(folder)).not.toContain("unopened");
  });

  it("with a wrong value in the environment or in the file", async () => {
    const file = join(folder, "wrong.conf");
    await writeFile(file, "# a node\ngateway\nmaxAttempts often\n");
    const [fromFile, fromEnv] = await Promise.all([
      run(["-config", file]),
      run(["-gateway"], { env: { LP_SELECTRANDFREQ: "0.9" } }),
    ]);
    expect(fromFile).toMatchObject({
      code: 2,
      stderr: 'invalid value "often" for flag -maxAttempts: write a whole number\n',
    });
    expect(fromEnv).toMatchObject({
      code: 2,
      stderr: "sum of selection algorithm weights must be 1.0, stakeWeight=0.7, priceWeight=0, randWeight=0.9\n",
    });
  });
});

describe("what a node prints", () => {
  it("is the version or the help, with exit code 0", async () => {
    const [version, help] = await Promise.all([run(["-version"]), run(["-gateway", "--help"])]);
    expect(version).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringMatching(/^Livepeer Node Version: .*\n/),
    });
    expect(version.stdout.split("\n")).toHaveLength(5);
    expect(help).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("\n  -orchAddr string\n") });
  });
});

describe("remote transcoders", () => {
  it("do the work of an orchestrator that has none, and are refused without its secret", async () => {
    const [port, http] = [await freePort(), await freePort()];
    const clip = join(folder, "clip.ts");
    const { path: ffmpeg } = await findFfmpeg();
    const source = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=1", "-pix_fmt", "yuv420p"];
    await promisify(execFile)(ffmpeg, ["-v", "error", "-y", ...source, "-c:v", "libx264", "-f", "mpegts", clip]);
    const secretFile = join(folder, "secret");
    await writeFile(secretFile, `${secret}\n`);
    const transcoder = (orchSecret: string) => [
      ...["-transcoder", "-orchAddr", `127.0.0.1:${port}`, "-orchSecret", orchSecret, "-maxSessions", "2"],
      ...["-dataDir", join(folder, "transcoder"), "-transcoderPreset", "ultrafast"],
    ];
    const gateway = [
      ...["-gateway", "-orchAddr", `127.0.0.1:${port}`, "-httpAddr", `127.0.0.1:${http}`, "-rtmpAddr", "127.0.0.1:0"],
      ...["-dataDir", join(folder, "remote-gateway"), "-transcodingOptions", "P144p30fps16x9"],
    ];
    const push = async (): Promise<Response> => {
      const header = { accept: "multipart/mixed", "content-duration": "1000" };
      const body = await readFile(clip);
      return fetch(`http://127.0.0.1:${http}/live/x/0.ts`, { method: "PUT", headers: header, body });
    };
    const orchestrator = await run(
      [
        ...["-orchestrator", "-orchSecret", secretFile, "-maxSessions", "auto", "-serviceAddr", `127.0.0.1:${port}`],
        ...["-dataDir", join(folder, "remote-orchestrator")],
      ],
      {
        whenReady: async () => {
          const stranger = await run(transcoder("another"));
          expect(stranger).toMatchObject({ code: 1, stderr: expect.stringContaining("has another -orchSecret") });
          const worker = run(transcoder(secretFile), {
            whenReady: async () => {
              await run(gateway, {
                whenReady: async () => {
                  let answer = await push();
                  // the transcoder may still be on its way to the orchestrator: nobody can take the segment then
                  while (answer.status === 503) answer = await push();
                  expect(answer.status).toBe(200);
                  expect(await answer.text()).toContain("Rendition-Name: P144p30fps16x9");
                },
              });
            },
          });
          expect(await worker).toMatchObject({ code: 0, stdout: "" });
        },
      },
    );
    expect(orchestrator.code).toBe(0);
    expect(orchestrator.stderr).not.toContain(secret);
  }, 120_000);
});

describe("a node with right flags", () => {
  it("starts as a gateway from a file and old names, shows its settings and no secret", async () => {
    const file = join(folder, "gateway.conf");
    await writeFile(
      file,
      `broadcaster # the old name\nhttpAddr 127.0.0.1:0\nrtmpAddr 127.0.0.1:0\nauthWebhookUrl http://u:${secret}@127.0.0.1:1/hook\n`,
    );
    const env = { LP_ORCHADDR: "127.0.0.1:1", LP_EVENTSTOKEN: secret, LP_DATADIR: join(folder, "gateway") };
    const ended = await run(["-config", file], {
      env,
      whenReady: async ({ httpPort }) => {
        expect((await fetch(`http://127.0.0.1:${httpPort}/live/x/0.ts`)).status).toBe(405);
      },
    });
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain("WARN  -broadcaster is deprecated: write -gateway");
    expect(ended.stderr).toMatch(/^ {2}authWebhookUrl {2,}http:\/\/\*\*\*@127\.0\.0\.1:1\/\*\*\*$/m);
    expect(ended.stderr).toMatch(/^ {2}eventsToken {2,}\*\*\*$/m);
    expect(ended.stderr).not.toContain(secret);
  });

  it("starts as an orchestrator in a Go node's folder, on one port for HTTP and gRPC without TLS, and leaves the rows", async () => {
    const data = join(folder, "go");
    await makeGoDataFolder(data, "0");
    const before = rowsIn(data);
    const port = await freePort();
    const net = new NodeNet();
    const signal = AbortSignal.timeout(60_000);
    const ended = await run(
      [
        ...["-orchestrator", "-transcoder", "-dataDir", data, "-httpAddr", "http://127.0.0.1"],
        ...["-serviceAddr", `http://127.0.0.1:${port}`, "-logFormat", "json"],
      ],
      {
        whenReady: async (facts) => {
          expect(facts["port"]).toBe(port);
          const ask = (protocol: "h1" | "h2", path: string) =>
            net.request({
              method: "GET",
              url: `http://127.0.0.1:${port}${path}`,
              header: new Headers(),
              signal,
              protocol,
            });
          expect((await ask("h1", "/nothing")).status).toBe(404);
          expect((await ask("h2", "/nothing")).status).toBe(404);
        },
      },
    );
    await net.stop();
    expect(ended).toMatchObject({ code: 0, stdout: "" });
    const lines = ended.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(lines.find(({ message }) => message === "settings")).toMatchObject({
      httpAddr: "http://127.0.0.1",
      dataDir: data,
    });
    expect(rowsIn(data)).toEqual(before);
  });

  it("does not start in the folder of a newer program or of another network", async () => {
    const [newer, other] = [join(folder, "newer"), join(folder, "other")];
    await makeGoDataFolder(newer, "0", { dbVersion: "2" });
    await makeGoDataFolder(other, "42161");
    const args = ["-gateway", "-orchAddr", "127.0.0.1:1", "-httpAddr", "127.0.0.1:0", "-rtmpAddr", "127.0.0.1:0"];
    const [a, b] = await Promise.all([run([...args, "-dataDir", newer]), run([...args, "-dataDir", other])]);
    expect(a).toMatchObject({ code: 1, stderr: expect.stringMatching(/\nDB Too New: [^\n]+\n$/) });
    expect(b).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /\nexpecting chainID of 42161, but got 0\. Did you change networks without changing network name or datadir\?\n$/,
      ),
    });
  });
});
