import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { signerRoutes } from "@livepeer-ts/economics";
import { SignerWorld } from "@livepeer-ts/economics/testing";
import {
  AuthTokenIssuer,
  decodeBase64,
  encodeBase64,
  type InfoSource,
  nodeCapabilities,
  OrchestratorInfoSchema,
  PaymentResultSchema,
  type RunningLiveWork,
  routed,
  startLiveWork,
} from "@livepeer-ts/execution";
import {
  bodyOf,
  checksumAddress,
  floorRational,
  formatRational,
  type HttpHandler,
  noMetrics,
  rational,
  readBody,
  silentLogger,
  subRational,
  utf8,
} from "@livepeer-ts/kernel";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";

type Json = Record<string, unknown>;
type Answer = {
  readonly status: number;
  readonly text: string;
  readonly json: Json;
  readonly bytes: Uint8Array;
  readonly header: Headers;
};

const seconds = 1000;
const serviceUri = "https://orchestrator:8935";
const secret = "s";
/** 0.0072 USD an hour at 5·10^14 wei per USD. */
const weiPerSecond = 1_000_000_000n;
const hourly = { price: 0.0072, currency: "usd", unit: "hour" };

let world: SignerWorld;
let live: RunningLiveWork;
let handler: HttpHandler;
let signer: HttpHandler;

function serve(seed: number): void {
  // one ticket is worth twenty intervals
  world = new SignerWorld({ seed, priceWei: 1n, ticketEvWei: 100n * weiPerSecond });
  const { clock, tasks, random } = world.host;
  const tokens = new AuthTokenIssuer({ clock, random });
  const capabilities = () => nodeCapabilities({ capabilities: [] });
  const info: InfoSource = {
    serviceUri,
    nodes: [],
    capabilities,
    signer: world.orchestrator,
    recipient: world.recipient,
    tokens,
  };
  const net = { request: async () => ({ status: 200, header: new Headers(), body: bodyOf(utf8("served")) }) };
  live = startLiveWork(
    serviceUri,
    {
      runnerNet: net,
      runners: { options: { secret }, weiPerUsd: () => rational(5n * 10n ** 14n) },
      byoc: { secret, prices: { weiPerUnit: async () => rational(1n), set: () => {} } },
    },
    {
      ...{ clock, tasks, random, tokens, info, capabilities, logger: silentLogger },
      signer: world.orchestrator,
      recipient: world.recipient,
    },
    tasks,
  );
  handler = routed(live.routes);
  restartSigner();
}

function restartSigner(): void {
  signer = routed(signerRoutes({ signer: world.signer(), logger: silentLogger, metrics: noMetrics }));
}

async function call(
  to: HttpHandler,
  path: string,
  body?: unknown,
  header: Record<string, string> = {},
): Promise<Answer> {
  const answer = await to({
    method: "POST",
    url: path.startsWith("http") ? path : `${serviceUri}${path}`,
    header: new Headers(header),
    body: bodyOf(utf8(body === undefined ? "" : JSON.stringify(body))),
    signal: new AbortController().signal,
    peer: { address: "10.0.0.9", protocol: "h1" },
  });
  const bytes = await readBody(answer.body, 1_000_000);
  const text = new TextDecoder().decode(bytes);
  const isJson = text.startsWith("{");
  return { status: answer.status, text, bytes, header: answer.header, json: isJson ? (JSON.parse(text) as Json) : {} };
}

async function register(id: string, price: Json, more: Json = {}): Promise<void> {
  const record = { runner_id: id, runner_url: "http://runner:1", app: "demo", capacity: 4, price_info: price, ...more };
  const { status, text } = await call(handler, "/runners/heartbeat", record, { authorization: secret });
  expect(text, text).toContain(id);
  expect(status).toBe(200);
}

const payer = () => ({ "livepeer-payer-address": checksumAddress(world.key.address) });
const paid = (answer: Answer) => ({
  "livepeer-payment": String(answer.json["payment"]),
  "livepeer-segment": String(answer.json["segCreds"]),
});

/** What the signer says to an offer. */
function sign(offer: string, challenge: Json, type: string, before?: Answer): Promise<Answer> {
  const request = { orchestrator: offer, ManifestID: challenge["manifest_id"], app: "demo", type };
  return call(signer, "/generate-live-payment", {
    ...request,
    ...(before === undefined ? {} : { state: before.json["state"] }),
  });
}

/** Asks for the price, pays it, and begins. */
async function open(path: string, type: string) {
  const challenge = await call(handler, path, undefined, payer());
  expect(challenge.status).toBe(402);
  const payment = await sign(String(challenge.json["payment_params"]), challenge.json, type);
  expect(payment.status, payment.text).toBe(200);
  return { challenge: challenge.json, payment, answer: await call(handler, path, undefined, paid(payment)) };
}

const later = (ms: number) => world.simulation.run(world.simulation.now + ms);
const balance = (id: string) => world.balances.balance(world.key.address, id);

beforeEach(() => serve(1));

describe("a session at a runner with a price for the hour", () => {
  it.each([11, 12, 13])(
    "lives for ten minutes though a ticket is worth twenty intervals, and ends when nobody pays: seed %i",
    async (seed) => {
      console.log(`seed=${seed}`);
      serve(seed);
      const random = simRandom(seed);
      await register("r", hourly);
      const { challenge, payment, answer } = await open("/apps/r/session", "live");
      expect([answer.status, answer.json["session_id"]]).toEqual([200, challenge["manifest_id"]]);
      const id = String(challenge["manifest_id"]);
      let offer = String(challenge["payment_params"]);
      let before = payment;
      let [refused, topUps] = [0, 0];
      while (world.simulation.now < 600 * seconds) {
        await later(3000 + random.unit() * 2000);
        if (random.unit() < 0.1) restartSigner();
        await heartbeat();
        const next = await sign(offer, challenge, "live", before);
        if (next.status === 482) refused++;
        else if (next.status === 480) {
          const sender = checksumAddress(world.key.address);
          const fresh = await call(handler, "/refresh-payment", { sender, manifest_id: id });
          expect(fresh.status).toBe(200);
          offer = String(fresh.json["payment_params"]);
        } else {
          expect(next.status, next.text).toBe(200);
          const result = await call(handler, String(challenge["payment_url"]), undefined, paid(next));
          expect(result.status, result.text).toBe(200);
          const { info } = fromBinary(PaymentResultSchema, result.bytes);
          if (info === undefined) throw new Error("no offer came back");
          offer = encodeBase64(toBinary(OrchestratorInfoSchema, info));
          before = next;
          topUps++;
        }
      }
      expect(live.runners?.registry.session(id)?.end).toBeUndefined();
      expect(refused).toBeGreaterThan(50);
      expect(topUps).toBeLessThan(12);
      // nobody pays any more: it ends when the credit does
      while (live.runners?.registry.session(id) !== undefined && world.simulation.now < 1200 * seconds) {
        await later(5000);
        await heartbeat();
      }
      const ended = await call(handler, `/apps/r/session/${id}/app/x`);
      expect([ended.status, ended.header.get("livepeer-reason")]).toEqual([404, "insufficient_balance"]);
      // what is left is less than one interval
      const left = balance(id);
      expect(left.num >= 0n && left.num < 5n * weiPerSecond * left.den).toBe(true);
      expect(world.simulation.now).toBeGreaterThan(605 * seconds);
      expect(world.simulation.now).toBeLessThan(1200 * seconds);
    },
  );

  it("is charged by the second for as long as it lasts", async () => {
    await register("r", hourly);
    const { challenge } = await open("/apps/r/session", "live");
    const id = String(challenge["manifest_id"]);
    const before = balance(id);
    await later(12_300);
    await call(handler, `/apps/r/session/${id}/stop`);
    expect(formatRational(subRational(before, balance(id)))).toBe(String(12n * weiPerSecond));
    await later(20_000);
    expect(formatRational(subRational(before, balance(id)))).toBe(String(12n * weiPerSecond));
  });

  it("gets fresh ticket parameters at its own price, whatever the price is by then", async () => {
    await register("r", hourly);
    const { challenge } = await open("/apps/r/session", "live");
    const runner = live.runners?.registry.atRoute("r");
    if (runner !== undefined) runner.record = { ...runner.record, price: { price: 1, unit: "hour" } };
    const sender = checksumAddress(world.key.address);
    const manifest_id = challenge["manifest_id"];
    const fresh = await call(handler, "/refresh-payment", { sender, manifest_id });
    const info = fromBinary(OrchestratorInfoSchema, decodeBase64(String(fresh.json["payment_params"])));
    expect([info.priceInfo?.pricePerUnit, info.authToken?.sessionId]).toEqual([weiPerSecond, manifest_id]);
    const refusals = [
      { sender, manifest_id: "another" },
      { sender: checksumAddress(world.orchestrator.address), manifest_id },
      { sender },
      { sender: "me", manifest_id },
    ].map(async (body) => {
      const { status, text } = await call(handler, "/refresh-payment", body);
      return `${status} ${text.trim()}`;
    });
    expect(await Promise.all(refusals)).toEqual([
      "409 fixed price not found for session",
      "409 fixed price not found for session",
      "400 missing manifest_id",
      "400 invalid sender",
    ]);
  });

  it("cannot be had for the price of a cheaper runner, somebody else's offer, or nothing", async () => {
    await register("dear", hourly);
    await register("cheap", { ...hourly, price: 0.00072 });
    const cheap = await call(handler, "/apps/cheap/session", undefined, payer());
    const payment = await sign(String(cheap.json["payment_params"]), cheap.json, "live");
    const refused = await call(handler, "/apps/dear/session", undefined, paid(payment));
    expect([refused.status, refused.text]).toEqual([400, "payment price does not match live runner price\n"]);
    expect((await call(handler, "/apps/dear/session")).status).toBe(402);
    const other = await call(handler, "/apps/dear/session", undefined, payer());
    const wrong = await sign(String(other.json["payment_params"]), { manifest_id: "another" }, "live");
    const mismatch = await call(handler, "/apps/dear/session", undefined, paid(wrong));
    expect([mismatch.status, mismatch.text]).toEqual([403, "mismatched manifest and auth token\n"]);
    expect(live.runners?.registry.sessionCount).toBe(0);
    // the cheap one is as good as ever
    expect((await call(handler, "/apps/cheap/session", undefined, paid(payment))).status).toBe(200);
    // and its session cannot be begun twice with one payment
    expect((await call(handler, "/apps/cheap/session", undefined, paid(payment))).status).toBe(409);
  });
});

describe("a runner with a fixed price", () => {
  it("takes it once for a request, and nothing later", async () => {
    await register("f", { price: 0.0001, currency: "usd", unit: "fixed" }, { mode: "single-shot" });
    const { challenge, answer } = await open("/apps/f/app/run", "fixed");
    expect([answer.status, answer.text]).toEqual([200, "served"]);
    const id = String(challenge["manifest_id"]);
    const left = balance(id);
    await later(60_000);
    expect(formatRational(balance(id))).toBe(formatRational(left));
    // 100 seconds' worth came with one ticket; 50 of them are gone
    expect(floorRational(left)).toBe(50n * weiPerSecond);
  });
});

describe("a job of an external capability with a price", () => {
  it("is charged for each second that began, and refused without a minute in advance", async () => {
    const registered = await call(
      handler,
      "/capability/register",
      { name: "cap", url: "http://worker:1", capacity: 1, price_per_unit: Number(weiPerSecond) },
      { authorization: secret },
    );
    expect(registered.text).toBe("ok");
    const sender = checksumAddress(world.key.address);
    const job = { request: "{}", parameters: "{}", capability: "cap", timeout_seconds: 5, sender };
    const signature = Buffer.from(world.key.sign(utf8("{}{}"))).toString("hex");
    const header = { livepeer: Buffer.from(JSON.stringify({ ...job, sig: `0x${signature}` })).toString("base64") };
    const poor = await call(handler, "/process/request/x", {}, header);
    expect([poor.status, poor.text]).toEqual([400, "Insufficient balance for request\n"]);
    world.balances.credit(world.key.address, "cap", 100n * weiPerSecond, 1n);
    const [done] = await Promise.all([call(handler, "/process/request/x", {}, header), later(100)]);
    expect([done.status, done.text]).toEqual([200, "served"]);
    expect(BigInt(done.header.get("livepeer-balance") ?? "0") % weiPerSecond).toBe(0n);
    const forged = Buffer.from(JSON.stringify({ ...job, request: '{"x":1}', sig: `0x${signature}` })).toString(
      "base64",
    );
    expect((await call(handler, "/process/request/x", {}, { livepeer: forged })).status).toBe(400);
  });
});

/** The runner says that it is there, with the secret that it got. */
async function heartbeat(): Promise<void> {
  const runner = live.runners?.registry.runners.find(({ id }) => id === "r");
  if (runner === undefined) throw new Error("the runner is gone");
  const record = { runner_id: "r", runner_url: "http://runner:1", app: "demo", capacity: 4, price_info: hourly };
  await call(handler, "/runners/heartbeat", record, { authorization: runner.secretFor("heartbeat") });
}

it("reads what a challenge offers", async () => {
  await register("r", hourly);
  const { json } = await call(handler, "/apps/r/session", undefined, payer());
  const info = fromBinary(OrchestratorInfoSchema, decodeBase64(String(json["payment_params"])));
  expect([info.priceInfo?.pricePerUnit, info.priceInfo?.pixelsPerUnit]).toEqual([weiPerSecond, 1n]);
  expect(json).toMatchObject({
    orchestrator: serviceUri,
    manifest_id: info.authToken?.sessionId,
    payment_url: `${serviceUri}/apps/r/session/${info.authToken?.sessionId}/payment`,
  });
});
