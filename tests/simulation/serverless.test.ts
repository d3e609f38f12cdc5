import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { signerRoutes } from "@livepeer-ts/economics";
import { paymentIn, SignerWorld } from "@livepeer-ts/economics/testing";
import {
  AuthTokenIssuer,
  capability,
  decodeBase64,
  defaultServerlessSessionOptions,
  encodeBase64,
  type InfoSource,
  nodeCapabilities,
  OrchestratorInfoSchema,
  PriceInfoSchema,
  type RunningLiveWork,
  routed,
  type ServerlessOptions,
  startLiveWork,
} from "@livepeer-ts/execution";
import {
  bodyOf,
  checksumAddress,
  type HttpHandler,
  LpError,
  noMetrics,
  readBody,
  silentLogger,
  utf8,
} from "@livepeer-ts/kernel";
import { beforeEach, describe, expect, it } from "vitest";

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly text: string; readonly json: Json };

const seconds = 1000;
const serviceUri = "https://orchestrator:8935";
/** 27648000 units of a wei are a second. */
const secondWei = 27_648_000n;
const ticketEvWei = 20n * secondWei;

/** A runner at the other end of a socket in memory. */
class Runner {
  readonly header: Readonly<Record<string, string>>;
  readonly got: Json[] = [];
  isClosed = false;
  readonly #to: string[] = [];
  #wake = () => {};
  onMessage: (message: Json) => void = () => {};

  constructor(header: Readonly<Record<string, string>>) {
    this.header = header;
  }

  say(message: object): void {
    this.#to.push(JSON.stringify(message));
    this.#wake();
  }

  hangUp(): void {
    this.isClosed = true;
    this.#wake();
  }

  /** The node's end. */
  socket() {
    const messages = async function* (runner: Runner): AsyncGenerator<string> {
      for (;;) {
        const next = runner.#to.shift();
        if (next !== undefined) yield next;
        else if (runner.isClosed) return;
        else
          await new Promise<void>((resolve) => {
            runner.#wake = resolve;
          });
      }
    };
    return {
      messages: messages(this),
      send: (text: string) => {
        const message = JSON.parse(text) as Json;
        this.got.push(message);
        this.onMessage(message);
      },
      close: () => this.hangUp(),
    };
  }
}

let world: SignerWorld;
let live: RunningLiveWork;
let handler: HttpHandler;
let signer: HttpHandler;
let runners: Runner[];
let begins: (runner: Runner) => void;

function serve(options: Partial<ServerlessOptions> = {}, isPaid = false): void {
  world = new SignerWorld({ seed: 1, priceWei: 1n, ticketEvWei });
  runners = [];
  const { clock, tasks, random } = world.host;
  const tokens = new AuthTokenIssuer({ clock, random });
  const capabilities = () => nodeCapabilities({ capabilities: [] });
  const free = { ...world.recipient, recipient: undefined };
  const recipient = isPaid ? world.recipient : (free as unknown as typeof world.recipient);
  const info: InfoSource = { serviceUri, nodes: [], capabilities, signer: world.orchestrator, recipient, tokens };
  const sockets = {
    async dial(url: string, header: Readonly<Record<string, string>>) {
      if (url.includes("away")) throw new LpError({ code: "socket_dial", message: "connection refused" });
      const runner = new Runner(header);
      runners.push(runner);
      begins(runner);
      return runner.socket();
    },
  };
  const common = { url: "wss://runner/", apiKey: undefined, capacity: 1, paymentIntervalMs: 5000 };
  live = startLiveWork(
    serviceUri,
    {
      runnerNet: { request: () => Promise.reject(new Error("nobody")) },
      runners: undefined,
      byoc: undefined,
      serverless: { options: { ...defaultServerlessSessionOptions, ...common, ...options }, sockets },
    },
    {
      ...{ clock, tasks, random, tokens, info, capabilities, logger: silentLogger },
      signer: world.orchestrator,
      recipient,
    },
    tasks,
  );
  handler = routed(live.routes);
  signer = routed(signerRoutes({ signer: world.signer(), logger: silentLogger, metrics: noMetrics }));
}

/** Begins at once, and answers pings. */
function willing(runner: Runner): void {
  runner.say({ type: "ready" });
  runner.onMessage = (message) => {
    if (message["model_id"] === "scope") runner.say({ type: "started" });
    if (message["type"] === "ping") runner.say({ type: "pong", request_id: message["request_id"] });
  };
}

beforeEach(() => {
  begins = willing;
  serve();
});

const later = (ms: number) => world.simulation.run(world.simulation.now + ms);

async function call(to: HttpHandler, path: string, body: unknown = {}, header: Record<string, string> = {}) {
  let done: Answer | undefined;
  const asking = (async () => {
    const answer = await to({
      method: "POST",
      url: `${serviceUri}${path}`,
      header: new Headers(header),
      body: bodyOf(utf8(typeof body === "string" ? body : JSON.stringify(body))),
      signal: new AbortController().signal,
      peer: { address: "10.0.0.9", protocol: "h1" },
    });
    const text = new TextDecoder().decode(await readBody(answer.body, 1_000_000));
    done = { status: answer.status, text, json: text.startsWith("{") ? (JSON.parse(text) as Json) : {} };
  })();
  await world.simulation.run(world.simulation.now + 120 * seconds, () => done !== undefined);
  await asking;
  return done as Answer;
}
const scope = (body: unknown = {}, header: Record<string, string> = {}) => call(handler, "/scope", body, header);
const jobs = () => live.serverless?.jobCount();
const runner = () => runners.at(-1) as Runner;

describe("a job at a serverless runner", () => {
  it("is announced with its places", async () => {
    const seen = () => {
      const { constraints, capacities } = live.serverless?.capabilities(nodeCapabilities({ capabilities: [] })) ?? {};
      const model = constraints?.PerCapability[capability.liveVideoToVideo]?.models["scope"];
      return [model?.warm, model?.capacity, model?.capacityInUse, capacities?.[capability.liveVideoToVideo]];
    };
    expect(seen()).toEqual([true, 1, 0, 1]);
    await scope();
    expect(seen()).toEqual([true, 1, 1, 1]);
    expect((await scope()).status).toBe(503);
  });

  it.each<[Json, number, string]>([
    [{ type: "error", code: 400, error: "no prompt" }, 400, "no prompt"],
    [{ type: "error", code: "INVALID_REQUEST", message: "bad" }, 400, "bad"],
    [{ type: "error", code: "unauthorized", message: "key" }, 401, "key"],
    [{ type: "error", code: "OOM" }, 500, "the serverless runner refused the job"],
    [{ type: "hello" }, 500, "the serverless runner said something else than it should"],
  ])("is refused as the runner says: %j", async (said, status, text) => {
    begins = (one) => one.say(said);
    expect([(await scope()).status, jobs()]).toEqual([status, 0]);
    begins = (one) => {
      one.say({ type: "ready" });
      one.onMessage = () => one.say(said);
    };
    const late = await scope();
    expect([late.status, late.text, jobs(), live.trickle.size]).toEqual([status, `${text}\n`, 0, 0]);
    expect(runner().isClosed).toBe(true);
  });

  it("fails when the runner is away, says nothing or hangs up", async () => {
    begins = (one) => one.hangUp();
    expect((await scope()).text).toMatch(/it closed the connection/);
    begins = () => {};
    expect((await scope()).text).toMatch(/did not begin within 60 s/);
    serve({ url: "wss://away/" });
    expect((await scope()).text).toMatch(/connection refused/);
    expect([jobs(), live.trickle.size]).toEqual([0, 0]);
  });

  it("is refused when the request makes no sense", async () => {
    for (const body of ["[]", "x", '{"params":1}', '{"stream_id":1}']) expect((await scope(body)).status).toBe(400);
    expect((await scope("x".repeat(1_048_577))).status).toBe(413);
    expect(runners).toEqual([]);
  });

  it("ends with the runner's connection, or when the runner fails", async () => {
    for (const end of [() => runner().hangUp(), () => runner().say({ type: "error", message: "broken" })]) {
      expect((await scope()).status).toBe(200);
      end();
      await later(1);
      expect([jobs(), live.trickle.size, runner().isClosed]).toEqual([0, 0, true]);
    }
  });

  it("ends after three pings without an answer, and not while they are answered", async () => {
    await scope();
    await later(120 * seconds);
    expect(jobs()).toBe(1);
    expect(runner().got.filter(({ type }) => type === "ping")).toHaveLength(12);
    runner().onMessage = () => {};
    await later(29 * seconds);
    expect(jobs()).toBe(1);
    await later(11 * seconds);
    expect(jobs()).toBe(0);
  });

  it("is told before its time is over, and then ends", async () => {
    serve({ limitMs: 60 * seconds });
    await scope();
    await later(61 * seconds);
    const said = runner().got.filter(({ type }) => type === "closing");
    expect(said).toEqual([{ type: "closing", message: "the time of this session is over" }]);
    expect(jobs()).toBe(1);
    await later(5 * seconds);
    expect(jobs()).toBe(0);
  });

  it("begins again when the runner is ready again, without its media channels, twenty times a minute at most", async () => {
    const { json } = await scope({ params: { a: 1 } });
    const id = String(json["manifest_id"]);
    runner().say({ type: "restarting", request_id: "r" });
    runner().say({ type: "create_channels", request_id: "c", mime_type: "video/mp2t", direction: "out" });
    runner().say({ type: "create_channels", request_id: "d", direction: "sideways" });
    await later(1);
    expect(runner().got.slice(1)).toEqual([
      { type: "response", request_id: "r" },
      {
        type: "response",
        request_id: "c",
        channels: [{ url: `${serviceUri}/ai/trickle/${id}-0-out`, direction: "out", mime_type: "video/mp2t" }],
      },
      { type: "response", request_id: "d", channels: [], error: "direction must be in, out or bidirectional" },
    ]);
    expect(live.trickle.get(`${id}-0-out`)?.isClosed).toBe(false);
    runner().say({ type: "ready" });
    await later(1);
    expect(live.trickle.get(`${id}-0-out`)).toBeUndefined();
    expect(runner().got.at(-1)).toMatchObject({ model_id: "scope", manifest_id: id, params: { a: 1 } });
    runner().say({ type: "create_channels", request_id: "e", direction: "in" });
    await later(1);
    runner().say({ type: "close_channels", channels: [`${serviceUri}/ai/trickle/${id}-1-in`, `${id}-events`] });
    await later(1);
    // its own channels only
    expect([live.trickle.get(`${id}-1-in`), live.trickle.get(`${id}-events`)?.isClosed]).toEqual([undefined, false]);
    for (let i = 0; i < 18; i++) runner().say({ type: "ready" });
    await later(1);
    expect(jobs()).toBe(1);
    runner().say({ type: "ready" });
    await later(1);
    expect(jobs()).toBe(0);
  });
});

describe("a job with a price", () => {
  beforeEach(() => serve({}, true));
  const payer = () => ({ "livepeer-payer-address": checksumAddress(world.key.address) });
  const sign = (challenge: Json, before?: Answer) =>
    call(signer, "/generate-live-payment", {
      ...{ orchestrator: challenge["payment_params"], ManifestID: challenge["manifest_id"], app: "a", type: "lv2v" },
      ...(before === undefined ? {} : { state: before.json["state"] }),
    });
  const paid = ({ json }: Answer) => ({
    "livepeer-payment": String(json["payment"]),
    "livepeer-segment": String(json["segCreds"]),
  });

  it("asks for a payment first, is charged while it runs, and ends when nobody pays", async () => {
    expect((await scope()).status).toBe(402);
    const challenge = await scope({}, payer());
    expect(challenge.json).toMatchObject({ orchestrator: serviceUri, payment_url: `${serviceUri}/payment` });
    const first = await sign(challenge.json);
    const begun = await scope({}, paid(first));
    expect([begun.status, begun.json["manifest_id"]]).toEqual([200, challenge.json["manifest_id"]]);
    const id = String(begun.json["manifest_id"]);
    const balance = () => world.balances.balance(world.key.address, id);
    const upfront = balance();
    await later(10 * seconds + 1);
    expect((upfront.num * balance().den - balance().num * upfront.den) / (upfront.den * balance().den)).toBe(
      10n * secondWei,
    );
    // a minute in advance, and what the last ticket was worth beyond it
    await later(45 * seconds);
    expect(jobs()).toBe(1);
    const second = await sign(challenge.json, first);
    await world.recipient.receive(paymentIn(String(second.json["payment"])), id, id);
    await later(15 * seconds);
    expect(jobs()).toBe(1);
    await later(120 * seconds);
    expect([jobs(), runner().isClosed]).toEqual([0, true]);
    expect(balance().num >= 0n && balance().num < 5n * secondWei * balance().den).toBe(true);
  });

  it("is not begun for somebody else's price, nor without a token of this node", async () => {
    const challenge = await scope({}, payer());
    world.prices.setBase({ num: 3n, den: 1n });
    // what was offered holds
    const first = await sign(challenge.json);
    expect((await scope({}, paid(first))).status).toBe(200);
    runner().hangUp();
    await later(1);
    // a valid token of this node, and the price of something cheaper
    const dear = await scope({}, payer());
    const offer = fromBinary(OrchestratorInfoSchema, decodeBase64(String(dear.json["payment_params"])));
    const priceInfo = create(PriceInfoSchema, { pricePerUnit: 1n, pixelsPerUnit: 1n });
    const cheap = encodeBase64(toBinary(OrchestratorInfoSchema, { ...offer, priceInfo }));
    const lower = await scope({}, paid(await sign({ ...dear.json, payment_params: cheap })));
    expect([lower.status, lower.text]).toEqual([400, "payment price does not match the price of this model\n"]);
    const foreign = encodeBase64(toBinary(OrchestratorInfoSchema, await world.info()));
    const refused = await scope({}, paid(await sign({ payment_params: foreign, manifest_id: "m1" })));
    expect([refused.status, jobs()]).toEqual([403, 0]);
  });
});
