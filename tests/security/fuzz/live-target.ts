import { type Random, readBody, utf8 } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import { liveSecret, startEchoApp, startLiveWorld } from "../../support/live-world.ts";
import { clientFaults, type FuzzTarget } from "./fuzz-target.ts";
import { mutatedBytes, mutatedHeader, mutatedJson, oneOf, uint } from "./mutate.ts";
import { spoiledHttp } from "./spoiled-http.ts";

/** A reader at the edge of a channel waits for as long as it likes. */
const patienceMs = 300;

/** Channels, live runners and external capabilities of an orchestrator, and the gateway of the latter. */
export const liveTarget: FuzzTarget = {
  name: "live work",
  weight: 4,
  // 409: a runner or stream of that name is there; 470: a segment that is not there; 5xx: what a worker did, or nobody has room
  allowed: new Set([
    ...clientFaults,
    "204",
    "408",
    "409",
    "470",
    "500",
    "501",
    "502",
    "503",
    "504",
    "waiting",
    "closed",
  ]),
  async start() {
    const world = await startLiveWorld();
    const app = await startEchoApp();
    const net = new NodeNet({ connectionsPerPeer: 64 });
    const origin = world.orchestratorUrl;
    const trickle = world.role.live?.trickle;
    trickle?.create({ name: "c", mimeType: "video/MP2T" });
    const send = async (method: string, url: string, header: Record<string, string>, body?: Uint8Array) => {
      const signal = AbortSignal.timeout(patienceMs);
      try {
        const answer = await net.request({
          method,
          url,
          header: new Headers(header),
          signal,
          ...(body === undefined ? {} : { body }),
        });
        const text = new TextDecoder().decode(await readBody(answer.body, 1024 ** 2));
        const isHosts = answer.status === 500 && text.startsWith('{"errors"');
        return { status: isHosts ? "500 from the host" : String(answer.status), text };
      } catch (error) {
        if (signal.aborted) return { status: "waiting", text: "" };
        throw error;
      }
    };
    const runner = { runner_id: "r", runner_url: app.url, app: "a", capacity: 2, mode: "persistent", metadata: "m" };
    const beat = (fields: unknown, authorization: string) =>
      send("POST", `${origin}/runners/heartbeat`, { authorization }, utf8(JSON.stringify(fields)));
    const first = JSON.parse((await beat(runner, liveSecret)).text) as { heartbeat_secret: string };
    const capability = { name: "cap", url: app.url, capacity: 2, price_per_unit: 0, price_scaling: 1, currency: "wei" };
    const register = (fields: unknown) =>
      send("POST", `${origin}/capability/register`, { authorization: liveSecret }, utf8(JSON.stringify(fields)));
    const job = {
      ...{ id: "v", request: "{}", parameters: "{}", capability: "cap", timeout_seconds: 3 },
      ...{ sender: `0x${"0".repeat(40)}`, sig: `0x${"0".repeat(130)}` },
    };
    const header64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64");
    const path = (text: string, random: Random) =>
      mutatedHeader(text, random)
        .replaceAll(/[\s#?\\]/g, "%20")
        .replace(/^\/*/, "/");
    const shots: readonly ((random: Random) => Promise<string>)[] = [
      async (random) => {
        const index = oneOf(random, [
          "0",
          "-1",
          "-2",
          "-3",
          "next",
          "9".repeat(20),
          String(uint(random, 50)),
          "+1",
          "x",
        ]);
        const method = oneOf(random, ["GET", "POST", "POST", "DELETE", "HEAD", "PUT"]);
        const body = method === "POST" ? random.bytes(uint(random, 2000)) : undefined;
        return (await send(method, `${origin}/ai/trickle/c/${index}`, {}, body)).status;
      },
      async (random) =>
        (await send(oneOf(random, ["GET", "POST"]), `${origin}${path("/ai/trickle/c/0", random)}`, {})).status,
      async (random) =>
        (await beat(mutatedJson(runner, random), oneOf(random, [liveSecret, first.heartbeat_secret]))).status,
      async (random) => {
        const text = mutatedBytes(utf8(JSON.stringify({ ...runner, runner_id: "q" })), random);
        return (await send("POST", `${origin}/runners/heartbeat`, { authorization: liveSecret }, text)).status;
      },
      async (random) => {
        const at = oneOf(random, [
          ...["/apps/r/session", "/apps/r/app/x", "/apps/r/session/s/app/x", "/apps/r/session/s/payment"],
          ...[
            "/runner/r/session/s/channels",
            "/runner/r/session/s/proxy",
            "/run/x/y",
            "/refresh-payment",
            "/discovery",
          ],
        ]);
        const target = random.unit() < 0.5 ? at : path(at, random);
        const body = utf8(oneOf(random, ["", "{}", '{"channels":[{}]}', '{"sender":1}', "["]));
        return (await send(oneOf(random, ["POST", "GET", "DELETE"]), `${origin}${target}`, {}, body)).status;
      },
      async (random) => (await register(mutatedJson({ ...capability, name: "other" }, random))).status,
      async (random) => {
        const node = oneOf(random, [origin, world.gatewayUrl]);
        const header = random.unit() < 0.7 ? header64(mutatedJson(job, random)) : mutatedHeader(header64(job), random);
        const at = oneOf(random, ["/process/request/x", "/ai/stream/start", "/ai/stream/update", "/ai/stream/stop"]);
        return (await send("POST", `${node}${at}`, { livepeer: header }, utf8("{}"))).status;
      },
      async (random) => {
        const account = header64(mutatedJson({ addr: job.sender, sig: job.sig }, random));
        const header = { "livepeer-eth-address": account, "livepeer-capability": oneOf(random, ["cap", "x", "a,b"]) };
        return (await send("GET", `${origin}/process/token`, header)).status;
      },
      (random) => spoiledHttp(Number(new URL(origin).port), false, "/apps/r/session/s/app/x", random),
    ];
    return {
      shoot: (random) => oneOf(random, shots)(random),
      async stillWorks() {
        const name = `works-${world.role.live?.trickle.size ?? 0}`;
        trickle?.create({ name, mimeType: "text/plain" });
        const written = await fetch(`${origin}/ai/trickle/${name}/0`, { method: "POST", body: "fine" });
        const read = await (await fetch(`${origin}/ai/trickle/${name}/0`)).text();
        trickle?.get(name)?.close();
        const mine = { ...runner, runner_id: "works" };
        const again = world.role.live?.runners?.registry.runners.find(({ id }) => id === "works");
        const secret = again?.secretFor("heartbeat") ?? liveSecret;
        const { status } = await beat(mine, secret);
        const session = await fetch(`${origin}/apps/works/session`, { method: "POST" });
        const { app_url, control_url } = (await session.json()) as { app_url: string; control_url: string };
        const served = await fetch(`${app_url}/x`);
        await fetch(`${control_url}/stop`, { method: "POST" });
        if (written.status !== 200 || read !== "fine" || status !== "200" || served.status !== 200)
          throw new Error(`${written.status} ${read} ${status} ${served.status}`);
      },
      async stop() {
        await net.stop();
        await world.stop();
        await app.stop();
      },
    };
  },
};
