import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Hex, readBody, utf8 } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import { publishClip } from "@livepeer-ts/media/adapters";
import { ffmpeg, makeCounterClip, outsidePackets } from "@livepeer-ts/media/testing";
import { type Anvil, startAnvil } from "@livepeer-ts/protocol/adapters";
import type { Devnet } from "@livepeer-ts/protocol/deploy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { NodeProcess } from "../support/node-process.ts";
import { until } from "../support/until.ts";
import { nodeChainFlags } from "./node-chain-flags.ts";
import { stakedDevnet } from "./staked-devnet.ts";

const secret = "shared";
const workerFile = join(import.meta.dirname, "..", "support", "trickle-worker.ts");
/** Expected value of a ticket; its face value is a wei more, so that practically every one wins. */
const ticketWei = 1_000_000_000_000n;
const weiPerSecond = 20_000_000_000n;
const framesPerSegment = 50;

type Machine = {
  readonly name: string;
  readonly url: string;
  readonly node: NodeProcess;
  readonly worker: ChildProcess;
};
type Json = Record<string, unknown>;

let folder: string;
let anvil: Anvil;
let devnet: Devnet;
let machines: Machine[] = [];
let gateway: NodeProcess | undefined;
let gatewayUrl: string;
const net = new NodeNet();

const chainFlags = (name: string, key: Hex) => nodeChainFlags(join(folder, name), key, anvil, devnet);

/** An orchestrator, and a worker that has registered with it. Both have the account of the only one that is staked. */
async function startMachine(name: string): Promise<Machine> {
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const node = await NodeProcess.start([
    ...["-orchestrator", "-orchSecret", secret, "-serviceAddr", `127.0.0.1:${port}`],
    ...(await chainFlags(name, developmentKeys.orchestrators[0])),
    ...["-pricePerUnit", "1", "-autoAdjustPrice=false", "-startupAvailabilityCheck=false", "-reward=false"],
    ...["-redeemGas", "1", "-ticketEV", String(ticketWei), "-maxFaceValue", String(ticketWei + 1n)],
  ]);
  const worker = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", workerFile, name], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" },
  });
  const [line] = (await once(worker.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  const workerUrl = `http://127.0.0.1:${line.toString().trim()}`;
  const registration = { name: "cap", url: workerUrl, capacity: 1, price_per_unit: Number(weiPerSecond) };
  const answer = await net.request({
    method: "POST",
    url: `${url}/capability/register`,
    header: new Headers({ authorization: secret }),
    body: utf8(JSON.stringify(registration)),
    signal: AbortSignal.timeout(20_000),
  });
  expect(new TextDecoder().decode(await readBody(answer.body, 1000))).toBe("ok");
  return { name, url, node, worker };
}

/** Winning tickets in an orchestrator's database. */
function wonCount({ name }: Machine): number {
  const database = new DatabaseSync(join(folder, name, "lpdb.sqlite3"), { readOnly: true });
  try {
    return Number(database.prepare("SELECT count(*) AS n FROM ticketQueue").get()?.["n"]);
  } finally {
    database.close();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-capability-streams-"));
  anvil = await startAnvil({ blockTimeSec: 0.25 });
  devnet = await stakedDevnet(anvil, [developmentKeys.gateway]);
  machines = await Promise.all([startMachine("o1"), startMachine("o2")]);
  const httpPort = await freePort();
  gatewayUrl = `http://127.0.0.1:${httpPort}`;
  gateway = await NodeProcess.start([
    ...["-gateway", ...(await chainFlags("g", developmentKeys.gateway))],
    ...["-orchAddr", machines.map(({ url }) => url).join(",")],
    ...["-httpAddr", `127.0.0.1:${httpPort}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
    ...["-liveOutSegmentTimeout", "2s"],
  ]);
}, 120_000);

afterAll(async () => {
  for (const { worker } of machines) worker.kill("SIGKILL");
  await Promise.all([gateway?.stop(), ...machines.map(({ node }) => node.stop())]);
  await net.stop();
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

it("carries video to a worker and back over a gateway and an orchestrator that is paid, and to another one when the worker is killed", async () => {
  const clip = join(folder, "clip.mp4");
  await makeCounterClip({ path: clip, width: 320, height: 180, fps: 25, seconds: 4, bitrateBps: 300_000 });
  const cut = ["-i", clip, "-c", "copy", "-f", "segment", "-segment_time", "2", "-segment_format", "mpegts"];
  await ffmpeg(["-v", "error", ...cut, join(folder, "piece-%d.ts")]);
  const pieces = (await readdir(folder)).filter((name) => name.startsWith("piece-")).sort();
  const [piece] = await Promise.all(pieces.map((name) => readFile(join(folder, name))));

  const livepeer = Buffer.from(
    JSON.stringify({
      request: "{}",
      parameters: '{"enable_video_ingress":true,"enable_video_egress":true,"enable_data_output":true}',
      capability: "cap",
      timeout_seconds: 20,
    }),
  ).toString("base64");
  const begun = await fetch(`${gatewayUrl}/process/stream/start`, {
    method: "POST",
    headers: { livepeer },
    body: '{"stream_name":"live"}',
  });
  expect(begun.status).toBe(200);
  const urls = (await begun.json()) as Record<string, string>;
  const status = async () => (await (await fetch(String(urls["status_url"]))).json()) as Json;
  const ours = async () => (await status())["gateway_status"] as Json & { orchestrator_info?: { url: string } };
  const machineOf = async () => {
    const url = (await ours()).orchestrator_info?.url;
    return machines.find((machine) => machine.url === url) as Machine;
  };
  const first = await machineOf();
  const second = machines.find((machine) => machine !== first) as Machine;
  // two minutes in advance are 2.4·10^12 wei: three tickets, all of them at the one that works
  expect([wonCount(first), wonCount(second)]).toEqual([3, 0]);

  const recorded = join(folder, "recorded.ts");
  const video = await fetch(String(urls["video_url"]));
  const recording = (async () => {
    const file = createWriteStream(recorded);
    for await (const chunk of video.body as ReadableStream<Uint8Array>) file.write(chunk);
    file.end();
    await once(file, "close");
  })();
  const lines: string[] = [];
  const data = await fetch(String(urls["data_url"]));
  const reading = (async () => {
    let rest = "";
    for await (const chunk of data.body as ReadableStream<Uint8Array>) {
      rest += new TextDecoder().decode(chunk);
      const events = rest.split("\n\n");
      rest = events.pop() as string;
      lines.push(...events);
    }
  })();
  const countOf = ({ name }: Machine) => lines.filter((line) => line.includes(`"worker":"${name}"`)).length;

  // an encoder over RTMP
  const encoder = publishClip({ clip, rtmpUrl: String(urls["rtmp_url"]), loop: false });
  expect((await encoder.exited).code).toBe(0);
  await until("both segments came back", () => countOf(first) === 2);
  // the rest by HTTP, faster than it plays
  let isPushing = true;
  let refusedBy: string | null = null;
  const pushing = (async () => {
    for (let number = 0; isPushing; number++) {
      const body = new Uint8Array(piece as Buffer);
      const answer = await fetch(`${urls["push_url"]}${number}.ts`, { method: "PUT", body });
      if (answer.status === 404) refusedBy = answer.headers.get("livepeer-reason");
      if (answer.status !== 200) isPushing = false;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  })();
  const before = countOf(first);
  await until("pushed segments come back", () => countOf(first) >= before + 2);
  first.worker.kill("SIGKILL");
  await until("the other worker's segments come", () => countOf(second) >= 2);
  expect(await ours()).toMatchObject({ state: "running", swaps: 1, error: { reason: "no_output" } });
  expect(await machineOf()).toBe(second);
  expect(wonCount(second)).toBe(3);
  expect((await status())["pipeline"]).toBe(second.name);

  second.node.kill("SIGKILL");
  await until("the stream ends", () => !isPushing);
  await Promise.all([pushing, recording, reading]);
  expect(refusedBy).toBe("orchestrator_unreachable");
  expect(await ours()).toMatchObject({ state: "ended", stop: { reason: "orchestrator_unreachable" } });
  expect(lines.at(-1)).toMatch(/^event: end\ndata: \{"reason":"orchestrator_unreachable"/);

  // what came out, as ffprobe counts it: every frame of every segment that the workers say they sent
  const frames = (await outsidePackets(recorded)).filter(({ kind }) => kind === "video").length;
  expect(frames % framesPerSegment).toBe(0);
  expect(frames / framesPerSegment).toBeGreaterThanOrEqual(countOf(first) + countOf(second));
  expect(frames / framesPerSegment).toBeLessThanOrEqual(countOf(first) + countOf(second) + 2);
}, 90_000);
