import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { offChainSigner } from "@livepeer-ts/economics";
import { capability, OrchestratorClient } from "@livepeer-ts/execution";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { NodeProcess } from "../support/node-process.ts";
import { startWebSocketServer, type WebSocketPeer } from "../support/web-socket-peer.ts";

type Json = Record<string, unknown>;

let folder: string;
let node: NodeProcess;
let url: string;
let runner: Awaited<ReturnType<typeof startWebSocketServer>>;
const peers: { readonly peer: WebSocketPeer; readonly path: string }[] = [];
let nextPeer = Promise.withResolvers<WebSocketPeer>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-serverless-"));
  runner = await startWebSocketServer((peer, path) => {
    peers.push({ peer, path });
    nextPeer.resolve(peer);
    nextPeer = Promise.withResolvers();
  });
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const model = { pipeline: "live-video-to-video", model_id: "scope", url: `${runner.url}/app?v=1`, capacity: 1 };
  node = await NodeProcess.start(
    [
      ...["-orchestrator", "-aiWorker", "-aiServerless", "-aiModels", JSON.stringify([model]), "-dataDir", folder],
      ...["-serviceAddr", url, "-startupAvailabilityCheck=false"],
    ],
    { FAL_API_KEY: "fal-key", LIVE_AI_SERVERLESS_TIMEOUT: "1h" },
  );
}, 60_000);
afterAll(async () => {
  await node?.stop();
  runner.server.closeAllConnections();
  runner.server.close();
  await rm(folder, { recursive: true, force: true });
});

const scope = (body: Json) => fetch(`${url}/scope`, { method: "POST", body: JSON.stringify(body) });

it("a node with -aiServerless gives jobs to a runner at a WebSocket, with channels that both sides reach", async () => {
  const coming = nextPeer.promise;
  const asked = scope({ params: { prompt: "x", daydream_user_id: "u1" }, gateway_request_id: "r1", stream_id: "s1" });
  const peer = await coming;
  expect(peers[0]?.path).toBe("/app?v=1");
  expect([peer.headers["authorization"], peer.headers["daydream-user-id"]]).toEqual(["Key fal-key", "u1"]);
  peer.send({ type: "ready" });
  const request = await peer.next();
  peer.send({ type: "started" });
  const answer = await asked;
  const job = (await answer.json()) as Record<string, string>;
  const id = String(job["manifest_id"]);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(peer.headers["manifest-id"]).toBe(id);
  const urls = { control_url: `${url}/ai/trickle/${id}-control`, events_url: `${url}/ai/trickle/${id}-events` };
  expect([answer.status, job]).toEqual([200, { publish_url: "", subscribe_url: "", ...urls, manifest_id: id }]);
  expect(request).toEqual({
    ...{ model_id: "scope", manifest_id: id, ...urls, gateway_request_id: "r1", stream_id: "s1" },
    params: { prompt: "x", daydream_user_id: "u1" },
  });

  // the runner makes a channel and publishes; the client reads
  peer.send({ type: "create_channels", request_id: "c1", mime_type: "video/mp2t", direction: "bidirectional" });
  const made = await peer.nextOf("response");
  expect(made).toEqual({
    type: "response",
    request_id: "c1",
    channels: [
      { url: `${url}/ai/trickle/${id}-0-in`, direction: "in", mime_type: "video/mp2t" },
      { url: `${url}/ai/trickle/${id}-0-out`, direction: "out", mime_type: "video/mp2t" },
    ],
  });
  const reading = fetch(`${url}/ai/trickle/${id}-0-out/0`);
  expect((await fetch(`${url}/ai/trickle/${id}-0-out/0`, { method: "POST", body: "picture" })).status).toBe(200);
  expect(await (await reading).text()).toBe("picture");
  const waiting = fetch(`${urls.events_url}/0`);
  await fetch(`${urls.events_url}/0`, { method: "POST", body: '{"event":{"type":"status"}}' });
  expect(await (await waiting).text()).toBe('{"event":{"type":"status"}}');

  // there is one place
  const second = await scope({});
  expect([second.status, await second.text()]).toEqual([503, "insufficient capacity\n"]);
  // which is what gateways are told
  const net = new NodeNet();
  const client = new OrchestratorClient({ net, clock: systemClock(), signer: offChainSigner });
  const options = { ignoreCapacityCheck: true, timeoutMs: 10_000, signal: AbortSignal.timeout(10_000) };
  const { capabilities } = await client.getInfo(url, undefined, options);
  await net.stop();
  const offered = capabilities?.constraints?.PerCapability[capability.liveVideoToVideo]?.models["scope"];
  expect([offered?.warm, offered?.capacity, offered?.capacityInUse]).toEqual([true, 1, 1]);

  // the client ends the events: the runner loses its connection, and the place is free
  await fetch(urls.events_url, { method: "DELETE" });
  await peer.closed;
  expect((await fetch(`${url}/ai/trickle/${id}-0-out/next`)).status).toBe(404);
  const again = nextPeer.promise;
  const refused = scope({});
  const other = await again;
  other.send({ type: "error", code: "UNAUTHORIZED", message: "who are you" });
  const answered = await refused;
  expect([answered.status, await answered.text()]).toEqual([401, "who are you\n"]);
}, 60_000);
