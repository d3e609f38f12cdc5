import { TicketPaymentSender, TicketSender } from "@livepeer-ts/economics";
import { SignerWorld } from "@livepeer-ts/economics/testing";
import {
  AuthTokenIssuer,
  ByocGatewayStreams,
  type ByocGatewayStreamsOptions,
  defaultByocGatewayOptions,
  defaultByocGatewayStreamsOptions,
  type InfoSource,
  nodeCapabilities,
  openStreamAccess,
  type RunningLiveWork,
  routed,
  type StreamAccess,
  startLiveWork,
  startStreamHeartbeat,
  staticDirectory,
  webhookStreamAccess,
} from "@livepeer-ts/execution";
import {
  bodyOf,
  floorRational,
  type HttpHandler,
  LpError,
  rational,
  readBody,
  silentLogger,
  utf8,
  weiPerEther,
} from "@livepeer-ts/kernel";
import { type SimHost, SimNet } from "@livepeer-ts/kernel/testing";
import { TricklePublisher, TrickleSubscriber } from "@livepeer-ts/media";
import { beforeEach, describe, expect, it } from "vitest";

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly text: string; readonly json: Json; readonly header: Headers };

const seconds = 1000;
const weiPerSecond = 1_000_000_000n;
/** Worth fifty seconds. */
const ticketEvWei = 50n * weiPerSecond;
const secret = "s";
const uriOf = (name: string) => `http://${name}:8935`;
const everything = { enable_video_ingress: true, enable_video_egress: true, enable_data_output: true };

type Worker = {
  readonly host: SimHost;
  /** Paths that it was called with, and bodies. */
  readonly calls: { readonly path: string; readonly body: Json }[];
  /** Answers starts with this status. */
  status: number;
  echoes: boolean;
};

let world: SignerWorld;
let net: SimNet;
let orchestrators: { readonly host: SimHost; readonly live: RunningLiveWork; readonly worker: Worker }[];
let gateway: SimHost;
let streams: ByocGatewayStreams;
let handler: HttpHandler;
let outlets: { url: string; bytes: number }[];

/** A worker that sends back what it gets, with an event and a line of data for each segment. */
function startWorker(name: string): Worker {
  const host = world.simulation.host(name);
  const worker: Worker = { host, calls: [], status: 200, echoes: true };
  const deps = { net: net.port(host), clock: host.clock };
  net.mount(`http://${name}`, host, async (request) => {
    const body = JSON.parse(new TextDecoder().decode(await readBody(request.body, 1_000_000)) || "{}") as Json;
    const { pathname } = new URL(request.url);
    worker.calls.push({ path: pathname, body });
    if (pathname === "/stream/start" && worker.status === 200) {
      host.tasks.spawn("work", async (signal) => {
        const publisher = (url: unknown) =>
          typeof url === "string" ? new TricklePublisher({ url, mimeType: "x/y" }, deps.net) : undefined;
        const [out, data, events] = [body["publish_url"], body["data_url"], body["events_url"]].map(publisher);
        const input = new TrickleSubscriber({ url: String(body["subscribe_url"]), startIndex: 0 }, deps);
        await events?.publish(utf8('{"event":{"type":"status","state":"ONLINE"}}'), signal);
        for await (const segment of input.segments(signal)) {
          const bytes = await readBody(segment.body, 1_000_000);
          if (!worker.echoes) continue;
          await out?.publish(bytes, signal);
          await data?.publish(utf8(`{"size":${bytes.length}}\n`), signal);
        }
      });
    }
    const said = utf8(`"${name}"`);
    return { status: worker.status, header: new Headers(), body: bodyOf(said) };
  });
  return worker;
}

function startOrchestrator(name: string) {
  const host = world.simulation.host(name);
  const { clock, tasks, random } = host;
  const worker = startWorker(`${name}-worker`);
  const tokens = new AuthTokenIssuer({ clock, random });
  const capabilities = () => nodeCapabilities({ capabilities: [] });
  const { orchestrator: signer, recipient } = world;
  const info: InfoSource = { serviceUri: uriOf(name), nodes: [], capabilities, signer, recipient, tokens };
  const live = startLiveWork(
    uriOf(name),
    {
      runnerNet: net.port(host),
      runners: undefined,
      byoc: { secret, prices: { weiPerUnit: async () => rational(1n), set: () => {} } },
    },
    { ...{ clock, tasks, random, tokens, info, capabilities, logger: silentLogger }, signer, recipient },
    tasks,
  );
  net.mount(uriOf(name), host, routed(live.routes));
  return { host, live, worker };
}

async function serve(
  count: number,
  options: Partial<ByocGatewayStreamsOptions> & { readonly priceWei?: bigint; readonly access?: StreamAccess } = {},
): Promise<void> {
  world = new SignerWorld({ seed: 1, priceWei: 1n, ticketEvWei });
  net = new SimNet(world.simulation);
  orchestrators = Array.from({ length: count }, (_, i) => startOrchestrator(`o${i + 1}`));
  gateway = world.simulation.host("gateway");
  const limits = { maxTicketEvWei: rational(10n ** 15n), maxTotalEvWei: rational(10n ** 18n) };
  const tickets = new TicketSender(limits, { signer: world.key, rounds: world.rounds, funds: () => world.funds });
  const { clock, random, tasks } = gateway;
  const port = net.port(gateway);
  outlets = [];
  streams = new ByocGatewayStreams(
    { ...defaultByocGatewayOptions, ...defaultByocGatewayStreamsOptions, ...options, rtmpPort: () => 1935 },
    {
      ...{ clock, random, tasks, net: port, logger: silentLogger },
      signer: world.key,
      payments: new TicketPaymentSender(tickets),
      directory: staticDirectory(orchestrators.map((_, i) => uriOf(`o${i + 1}`))),
      access: options.access ?? openStreamAccess,
      outlet: {
        async check(url) {
          if (url.includes("forbidden")) throw new LpError({ code: "bad_outlet", message: "not there" });
        },
        async push(url, media) {
          const outlet = { url, bytes: 0 };
          outlets.push(outlet);
          for await (const chunk of media) outlet.bytes += chunk.length;
        },
      },
      puller: {
        async pull(url, onSegment, signal) {
          if (url !== "rtmp://10.0.0.9/s-pulled") throw new LpError({ code: "pull_failed", message: "no such stream" });
          for (let seqNo = 0; seqNo < 5; seqNo++) {
            await onSegment({ seqNo, bytes: segment, durationMs: 2000, container: "mpegts" }, { width: 2, height: 2 });
            await clock.sleep(2000, signal);
          }
          return 5;
        },
      },
    },
  );
  handler = routed(streams.routes);
  for (const [i] of orchestrators.entries()) await register(i, options.priceWei ?? 0n);
}

async function register(index: number, priceWei: bigint): Promise<void> {
  const fields = { name: "cap", url: `http://o${index + 1}-worker`, capacity: 4, price_per_unit: Number(priceWei) };
  const to = { url: `${uriOf(`o${index + 1}`)}/capability/register`, header: { authorization: secret } };
  const answer = soon(
    net.port(gateway).request({
      method: "POST",
      url: to.url,
      header: new Headers(to.header),
      body: utf8(JSON.stringify(fields)),
      signal: gateway.tasks.signal,
    }),
  );
  const { body } = await answer;
  expect(new TextDecoder().decode(await soon(readBody(body, 1000)))).toBe("ok");
}

/** Waits for something that takes virtual time. */
async function soon<T>(work: Promise<T>, limitMs = 120 * seconds): Promise<T> {
  let isDone = false;
  void work.then(
    () => {
      isDone = true;
    },
    () => {
      isDone = true;
    },
  );
  await world.simulation.run(world.simulation.now + limitMs, () => isDone);
  if (!isDone) throw new Error("not in time");
  return work;
}

const later = (ms: number) => world.simulation.run(world.simulation.now + ms);

function raw(method: string, path: string, body: Uint8Array | string = "", header: Record<string, string> = {}) {
  return handler({
    method,
    url: `http://gateway:9935${path}`,
    header: new Headers(header),
    body: bodyOf(typeof body === "string" ? utf8(body) : body),
    signal: new AbortController().signal,
    peer: { address: "10.0.0.9", protocol: "h1" },
  });
}

async function call(
  method: string,
  path: string,
  body: Uint8Array | string = "",
  header: Record<string, string> = {},
): Promise<Answer> {
  const answer = await soon(raw(method, path, body, header));
  const text = new TextDecoder().decode(await soon(readBody(answer.body, 1_000_000)));
  const json = text.startsWith("{") ? (JSON.parse(text) as Json) : {};
  return { status: answer.status, text, json, header: answer.header };
}

const livepeer = (parameters: Json = everything, more: Json = {}) =>
  Buffer.from(
    JSON.stringify({
      request: "{}",
      parameters: JSON.stringify(parameters),
      capability: "cap",
      timeout_seconds: 20,
      ...more,
    }),
  ).toString("base64");
const start = (id: string, body: Json = {}, parameters: Json = everything) =>
  call("POST", "/process/stream/start", JSON.stringify({ stream_name: "s", stream_id: id, ...body }), {
    livepeer: livepeer(parameters),
  });
const status = async (id: string) => (await call("GET", `/process/stream/${id}/status`)).json;
const ours = async (id: string) => (await status(id))["gateway_status"] as Json;

/** Ten packets of MPEG-TS that mean nothing. */
const segment = Uint8Array.from({ length: 1880 }, (_, i) => (i % 188 === 0 ? 0x47 : i & 255));

/** Pushes a segment every two seconds. */
async function publish(pushUrl: unknown, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) {
    const { pathname } = new URL(String(pushUrl));
    statuses.push((await call("PUT", `${pathname}${i}.ts`, segment)).status);
    await later(2 * seconds);
  }
  return statuses;
}

/** Reads a body as it comes. */
function collect(body: AsyncIterable<Uint8Array>): { text: string; bytes: number; isOver: boolean } {
  const got = { text: "", bytes: 0, isOver: false };
  void (async () => {
    for await (const chunk of body) {
      got.text += new TextDecoder("latin1").decode(chunk);
      got.bytes += chunk.length;
    }
    got.isOver = true;
  })();
  return got;
}

describe("a stream of a capability on a gateway", () => {
  beforeEach(() => serve(1));

  it("takes video to the worker and brings its video, data and status back until it is stopped", async () => {
    const begun = await start("one", { params: '{"prompt":"x"}' });
    expect(begun.status, begun.text).toBe(200);
    const key = /\/s-one\/([0-9a-f]{16})$/.exec(String(begun.json["rtmp_url"]))?.[1];
    expect(begun.json).toEqual({
      stream_id: "s-one",
      whip_url: "",
      whep_url: "",
      rtmp_url: `rtmp://gateway:1935/s-one/${key}`,
      rtmp_output_url: "",
      update_url: "http://gateway:9935/process/stream/s-one/update",
      status_url: "http://gateway:9935/process/stream/s-one/status",
      data_url: "http://gateway:9935/process/stream/s-one/data",
      stop_url: "http://gateway:9935/process/stream/s-one/stop",
      push_url: `http://gateway:9935/live/s-one/${key}/`,
      video_url: "http://gateway:9935/process/stream/s-one/video",
    });
    const { worker } = orchestrators[0] as (typeof orchestrators)[number];
    expect(worker.calls[0]?.body).toMatchObject({
      gateway_request_id: "s-one",
      stream_name: "s",
      params: { prompt: "x" },
      subscribe_url: "http://o1:8935/ai/trickle/s-one",
      publish_url: "http://o1:8935/ai/trickle/s-one-out",
    });
    const video = collect((await raw("GET", "/process/stream/s-one/video")).body);
    const data = collect((await raw("GET", "/process/stream/s-one/data")).body);
    expect(await publish(begun.json["push_url"], 5)).toEqual([200, 200, 200, 200, 200]);
    expect([video.bytes, data.text]).toEqual([5 * 1880, 'data: {"size":1880}\n\n'.repeat(5)]);
    expect(await status("s-one")).toMatchObject({
      type: "status",
      state: "ONLINE",
      gateway_status: { state: "running", swaps: 0, ingest_metrics: { stats: { segments: 5, dropped: 0 } } },
    });
    const updated = await call("POST", "/process/stream/s-one/update", '{"prompt":"y"}', { livepeer: livepeer() });
    expect([updated.status, updated.text, worker.calls.at(-1)]).toEqual([
      200,
      '"o1-worker"',
      { path: "/stream/params", body: { prompt: "y" } },
    ]);
    const stopped = await call("POST", "/process/stream/s-one/stop");
    expect([stopped.status, stopped.text, worker.calls.at(-1)?.path]).toEqual([200, '"o1-worker"', "/stream/stop"]);
    await later(1000);
    expect([video.isOver, data.text.split("\n\n").at(-2)?.startsWith("event: end\ndata: {")]).toEqual([true, true]);
    expect(orchestrators[0]?.live.byoc?.streams.size).toBe(0);
    const over = await call("GET", "/process/stream/s-one/status");
    expect([over.status, over.header.get("livepeer-reason")]).toEqual([200, "stopped_by_client"]);
    expect(over.json["gateway_status"]).toMatchObject({ state: "ended", stop: { reason: "stopped_by_client" } });
    const late = await call("POST", "/process/stream/s-one/update");
    expect([late.status, late.text, late.header.get("livepeer-reason")]).toEqual([
      404,
      "Stream not found\n",
      "stopped_by_client",
    ]);
    await later(61 * seconds);
    const forgotten = await call("GET", "/process/stream/s-one/status");
    expect([forgotten.status, forgotten.header.get("livepeer-reason")]).toEqual([404, null]);
    expect(net.openExchanges()).toEqual([]);
    expect(world.simulation.failures).toEqual([]);
  });

  it("is refused with what is wrong", async () => {
    const cases: [Promise<Answer>, number, RegExp][] = [
      [call("POST", "/process/stream/start"), 400, /unexpected end of JSON input/],
      [call("GET", "/process/stream/start"), 405, /^Method not allowed\n$/],
      [start("a/b"), 400, /letters, digits/],
      [start("x", { params: "{" }), 400, /^Invalid model params\n$/],
      [start("x", { rtmp_output: "rtmp://forbidden/x" }), 400, /^not there\n$/],
      [
        call("POST", "/process/stream/start", "{}", { livepeer: livepeer({}, { capability: "other" }) }),
        400,
        /^No orchestrators found for capability other\n$/,
      ],
      [
        call("POST", "/process/stream/start", "x".repeat(10 * 1024 * 1024 + 1), { livepeer: livepeer() }),
        413,
        /larger than/,
      ],
    ];
    for (const [asked, wanted, said] of cases) {
      const { status: got, text } = await asked;
      expect([got, text]).toEqual([wanted, expect.stringMatching(said)]);
    }
    await start("twice");
    const again = await start("twice");
    expect([again.status, again.text]).toEqual([400, "stream already exists: s-twice\n"]);
    const poor = await start("novideo", {}, {});
    expect(poor.json).toMatchObject({ rtmp_url: "", push_url: "", video_url: "", data_url: "" });
    expect((await call("GET", "/process/stream/s-novideo/data")).status).toBe(503);
    for (const action of ["whip", "whep"]) {
      const answer = await call("POST", `/process/stream/s-twice/${action}`);
      expect([answer.status, (answer.json["error"] as Json)["code"]]).toEqual([501, "not_built"]);
    }
    const wrongKey = await call("PUT", "/live/s-twice/0123456789abcdef/0.ts", segment);
    expect(wrongKey.status).toBe(403);
  });

  it("is refused with 502 and the orchestrator's words when its worker does not begin", async () => {
    (orchestrators[0] as (typeof orchestrators)[number]).worker.status = 500;
    const refused = await start("x");
    expect([refused.status, refused.text]).toEqual([502, expect.stringContaining("Orchestrator worker failure")]);
    expect(streams.streams).toEqual([]);
    expect(orchestrators[0]?.live.byoc?.capabilities.free("cap")).toBe(4);
  });

  it("fetches its video from the media server that says so, and sends the worker's on", async () => {
    await start("pulled", { rtmp_output: "rtmp://a/x, rtmp://b/y" });
    const hook = (form: string) => call("POST", "/process/stream/s-pulled/rtmp", form);
    expect((await hook("source_type=rtmpConn")).text).toBe("Missing source_id\n");
    expect((await hook("source_id=1")).text).toBe("Missing source_type\n");
    expect((await hook("source_id=1&source_type=x")).text).toBe("unknown media source\n");
    expect((await hook("source_id=1&source_type=rtmpConn")).status).toBe(200);
    expect((await hook("source_id=1&source_type=rtmpConn")).status).toBe(409);
    await later(11 * seconds);
    expect(outlets).toEqual([
      { url: "rtmp://a/x", bytes: 5 * 1880 },
      { url: "rtmp://b/y", bytes: 5 * 1880 },
    ]);
  });

  it("is not started by a gateway that drains, and goes on when it runs", async () => {
    const begun = await start("first");
    streams.refusesNew = true;
    expect((await start("second")).status).toBe(503);
    expect(await publish(begun.json["push_url"], 2)).toEqual([200, 200]);
    streams.refusesNew = false;
    expect((await start("second")).status).toBe(200);
  });

  it("ends when its publisher sends nothing for a minute", async () => {
    const begun = await start("idle");
    await publish(begun.json["push_url"], 1);
    await later(57 * seconds);
    expect((await ours("s-idle"))["state"]).toBe("running");
    await later(5 * seconds);
    expect(await ours("s-idle")).toMatchObject({ state: "ended", stop: { reason: "no_input" } });
    expect(orchestrators[0]?.live.byoc?.streams.size).toBe(0);
  });

  it("lets publishers in over RTMP who know its key, and leaves other names to the rest of the gateway", async () => {
    const begun = await start("rtmp");
    const asked: string[] = [];
    const sink = streams.ingest({
      publish: async ({ url }) => {
        asked.push(url);
        throw new LpError({ code: "elsewhere", message: "elsewhere" });
      },
    });
    const to = (url: string) => sink.publish({ protocol: "rtmp", url, clientAddress: "" });
    await expect(to("rtmp://gateway/other")).rejects.toThrow("elsewhere");
    await expect(to("rtmp://gateway/s-rtmp/x")).rejects.toThrow(/key/);
    const ingest = await to(String(begun.json["rtmp_url"]));
    await expect(to(String(begun.json["rtmp_url"]))).rejects.toThrow(/publisher already/);
    await call("POST", "/process/stream/s-rtmp/stop");
    expect([ingest.closed.aborted, (ingest.closed.reason as LpError).code]).toEqual([true, "stopped_by_client"]);
    await expect(to(String(begun.json["rtmp_url"]))).rejects.toThrow(/client stopped it/);
    expect(asked).toEqual(["rtmp://gateway/other"]);
  });
});

describe("a stream whose orchestrator or worker fails", () => {
  it.each([
    ["the worker dies", "no_output", () => world.simulation.crash(workerNow().worker.host)],
    ["the orchestrator dies", "orchestrator_unreachable", () => crash(workerNow().host)],
    ["the orchestrator's channels end", "orchestrator_ended", () => workerNow().live.trickle.closeAll()],
  ] as const)("goes on at another one when %s", async (_what, reason, fail) => {
    await serve(2);
    const begun = await start("swap");
    await call("POST", "/process/stream/s-swap/update", '{"prompt":"kept"}');
    await publish(begun.json["push_url"], 3);
    const first = (await ours("s-swap"))["orchestrator_info"];
    const video = collect((await raw("GET", "/process/stream/s-swap/video")).body);
    fail();
    await publish(begun.json["push_url"], 20);
    const now = await ours("s-swap");
    expect(now).toMatchObject({ state: "running", swaps: 1, error: { reason } });
    expect(now["orchestrator_info"]).not.toEqual(first);
    const before = video.bytes;
    await publish(begun.json["push_url"], 3);
    expect(video.bytes - before).toBe(3 * 1880);
    const { worker } = workerNow();
    expect(worker.calls.map(({ path, body }) => [path, body["prompt"]])).toEqual([
      ["/stream/start", undefined],
      ["/stream/params", "kept"],
    ]);
    // a worker may fail with its orchestrator, nobody else
    expect(world.simulation.failures.filter(({ task }) => !task.includes("worker"))).toEqual([]);
  });

  it("ends when a worker that sends heartbeats falls silent", async () => {
    await serve(1);
    const begun = await start("silent");
    const events = orchestrators[0]?.live.trickle.get("s-silent-events");
    for (let beat = 0; beat < 5; beat++) {
      events?.publish(utf8('{"event":{"type":"heartbeat","timestamp":1},"queue_event_type":"ai_stream_events"}'));
      await publish(begun.json["push_url"], 5);
    }
    expect(await ours("s-silent")).toMatchObject({ state: "running" });
    await publish(begun.json["push_url"], 14);
    expect((await ours("s-silent"))["stop"]).toMatchObject({ reason: "no_events" });
  });

  it("ends with the reason when nobody else is left", async () => {
    await serve(1);
    const begun = await start("alone");
    await publish(begun.json["push_url"], 1);
    (orchestrators[0] as (typeof orchestrators)[number]).worker.echoes = false;
    const statuses = await publish(begun.json["push_url"], 20);
    expect([statuses[0], statuses.at(-1)]).toEqual([200, 404]);
    expect((await ours("s-alone"))["stop"]).toMatchObject({
      reason: "no_output",
      message: "the worker has sent no video for 30 s; no other orchestrator took the stream over (none is left)",
    });
    expect(orchestrators[0]?.live.byoc?.capabilities.free("cap")).toBe(4);
  });

  it("gives its place back when its gateway is gone for good", async () => {
    await serve(1);
    const begun = await start("orphan");
    await publish(begun.json["push_url"], 2);
    const { byoc } = (orchestrators[0] as (typeof orchestrators)[number]).live;
    crash(gateway);
    await later(4 * 60 * seconds);
    expect(byoc?.streams.size).toBe(1);
    await later(3 * 60 * seconds);
    expect([byoc?.streams.size, byoc?.capabilities.free("cap")]).toEqual([0, 4]);
    expect(orchestrators[0]?.worker.calls.at(-1)?.path).toBe("/stream/stop");
  });

  it("ends when it has been swapped more than twice within a minute", async () => {
    await serve(5);
    const begun = await start("tired");
    for (let swap = 0; swap < 3; swap++) {
      await publish(begun.json["push_url"], 2);
      workerNow().live.trickle.closeAll();
    }
    await publish(begun.json["push_url"], 2);
    expect(await ours("s-tired")).toMatchObject({ state: "ended", swaps: 2, stop: { reason: "too_many_swaps" } });
  });
});

describe("a stream with a price", () => {
  it("is paid while it runs and charged by the orchestrator, which is never in want", async () => {
    await serve(1, { priceWei: weiPerSecond });
    const begun = await start("paid");
    expect(begun.status, begun.text).toBe(200);
    // two minutes in advance, in tickets worth fifty seconds
    expect(balance()).toBe(3n * ticketEvWei - 23n * weiPerSecond);
    let [lowest, highest, creditedWei] = [balance(), balance(), 0n];
    const credit = world.balances.credit.bind(world.balances);
    world.balances.credit = (sender, id, num, den) => {
      creditedWei += (num + den / 2n) / den;
      return credit(sender, id, num, den);
    };
    for (let second = 0; second < 600; second++) {
      if (second % 2 === 0)
        await call("PUT", `${new URL(String(begun.json["push_url"])).pathname}${second}.ts`, segment);
      await later(1000 - (world.simulation.now % 1000));
      const now = balance();
      if (now < lowest) lowest = now;
      if (now > highest) highest = now;
    }
    console.log(`balance ${lowest} to ${highest}, tickets for ${creditedWei}`);
    expect(lowest).toBeGreaterThan(0n);
    // never more than two minutes, the round that was just charged, and a ticket and a half ahead
    expect(highest).toBeLessThan(120n * weiPerSecond + 2n * ticketEvWei);
    // ten minutes of work, in whole tickets
    expect(creditedWei % ticketEvWei).toBe(0n);
    expect(creditedWei).toBeGreaterThan(500n * weiPerSecond);
    expect(creditedWei).toBeLessThan(650n * weiPerSecond);
    const left = balance();
    await call("POST", "/process/stream/s-paid/stop");
    await later(100 * seconds);
    expect(balance()).toBe(left);
    expect(world.simulation.failures).toEqual([]);
  });

  it("shares one balance with the other streams of its gateway, which is enough for all of them", async () => {
    await serve(1, { priceWei: weiPerSecond });
    const pushUrls: unknown[] = [];
    // at nearly one moment: the first one pays, and the others see that nothing is missing for them
    for (const id of ["a", "b", "c", "d"]) {
      pushUrls.push((await start(id)).json["push_url"]);
      await later(seconds);
    }
    let lowest = balance();
    for (let second = 0; second < 400; second += 2) {
      for (const url of pushUrls) await call("PUT", `${new URL(String(url)).pathname}${second}.ts`, segment);
      await later(2 * seconds);
      if (balance() < lowest) lowest = balance();
    }
    expect(streams.streams).toHaveLength(4);
    expect(lowest).toBeGreaterThan(0n);
  });

  it("ends with the reason when the deposit is empty, and the worker is told", async () => {
    await serve(1, { priceWei: weiPerSecond });
    const begun = await start("poor");
    world.funds = { ...world.funds, depositWei: 0n };
    let now = await ours("s-poor");
    while (now["state"] === "running") {
      await publish(begun.json["push_url"], 1);
      now = await ours("s-poor");
      expect(world.simulation.now).toBeLessThan(300 * seconds);
    }
    expect(now["stop"]).toMatchObject({
      reason: "insufficient_balance",
      message: expect.stringMatching(/did not keep up/),
    });
    expect(orchestrators[0]?.worker.calls.map(({ path }) => path)).toContain("/stream/stop");
  });

  it("does not begin where nothing can be paid", async () => {
    await serve(1, { priceWei: weiPerSecond });
    world.funds = { ...world.funds, depositWei: 0n, reserveWei: weiPerEther };
    const refused = await start("broke");
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(streams.streams).toEqual([]);
  });
});

describe("those who are asked and told about streams", () => {
  it("may refuse them, rename them and give them other parameters", async () => {
    const asked: Json[] = [];
    let says: Json | undefined;
    const hook = {
      request: async ({ body, header }: { body?: unknown; header: Headers }) => {
        asked.push({
          ...(JSON.parse(new TextDecoder().decode(body as Uint8Array)) as Json),
          key: header.get("x-api-key"),
        });
        const text = says === undefined ? "no" : JSON.stringify(says);
        return { status: says === undefined ? 402 : 200, header: new Headers(), body: bodyOf(utf8(text)) };
      },
    };
    const clock = new SignerWorld({ seed: 1, priceWei: 1n, ticketEvWei }).host.clock;
    await serve(1, { access: webhookStreamAccess({ url: "http://hook/", apiKey: "k" }, { net: hook, clock }) });
    const refused = await start("x");
    expect([refused.status, refused.text]).toEqual([403, expect.stringMatching(/^Forbidden: /)]);
    says = { stream_id: "named", pipeline: "comfyui", pipeline_parameters: { a: 1 }, rtmp_output_url: "rtmp://c/z" };
    const renamed = await start("x", { rtmp_output: "rtmp://a/x" });
    expect(renamed.json).toMatchObject({ stream_id: "named", rtmp_output_url: "rtmp://c/z" });
    expect(orchestrators[0]?.worker.calls[0]?.body["params"]).toEqual({ prompt: { a: 1 } });
    expect(asked[0]).toEqual({
      key: "k",
      stream: "s",
      stream_key: "s-x",
      type: "rtmp",
      gateway_host: "gateway:9935",
      whep_url: "",
      status_url: "http://gateway:9935/process/stream/s-x/status",
      update_url: "http://gateway:9935/process/stream/s-x/update",
    });
  });

  it("hear which ones run, and end them", async () => {
    await serve(1);
    const bodies: string[] = [];
    net.mount("http://hook", world.simulation.host("hook"), async ({ body, header }) => {
      bodies.push(`${header.get("x")} ${new TextDecoder().decode(await readBody(body, 1000))}`);
      const ids = bodies.length > 1 ? ["s-b", "unknown"] : [];
      return { status: 200, header: new Headers(), body: bodyOf(utf8(JSON.stringify({ terminatedStreamIds: ids }))) };
    });
    const { clock, tasks } = gateway;
    const options = { url: "http://hook/beat", headers: new Map([["x", "y"]]), everyMs: 5000 };
    await start("a");
    await start("b");
    startStreamHeartbeat(options, { clock, tasks, net: net.port(gateway), logger: silentLogger, streams });
    await later(8 * seconds);
    expect(bodies).toEqual(['y {"ids":["s-a","s-b"]}', 'y {"ids":["s-a","s-b"]}']);
    expect((await ours("s-b"))["stop"]).toMatchObject({ reason: "credit_exhaustion" });
    expect((await ours("s-a"))["state"]).toBe("running");
  });
});

/** The orchestrator that works on the only stream. */
function workerNow() {
  const uri = streams.streams[0]?.uri ?? "";
  return orchestrators[Number(new URL(uri).hostname.slice(1)) - 1] as (typeof orchestrators)[number];
}

function crash(host: SimHost): void {
  world.simulation.crash(host);
  net.reset(host);
}

const balance = () => floorRational(world.balances.balance(world.key.address, "cap"));
