import {
  RemotePaymentSender,
  RemoteSignerClient,
  remoteIdentitySigner,
  signerRoutes,
  TicketPaymentSender,
  TicketSender,
} from "@livepeer-ts/economics";
import { SignerWorld } from "@livepeer-ts/economics/testing";
import {
  type AppGatewayOptions,
  type AppGatewayRole,
  AuthTokenIssuer,
  type NodeSigner,
  nodeCapabilities,
  type PaymentSender,
  type RunningLiveWork,
  routed,
  type SegmentSigner,
  startAppGateway,
  startLiveWork,
  staticDirectory,
} from "@livepeer-ts/execution";
import {
  addRational,
  bodyOf,
  compareRational,
  type HttpHandler,
  type HttpResponse,
  LpError,
  type Net,
  noMetrics,
  rational,
  readBody,
  silentLogger,
  utf8,
} from "@livepeer-ts/kernel";
import { SimNet, simRandom } from "@livepeer-ts/kernel/testing";
import { describe, expect, it } from "vitest";

type Json = Record<string, unknown>;

const seconds = 1000;
/** 0.0072 USD an hour at 5·10^14 wei per USD. */
const weiPerSecond = 1_000_000_000n;
const hourly = { price: 0.0072, currency: "usd", unit: "hour" };
/** 10^11 wei. */
const fixed = { price: 0.0002, currency: "usd", unit: "fixed" };
/** One ticket is worth five intervals. */
const ticketEvWei = 25n * weiPerSecond;
const names = ["a", "b"];

type Runner = { readonly mode?: string; readonly price?: Json; readonly answer?: () => HttpResponse };

/** Two orchestrators with a runner each, and a gateway that pays them, on virtual time; everything real but the chain. */
class AppWorld {
  readonly world: SignerWorld;
  readonly sim: SignerWorld["simulation"];
  readonly live: RunningLiveWork[] = [];
  /** Requests of the gateway that fail: the start of their path. */
  cut: string | undefined;
  readonly calls: string[] = [];
  role: AppGatewayRole | undefined;
  #handler: HttpHandler = routed([]);

  constructor(seed: number) {
    console.log(`SIM seed=${seed}`);
    this.world = new SignerWorld({ seed, priceWei: 1n, ticketEvWei });
    this.sim = this.world.simulation;
  }

  async start(runners: readonly Runner[], isRemote = false, options: Partial<AppGatewayOptions> = {}): Promise<void> {
    const { host, orchestrator, recipient, key, rounds } = this.world;
    const { clock, tasks, random } = host;
    const simNet = new SimNet(this.sim);
    for (const [i, { mode = "persistent", price = hourly, answer }] of runners.entries()) {
      const serviceUri = `https://${names[i]}:8935`;
      const tokens = new AuthTokenIssuer({ clock, random });
      const capabilities = () => nodeCapabilities({ capabilities: [] });
      const runnerNet: Net = {
        request: async ({ method, url }) => {
          const { pathname } = new URL(url);
          if (pathname === "/health") return said("well");
          this.calls.push(`${names[i]} ${method} ${pathname}`);
          return answer === undefined ? said(`served by ${names[i]}`) : answer();
        },
      };
      const live = startLiveWork(
        serviceUri,
        {
          runnerNet,
          runners: { options: { secret: "s" }, weiPerUsd: () => rational(5n * 10n ** 14n) },
          byoc: undefined,
        },
        {
          ...{ clock, tasks, random, tokens, capabilities, recipient, signer: orchestrator, logger: silentLogger },
          info: { serviceUri, nodes: [], capabilities, signer: orchestrator, recipient, tokens },
        },
        tasks,
      );
      await live.runners?.registerStatic({
        runners: [
          {
            ...{ label: "r", routing: "label", app: "demo/echo", capacity: 4, mode, price_info: price },
            ...{ runner_url: `http://${names[i]}.runner:1`, health_url: "/health" },
          },
        ],
      });
      this.live.push(live);
      simNet.mount(serviceUri, host, routed(live.routes));
    }
    const wire = simNet.port(host);
    const net: Net = {
      request: async (request) => {
        const isCut = this.cut !== undefined && new URL(request.url).pathname.includes(this.cut);
        if (isCut) throw new LpError({ code: "net_dial", message: "connection refused" });
        return wire.request(request);
      },
    };
    const limits = { maxTicketEvWei: rational(10n ** 15n), maxTotalEvWei: rational(10n ** 18n) };
    const funds = () => this.world.funds;
    const paying: { payments: PaymentSender; signer: NodeSigner; segmentSigner?: SegmentSigner } = isRemote
      ? await this.#remote()
      : { payments: new TicketPaymentSender(new TicketSender(limits, { signer: key, rounds, funds })), signer: key };
    const directory = staticDirectory(names.slice(0, runners.length).map((name) => `https://${name}:8935`));
    const common = { clock, random, tasks, logger: silentLogger, metrics: noMetrics };
    this.role = startAppGateway(options, { ...common, ...paying, net, appNet: net, directory });
    this.#handler = routed(this.role.routes);
  }

  /** A signer that is asked for everything; like go-livepeer's, it signs no segments alone. */
  async #remote() {
    const { clock } = this.world.host;
    const net: Net = {
      request: async (request) => {
        if (new URL(request.url).pathname === "/sign-segment") return { ...said("404 page not found"), status: 404 };
        const handler = routed(signerRoutes({ signer: this.world.signer(), logger: silentLogger, metrics: noMetrics }));
        const body = bodyOf(request.body as Uint8Array);
        return handler({ ...request, body, peer: { address: "gateway", protocol: "h1" } });
      },
    };
    const client = new RemoteSignerClient({ url: "http://signer:8935", headers: new Map() }, { net, clock });
    const never = new AbortController().signal;
    const identity = await client.identity(never);
    const payments = new RemotePaymentSender({ client, random: simRandom(5), sender: identity.address, signal: never });
    return { payments, signer: remoteIdentitySigner(identity), segmentSigner: client };
  }

  /** A client's request; virtual time goes on until it is answered. */
  async call(method: string, path: string, body = "", signal = new AbortController().signal) {
    const bytes = utf8(body);
    let answer: { status: number; header: Headers; text: string; json: Json } | undefined;
    let failure: unknown;
    void this.#handler({
      method,
      url: path.startsWith("http") ? path : `http://gateway${path}`,
      header: new Headers({ "content-length": String(bytes.length) }),
      body: bodyOf(bytes),
      signal,
      peer: { address: "10.0.0.9", protocol: "h1" },
    })
      .then(async (http) => {
        const text = new TextDecoder().decode(await readBody(http.body, 1_000_000));
        const header = new Headers(http.header);
        for (const [name, value] of http.trailer?.() ?? []) header.set(name, value);
        answer = { status: http.status, header, text, json: text.startsWith("{") ? (JSON.parse(text) as Json) : {} };
      })
      .catch((error: unknown) => {
        failure = error;
      });
    await this.sim.run(this.sim.now + 60 * seconds, () => answer !== undefined || failure !== undefined);
    if (answer === undefined) throw failure ?? new Error("no answer");
    return answer;
  }

  later(ms: number): Promise<void> {
    return this.sim.run(this.sim.now + ms);
  }

  /** Sessions at the orchestrators. */
  get sessions() {
    return this.live.flatMap(({ runners }) => runners?.registry.runners.flatMap((r) => [...r.sessions.values()]) ?? []);
  }

  balance(id: string) {
    return this.world.balances.balance(this.world.key.address, id);
  }
}

function said(text: string): HttpResponse {
  const header = new Headers({ "content-type": "text/plain", "content-length": String(text.length) });
  return { status: 200, header, body: bodyOf(utf8(text)) };
}

const errorOf = ({ json }: { readonly json: Json }) => json["error"] as Json;
const apps = "/apps/demo%2Fecho";

describe("a session of an app that is paid by the second", () => {
  it.each([
    [1, false],
    [3, true],
  ])(
    "lives longer than tickets, tokens and lost payments, and is paid for what it took (seed %i, remote signer: %s)",
    async (seed, isRemote) => {
      const world = new AppWorld(seed);
      const random = simRandom(seed);
      await world.start([{}], isRemote, { sessionIdleMs: 3600 * seconds });
      const { json } = await world.call("POST", `${apps}/session`);
      const [session] = world.sessions;
      const startedAt = world.sim.now;
      // tokens are good for 30 minutes, ticket parameters for 8
      while (world.sim.now - startedAt < 45 * 60 * seconds) {
        // the orchestrator cannot be reached for less than what was paid in advance
        if (random.unit() < 0.1) {
          world.cut = "/payment";
          await world.later(4 * seconds);
          world.cut = undefined;
        }
        await world.later(20 * seconds);
      }
      expect(session?.end).toBeUndefined();
      expect((await world.call("GET", `${json["app_url"]}/x`)).text).toBe("served by a");
      const stopped = await world.call("POST", `${json["control_url"]}/stop`);
      await world.later(1 * seconds);
      expect([stopped.status, session?.end]).toEqual([204, "stopped_by_client"]);
      const tookSec = BigInt(Math.round((world.sim.now - startedAt) / 1000));
      const fee = BigInt(stopped.header.get("livepeer-fee-wei") ?? "0");
      expect(fee).toBeGreaterThanOrEqual((tookSec - 3n) * weiPerSecond);
      expect(fee).toBeLessThanOrEqual((tookSec + 1n) * weiPerSecond);
      // what came and was not charged: the advance, a ticket, and what a lost payment was for
      const left = world.balance(session?.id ?? "");
      expect(left.num).toBeGreaterThanOrEqual(0n);
      expect(compareRational(left, rational(75n * weiPerSecond))).toBeLessThan(0);
      const end = world.sim.now;
      await world.later(60 * seconds);
      expect(world.balance(session?.id ?? "")).toEqual(left);
      expect(world.sim.failures).toEqual([]);
      expect(end).toBeLessThan(world.sim.now);
    },
  );

  it.each([false, true])("ends with a reason when the deposit is gone (remote signer: %s)", async (isRemote) => {
    const world = new AppWorld(5);
    await world.start([{}], isRemote);
    const { json } = await world.call("POST", `${apps}/session`);
    await world.later(12 * seconds);
    world.world.funds = { ...world.world.funds, depositWei: 0n };
    await world.later(120 * seconds);
    expect(world.sessions).toEqual([]);
    const late = await world.call("GET", String(json["app_url"]));
    expect([late.status, late.header.get("livepeer-reason")]).toEqual([404, "insufficient_balance"]);
    expect(errorOf(late)).toMatchObject({ code: "session_ended" });
    expect(errorOf(late)["message"]).toContain(isRemote ? "the remote signer refused with 503" : "no sender deposit");
    const next = await world.call("POST", `${apps}/session`);
    expect([next.status, errorOf(next)["code"]]).toEqual([503, "payment_failed"]);
  });

  it("has its ticket parameters renewed when they end between two payments", async () => {
    const world = new AppWorld(13);
    // parameters are good for eight minutes
    await world.start([{}], false, { paymentIntervalMs: 540 * seconds, sessionIdleMs: 3600 * seconds });
    await world.call("POST", `${apps}/session`);
    const [session] = world.sessions;
    await world.later(1800 * seconds);
    expect([session?.end, world.sessions.length]).toEqual([undefined, 1]);
  });

  it("goes on with a token that could not be renewed, and has it renewed later", async () => {
    const world = new AppWorld(16);
    await world.start([{}], false, { sessionIdleMs: 3600 * seconds });
    await world.call("POST", `${apps}/session`);
    const [session] = world.sessions;
    // a token of 30 minutes is renewed in its last three
    await world.later(1600 * seconds);
    world.cut = "/refresh-payment";
    await world.later(100 * seconds);
    world.cut = undefined;
    await world.later(400 * seconds);
    expect([session?.end, world.sessions.length]).toEqual([undefined, 1]);
  });

  it("is stopped when nobody uses it", async () => {
    const world = new AppWorld(6);
    await world.start([{}], false, { sessionIdleMs: 60 * seconds });
    const { json } = await world.call("POST", `${apps}/session`);
    for (let i = 0; i < 4; i++) {
      await world.later(40 * seconds);
      expect((await world.call("GET", String(json["app_url"]))).status).toBe(200);
    }
    await world.later(70 * seconds);
    expect(world.sessions).toEqual([]);
    const late = await world.call("GET", String(json["app_url"]));
    expect([late.status, late.header.get("livepeer-reason")]).toEqual([404, "idle"]);
  });

  it("is no more than the gateway may have at once", async () => {
    const world = new AppWorld(7);
    await world.start([{}], false, { maxSessions: 1 });
    const { json } = await world.call("POST", `${apps}/session`);
    const second = await world.call("POST", `${apps}/session`);
    expect([second.status, errorOf(second)["code"]]).toEqual([503, "too_many_sessions"]);
    await world.call("POST", `${json["control_url"]}/stop`);
    expect((await world.call("POST", `${apps}/session`)).status).toBe(200);
  });
});

describe("a gateway that is to stop", () => {
  it("takes nothing new, goes on with its sessions, and stops them at their orchestrators in the end", async () => {
    const world = new AppWorld(15);
    await world.start([{}]);
    const { json } = await world.call("POST", `${apps}/session`);
    world.role?.refuseNew(true);
    for (const path of [`${apps}/session`, `${apps}/app/x`]) {
      const refused = await world.call("POST", path);
      expect([refused.status, errorOf(refused)["code"]]).toEqual([503, "draining"]);
    }
    expect((await world.call("GET", String(json["app_url"]))).status).toBe(200);
    expect([world.role?.running(), world.sessions.length]).toEqual([{ calls: 0, sessions: 1 }, 1]);
    const [session] = world.sessions;
    let isStopped = false;
    void world.role?.stop().then(() => {
      isStopped = true;
    });
    await world.sim.run(world.sim.now + 10 * seconds, () => isStopped);
    expect([isStopped, session?.end]).toEqual([true, "stopped_by_client"]);
  });
});

describe("a call of an app", () => {
  it.each([false, true])(
    "at a fixed price costs that price, and says so before the answer (remote signer: %s)",
    async (isRemote) => {
      const world = new AppWorld(8);
      await world.start([{ mode: "single-shot", price: fixed }], isRemote);
      const done = await world.call("POST", `${apps}/app/run?x=1`, "{}");
      expect([done.status, done.text, done.header.get("livepeer-fee-wei")]).toEqual([
        200,
        "served by a",
        String(100n * weiPerSecond),
      ]);
      expect(world.calls).toEqual(["a POST /run"]);
      expect(world.sessions).toEqual([]);
    },
  );

  it.each([
    ["at a fixed price", { ...fixed, price: 0.00002 }, false],
    ["at a fixed price, with a remote signer", { ...fixed, price: 0.00002 }, true],
    ["by the second", hourly, false],
    ["by the second, with a remote signer", hourly, true],
  ])("uses what is left of the payment of an earlier one, %s", async (_name, price, isRemote) => {
    const world = new AppWorld(17);
    await world.start([{ mode: "single-shot", price }], isRemote);
    const ids: string[] = [];
    world.live[0]?.runners?.registry.onSessionEnd(({ id }) => ids.push(id));
    for (let i = 0; i < 40; i++) expect((await world.call("POST", `${apps}/app/x`, "{}")).status).toBe(200);
    expect([ids.length, new Set(ids).size, world.calls.length]).toEqual([40, 1, 40]);
    // forty calls did not come with forty tickets; a signer keeps one in reserve, and one for what is told in advance
    const left = world.balance(ids[0] ?? "");
    expect(left.num).toBeGreaterThanOrEqual(0n);
    expect(compareRational(left, rational((isRemote ? 3n : 2n) * ticketEvWei))).toBeLessThanOrEqual(0);
  });

  it("is paid anew when its orchestrator has forgotten the rest, and reaches the app once", async () => {
    const world = new AppWorld(18);
    await world.start([{ mode: "single-shot", price: { ...fixed, price: 0.00002 } }]);
    const ids: string[] = [];
    world.live[0]?.runners?.registry.onSessionEnd(({ id }) => ids.push(id));
    await world.call("POST", `${apps}/app/x`, "{}");
    const [first = ""] = ids;
    // a ticket comes with the next call
    const all = addRational(world.balance(first), rational(ticketEvWei));
    world.world.balances.debit(world.world.key.address, first, all);
    expect((await world.call("POST", `${apps}/app/x`, "{}")).status).toBe(200);
    expect([world.calls.length, new Set(ids).size]).toEqual([2, 2]);
  });

  it("of a runner with sessions has one of its own, and what it cost follows the answer", async () => {
    const world = new AppWorld(9);
    await world.start([{}]);
    const done = await world.call("GET", `${apps}/app/x`);
    expect([done.status, done.text]).toEqual([200, "served by a"]);
    expect(BigInt(done.header.get("livepeer-fee-wei") ?? "0")).toBeLessThanOrEqual(1n * weiPerSecond);
    await world.later(1 * seconds);
    expect(world.sessions).toEqual([]);
    expect(world.calls).toEqual(["a GET /x"]);
  });

  it("finds a runner that came a moment after the last look", async () => {
    const world = new AppWorld(14);
    await world.start([{}]);
    expect((await world.call("GET", "/apps/demo%2Fnew/app")).status).toBe(404);
    await world.live[0]?.runners?.registerStatic({
      runners: [
        {
          ...{ label: "new", routing: "label", app: "demo/new", price_info: hourly },
          ...{ runner_url: "http://a.runner:2", health_url: "/health" },
        },
      ],
    });
    expect((await world.call("GET", "/apps/demo%2Fnew/app")).status).toBe(200);
  });

  it("is refused with both prices when all are above the highest that the gateway pays", async () => {
    const world = new AppWorld(10);
    await world.start([{}], false, { maxPriceOf: () => rational(weiPerSecond - 1n) });
    const refused = await world.call("POST", `${apps}/app/x`);
    expect([refused.status, errorOf(refused)["code"]]).toEqual([503, "price_above_limit"]);
    const reason = String(errorOf(refused)["reason"]);
    expect(reason).toContain("1000000000 wei for a second");
    expect(reason).toContain("999999999 wei for a second");
    expect(world.calls).toEqual([]);
  });

  it("goes elsewhere when a runner cannot be reached, and not when it may have done something", async () => {
    for (const code of ["net_dial", "net_reset"]) {
      const world = new AppWorld(11);
      const fails = () => {
        throw new LpError({ code, message: "it failed" });
      };
      const runner = { mode: "single-shot", price: fixed };
      // the one that fails has a lower price: it is the first
      const cheap = { ...fixed, price: 0.0000002 };
      const options = { weights: { stake: 0, price: 1, random: 0, priceExpFactor: 10 } };
      await world.start([{ ...runner, price: cheap, answer: fails }, runner], false, options);
      const done = await world.call("POST", `${apps}/app/x`, "{}");
      if (code === "net_dial") expect([done.status, done.text]).toEqual([200, "served by b"]);
      else expect([done.status, done.header.get("livepeer-reason")]).toEqual([502, "runner_failed"]);
      expect(world.calls.length).toBe(code === "net_dial" ? 2 : 1);
    }
  });

  it("hears that nobody here can pay", async () => {
    const world = new AppWorld(12);
    await world.start([{ mode: "single-shot", price: fixed }, {}]);
    world.world.funds = { ...world.world.funds, depositWei: 0n };
    const refused = await world.call("POST", `${apps}/app/x`, "{}");
    expect([refused.status, errorOf(refused)]).toEqual([
      503,
      {
        message: "Service Unavailable Error",
        code: "payment_failed",
        reason: "this gateway cannot pay: no sender deposit",
      },
    ]);
    expect(world.calls).toEqual([]);
  });
});
