import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfileJson } from "@livepeer-ts/media";
import { createRemuxBackend, syntheticSegment } from "@livepeer-ts/media/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { NodeProcess, remuxNode } from "../support/node-process.ts";

const ladder = [{ name: "low", width: 426, height: 240, bitrate: 400_000, fps: 30 }];
const streams = ["one", "two", "three", "four"];
const segmentsEach = 3;

let folder: string;
let orchestrator: NodeProcess;
let gateways: readonly { readonly node: NodeProcess; readonly port: number }[];
let balancer: Server;

/** Gives each connection to the next gateway, and knows nothing of what it carries. */
async function startBalancer(ports: readonly number[]): Promise<Server> {
  let next = 0;
  const server = createServer((socket) => {
    const upstream = connect(ports[next++ % ports.length] as number, "127.0.0.1");
    socket.on("error", () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-balanced-"));
  const ladderFile = join(folder, "ladder.json");
  await writeFile(ladderFile, JSON.stringify(ladder));
  const [service, ...ports] = await Promise.all([freePort(), freePort(), freePort(), freePort(), freePort()]);
  const start = async (i: number) => {
    const [port = 0, rtmp] = ports.slice(2 * i);
    const node = await NodeProcess.start([
      ...["-gateway", "-dataDir", join(folder, `g${i}`), "-orchAddr", `127.0.0.1:${service}`],
      ...["-httpAddr", `127.0.0.1:${port}`, "-rtmpAddr", `127.0.0.1:${rtmp}`, "-transcodingOptions", ladderFile],
      ...["-cliAddr", "127.0.0.1:0"],
    ]);
    return { node, port };
  };
  const startOrchestrator = NodeProcess.start(
    [
      ...["-orchestrator", "-transcoder", "-dataDir", join(folder, "o"), "-serviceAddr", `127.0.0.1:${service}`],
      ...["-cliAddr", "127.0.0.1:0", "-startupAvailabilityCheck=false"],
    ],
    {},
    remuxNode,
  );
  [orchestrator, ...gateways] = await Promise.all([startOrchestrator, start(0), start(1)]);
  balancer = await startBalancer(gateways.map(({ port }) => port));
}, 90_000);
afterAll(async () => {
  balancer?.close();
  await Promise.all([orchestrator, ...(gateways ?? []).map(({ node }) => node)].map((node) => node?.stop()));
  await rm(folder, { recursive: true, force: true });
});

function push(agent: Agent, name: string, seqNo: number, bytes: Uint8Array): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { port } = balancer.address() as AddressInfo;
    const headers = { accept: "multipart/mixed", "content-duration": "2000", "content-length": bytes.length };
    const sent = request(
      { agent, method: "PUT", host: "127.0.0.1", port, path: `/live/${name}/${seqNo}.ts`, headers },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) });
      },
    );
    sent.once("error", reject);
    sent.end(bytes);
  });
}

it("streams that each stay on a connection share gateways without mixing, and gateways know nothing of each other", async () => {
  const backend = createRemuxBackend();
  await Promise.all(
    streams.map(async (name, i) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let seqNo = 0; seqNo < segmentsEach; seqNo++) {
        const segment = syntheticSegment({ seqNo, seed: 100 * i + seqNo, width: 640, height: 360 });
        const { status, body } = await push(agent, name, seqNo, segment.bytes);
        expect(status, body.toString("utf8", 0, 300)).toBe(200);
        // the engine's output is a function of its input: this stream's own segment came back
        const profiles = parseProfileJson(ladder);
        const own = await backend.transcode({ sessionId: "s", segment, profiles }, new AbortController().signal);
        expect(body.includes(Buffer.from(own.renditions[0]?.bytes ?? []))).toBe(true);
      }
      agent.destroy();
    }),
  );
  const held = await Promise.all(
    gateways.map(async ({ node, port }) => {
      const names = Object.keys(JSON.parse((await node.call("GET", "/status")).text).Manifests).sort();
      for (const name of streams) {
        const { status } = await fetch(`http://127.0.0.1:${port}/stream/${name}.m3u8`);
        expect(status).toBe(names.includes(name) ? 200 : 404);
      }
      for (const name of names) {
        const list = await (await fetch(`http://127.0.0.1:${port}/stream/${name}/low.m3u8`)).text();
        expect(list.match(/\d+\.ts/g)).toEqual(["0.ts", "1.ts", "2.ts"]);
      }
      return names;
    }),
  );
  expect(held.map(({ length }) => length)).toEqual([2, 2]);
  expect(held.flat().sort()).toEqual([...streams].sort());
});
