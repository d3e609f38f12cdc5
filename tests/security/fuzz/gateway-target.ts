import { createMemoryObjectStore } from "@livepeer-ts/data";
import { offChainSigner } from "@livepeer-ts/economics";
import { openAccess, parseGatewayOptions, startGateway, staticDirectory } from "@livepeer-ts/execution";
import { memoryOnly, RecordingPayments } from "@livepeer-ts/execution/testing";
import { type Logger, noMetrics, type Random, readBody } from "@livepeer-ts/kernel";
import { createTasks, NodeNet, startHttpHost, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { RecordingEventSink } from "@livepeer-ts/kernel/testing";
import { clientFaults, type FuzzTarget } from "./fuzz-target.ts";
import { mutatedBytes, mutatedHeader, oneOf } from "./mutate.ts";
import { media } from "./paid-orchestrator.ts";
import { spoiledHttp } from "./spoiled-http.ts";

const deadlineMs = 15_000;

/** A gateway without orchestrators: every stream passes through. */
async function startPassThrough(logger: Logger) {
  const clock = systemClock();
  const tasks = createTasks("gateway", logger);
  const net = new NodeNet();
  const ports = { clock, tasks, net, logger, metrics: noMetrics, random: systemRandom() };
  const role = startGateway(parseGatewayOptions({ profiles: [], maxStreams: 1_000_000, accessRecheckMs: 0 }), {
    ...ports,
    signer: offChainSigner,
    payments: new RecordingPayments(),
    directory: staticDirectory([]),
    verifier: { verify: async () => [] },
    receipts: undefined,
    access: openAccess,
    memory: createMemoryObjectStore({ name: "live", perDirectory: 8, maxStoredBytes: 16 * 1024 ** 2 }, ports),
    stores: memoryOnly,
    events: new RecordingEventSink(),
  });
  const host = await startHttpHost({ port: 0 }, role.handler, logger);
  return {
    ...{ host, net, role },
    async stop() {
      await role.stop(0);
      await host.stop(0);
      await net.stop();
      await tasks.stop();
    },
  };
}

type Gateway = Awaited<ReturnType<typeof startPassThrough>>;

async function send(
  { host, net }: Gateway,
  method: string,
  path: string,
  header: Record<string, string> = {},
  body?: Uint8Array,
): Promise<{ status: string; text: string }> {
  const answer = await net.request({
    method,
    url: `${host.url}${path}`,
    header: new Headers(header),
    signal: AbortSignal.timeout(deadlineMs),
    ...(body === undefined ? {} : { body }),
  });
  const text = new TextDecoder().decode(await readBody(answer.body, 2 * 1024 ** 2));
  const isHosts = answer.status === 500 && text.startsWith("{");
  return { status: isHosts ? "500 from the host" : String(answer.status), text };
}

const pathSafe = (text: string) => `/${text.replaceAll(/[\s#]/g, "%20").replace(/^\/+/, "")}`;
const configuration = JSON.stringify({
  manifestID: "x",
  profiles: [{ name: "a", width: 16, height: 16, bitrate: 1000 }],
});

const pushShot = async (gateway: Gateway, random: Random) => {
  const name = `s${Math.floor(random.unit() * 5)}`;
  const path = pathSafe(oneOf(random, [`live/${name}/1.ts`, mutatedHeader(`live/${name}/1.ts`, random)]));
  const header: Record<string, string> = {
    "content-duration": oneOf(random, ["2000", mutatedHeader("2000", random)]),
    "content-resolution": oneOf(random, ["160x90", mutatedHeader("160x90", random)]),
    accept: oneOf(random, ["multipart/mixed", mutatedHeader("multipart/mixed", random), "*/*"]),
    "content-type": oneOf(random, ["video/mp2t", "video/mp4", mutatedHeader("video/mp2t", random)]),
  };
  if (random.unit() < 0.3) header["livepeer-transcode-configuration"] = mutatedHeader(configuration, random);
  const body = oneOf(random, [media, mutatedBytes(media, random), mutatedBytes(media.slice(0, 2000), random)]);
  return (await send(gateway, oneOf(random, ["PUT", "POST", "GET", "PATCH"]), path, header, body)).status;
};

const playShot = async (gateway: Gateway, random: Random) => {
  const path = oneOf(random, [
    "stream/s1.m3u8",
    "stream/s1/source.m3u8",
    "stream/s1/source/1.ts",
    "stream/current.m3u8",
  ]);
  const method = oneOf(random, ["GET", "HEAD", "OPTIONS", "DELETE"]);
  const range = random.unit() < 0.3 ? { range: mutatedHeader("bytes=0-10", random) } : {};
  return (await send(gateway, method, pathSafe(mutatedHeader(path, random)), range)).status;
};

/** Push and playback of a gateway. */
export const gatewayTarget: FuzzTarget = {
  name: "gateway",
  weight: 4,
  allowed: new Set([...clientFaults, "500", "503", "closed"]),
  async start(logger) {
    const gateway = await startPassThrough(logger);
    let checks = 0;
    return {
      shoot: (random) => {
        const dice = random.unit();
        if (dice < 0.15) return spoiledHttp(gateway.host.port, false, "/live/s1/1.ts", random);
        return dice < 0.6 ? pushShot(gateway, random) : playShot(gateway, random);
      },
      async stillWorks() {
        const name = `valid${checks++}`;
        const pushed = await send(gateway, "PUT", `/live/${name}/1.ts`, { "content-duration": "2000" }, media);
        if (pushed.status !== "200") throw new Error(`push ${pushed.status} ${pushed.text}`);
        const played = await send(gateway, "GET", `/stream/${name}.m3u8`);
        if (played.status !== "200" || !played.text.startsWith("#EXTM3U"))
          throw new Error(`play ${played.status} ${played.text}`);
      },
      stop: gateway.stop,
    };
  },
};
