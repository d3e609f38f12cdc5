import { create, toBinary } from "@bufbuild/protobuf";
import {
  AuthTokenSchema,
  CapabilitiesSchema,
  decodeSegmentHeader,
  encodeBase64,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  PriceInfoSchema,
  routed,
  segmentSigningBytes,
} from "@livepeer-ts/execution";
import {
  bodyOf,
  checksumAddress,
  compareRational,
  fromHex,
  type HttpResponse,
  mulRational,
  noMetrics,
  parseRational,
  rational,
  readBody,
  recoverPersonalMessage,
  silentLogger,
  subRational,
  utf8,
  verifyData,
} from "@livepeer-ts/kernel";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import type { SignedTicketRecord } from "../../records/signed-ticket-record.ts";
import { TicketSender } from "../../sender/ticket-sender.ts";
import { paymentIn, SignerWorld } from "../../testing/signer-world.ts";
import type { RemoteSignerDeps, RemoteSignerOptions } from "./remote-signer.ts";
import { type SignerAuthorizer, webhookAuthorizer } from "./signer-authorizer.ts";
import { signerRoutes } from "./signer-routes.ts";

const seconds = 1000;
const priceWei = 1_000_000_000n; // of a second
const ticketEvWei = 10n * priceWei;

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly body: Json; readonly text: string; readonly header: Headers };

let world: SignerWorld;
let handler: ReturnType<typeof routed>;

function serve(options: RemoteSignerOptions = {}, change: Partial<RemoteSignerDeps> = {}): void {
  handler = routed(signerRoutes({ signer: world.signer(options, change), logger: silentLogger, metrics: noMetrics }));
}

async function call(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  method = "POST",
): Promise<Answer> {
  const answer: HttpResponse = await handler({
    method,
    url: `http://signer:8935${path}`,
    header: new Headers(headers),
    body: bodyOf(utf8(typeof body === "string" ? body : JSON.stringify(body))),
    signal: new AbortController().signal,
    peer: { address: "10.0.0.1:5", protocol: "h1" },
  });
  const text = new TextDecoder().decode(await readBody(answer.body, 1_000_000));
  return { status: answer.status, body: JSON.parse(text) as Json, text, header: answer.header };
}

const encoded = (info: OrchestratorInfo) => encodeBase64(toBinary(OrchestratorInfoSchema, info));
const later = (ms: number) => world.simulation.run(world.simulation.now + ms);
const messageOf = ({ body }: Answer) => (body["error"] as { message: string }).message;

/** A first payment, or the next one of `before`. */
async function pay(change: Json = {}, before?: Answer, headers: Record<string, string> = {}): Promise<Answer> {
  const base = { orchestrator: encoded(await world.info()), type: "live", app: "app", ManifestID: "mid" };
  const state = before === undefined ? {} : { state: before.body["state"] };
  return call("/generate-live-payment", { ...base, ...state, ...change }, headers);
}

const ticketsOf = (answer: Answer) =>
  paymentIn(String(answer.body["payment"])).ticketSenderParams.map(({ senderNonce }) => senderNonce);

beforeEach(() => {
  world = new SignerWorld({ priceWei, ticketEvWei });
  serve();
});

describe("a remote signer", () => {
  it("says who pays, with a signature that orchestrators check", async () => {
    const { status, body } = await call("/sign-orchestrator-info", "");
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["address", "signature"]);
    expect(body["address"]).toBe(checksumAddress(world.key.address));
    const signature = fromHex(String(body["signature"]));
    expect(verifyData(world.key.address, utf8(String(body["address"])), signature)).toBe(true);
  });

  it("pays ten seconds first, then what has passed, with headers that are ready to be sent", async () => {
    const first = await pay();
    expect(first.status).toBe(200);
    expect(Object.keys(first.body)).toEqual(["payment", "segCreds", "state"]);
    expect(ticketsOf(first)).toEqual([1]);
    expect((await world.receive(String(first.body["payment"]))).acceptedCount).toBe(1);
    const credentials = decodeSegmentHeader(String(first.body["segCreds"]));
    expect(credentials).toMatchObject({ manifestId: "mid", seqNo: 0n, profiles: [] });
    expect(credentials.authToken?.sessionId).toBe("session 1");
    const bytes = segmentSigningBytes("mid", 0n, new Uint8Array(32), []);
    expect(verifyData(world.key.address, bytes, credentials.signature)).toBe(true);

    await later(4500);
    const second = await pay({}, first);
    // five seconds more, twenty in reserve: 25e9 wei
    expect(ticketsOf(second)).toEqual([1, 2, 3]);
  });

  it("bills live video by 27648000 units a second, sixty seconds first", async () => {
    world = new SignerWorld({ priceWei: 1n, ticketEvWei: 1_000_000_000n });
    serve();
    const first = await pay({ type: "lv2v" });
    expect(ticketsOf(first)).toHaveLength(2); // 1658880000 wei
    await later(2500);
    const second = await pay({ type: "lv2v" }, first);
    await later(1);
    const [, record] = world.events.of<SignedTicketRecord>("create_signed_ticket");
    expect(record).toMatchObject({ pixels: "69120000", billable_secs: "2.500", computed_fee: "69120000" });
    expect(ticketsOf(second)).toHaveLength(1);
  });

  it("bills once, and by pixels", async () => {
    const fixed = await pay({ type: "fixed" });
    expect(ticketsOf(fixed)).toHaveLength(1);
    expect((await pay({ type: "fixed" }, fixed)).status).toBe(200); // credit below one ticket
    const pixels = await pay({ type: "", inPixels: 25 });
    expect(ticketsOf(pixels)).toHaveLength(3);
  });

  it("keeps nonces within an offer and starts anew with the next", async () => {
    const offer = encoded(await world.info());
    const first = await pay({ orchestrator: offer });
    await later(5 * seconds);
    const second = await pay({ orchestrator: offer }, first);
    expect(ticketsOf(second)).toEqual([2, 3, 4]);
    await later(6 * seconds);
    expect(ticketsOf(await pay({}, second))[0]).toBe(1);
    expect((await world.receive(String(first.body["payment"]))).acceptedCount).toBe(1);
    expect((await world.receive(String(second.body["payment"]))).acceptedCount).toBe(3);
  });

  it("needs no tickets while the credit lasts, and says so without touching the state", async () => {
    const first = await pay({ type: "", inPixels: 1 });
    const second = await pay({ type: "", inPixels: 1 }, first);
    const third = await pay({ type: "", inPixels: 1 }, second);
    expect([third.status, messageOf(third)]).toEqual([482, "no tickets"]);
    expect((await pay({ type: "", inPixels: 11 }, second)).status).toBe(200);
  });

  it("asks for fresh information before the offer or the token ends", async () => {
    const info = await world.info();
    const first = await pay({ orchestrator: encoded(info) });
    await later(39 * 12 * seconds);
    const stale = await pay({ orchestrator: encoded(info) }, first);
    expect([stale.status, stale.header.get("Livepeer-Orchestrator-URL")]).toEqual([480, "https://orchestrator:8935"]);
    const authToken = create(AuthTokenSchema, {
      sessionId: "s",
      expiration: BigInt(Math.floor(world.host.clock.now() / 1000)) + 100n,
    });
    expect((await pay({ orchestrator: encoded({ ...(await world.info()), authToken }) })).status).toBe(480);
    expect((await pay({}, first)).status).toBe(200);
  });

  it("asks for a fresh offer when this one has carried 600 tickets", async () => {
    const info = encoded(await world.info());
    let before = await pay({ orchestrator: info, type: "", inPixels: 990 });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const next = await pay({ orchestrator: info, type: "", inPixels: 990 }, before);
      statuses.push(next.status);
      if (next.status === 200) before = next;
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 480]);
  });

  it("signs at most 100 tickets at once", async () => {
    const most = await pay({ type: "", inPixels: 1000 });
    expect(ticketsOf(most)).toHaveLength(100);
    const over = await pay({ type: "", inPixels: 1001 });
    expect([over.status, messageOf(over)]).toEqual([400, "numTickets 101 exceeds maximum of 100"]);
    // the reserve of later payments waits rather than fails
    expect(ticketsOf(await pay({ type: "", inPixels: 1000 }, most))).toHaveLength(100);
  });
});

describe("the reserve of a session", () => {
  it("gives way where it and the fee would be worth more than one payment may be", async () => {
    const limits = { maxTicketEvWei: rational(10n ** 15n), maxTotalEvWei: rational(2n * ticketEvWei + 1n) };
    const funds = () => world.funds;
    serve({}, { tickets: new TicketSender(limits, { signer: world.key, rounds: world.rounds, funds }) });
    const first = await pay();
    await later(12 * seconds);
    expect(ticketsOf(await pay({}, first))).toHaveLength(2); // four with the reserve
    await later(30 * seconds);
    const over = await pay({}, first);
    expect([over.status, messageOf(over)]).toEqual([
      400,
      expect.stringMatching(/^total ticket EV 5\d+\.00000 for 5 tickets > max total ticket EV 20000000001\.00000$/),
    ]);
  });
});

describe("what a remote signer refuses", () => {
  it.each<[Json, string]>([
    [{ orchestrator: "" }, "missing orchestrator"],
    [{ orchestrator: "!!" }, "orchestrator cannot be read: illegal base64 data at input byte 0"],
    [{ type: "video" }, "invalid job type"],
    [{ type: "" }, "missing billable unit or job type"],
    [{ type: "", inPixels: -1 }, "missing billable unit or job type"],
    [{ type: "", inPixels: 1.5 }, "inPixels must be a whole number"],
    [{ state: { State: "e30=", Sig: "e30=" } }, "invalid sig"],
    [{ state: "state" }, "invalid state"],
    [
      { maxPrice: { price: 1, currency: "usd", unit: "seconds" } },
      "maxPrice cannot be read: invalid maxPrice: currency must be wei",
    ],
    [
      { maxPrice: { price: 1, currency: "wei", unit: "fixed" } },
      "maxPrice cannot be read: invalid maxPrice: unit must be seconds for type live",
    ],
    [
      { maxPrice: { price: -1, currency: "wei", unit: "seconds" } },
      "maxPrice cannot be read: invalid maxPrice: price must be a positive decimal",
    ],
    [{ app: 5 }, "app must be text"],
  ])("%j: %s", async (change, message) => {
    const answer = await pay(change);
    expect([answer.status, messageOf(answer)]).toEqual([400, message]);
  });

  it("is whatever does not belong to the session", async () => {
    const first = await pay();
    const cases: [Json, string][] = [
      [{ ManifestID: "" }, "missing manifestID"],
      [{ app: "other" }, "app mismatch"],
      [{ type: "lv2v" }, "job type mismatch"],
      [
        { orchestrator: encoded({ ...(await world.info()), address: new Uint8Array(20) }) },
        "orchestratorAddress mismatch",
      ],
    ];
    for (const [change, message] of cases) {
      const answer = await pay(change, first);
      expect([answer.status, messageOf(answer)]).toEqual([400, message]);
    }
  });

  it("is a state that was changed or signed by another key", async () => {
    const first = await pay();
    const { State, Sig } = first.body["state"] as { State: string; Sig: string };
    const json = Buffer.from(State, "base64").toString();
    expect(recoverPersonalMessage(utf8(json), Buffer.from(Sig, "base64"))).toBe(world.key.address);
    const richer = json.replace(/"Balance":"[^"]*"/, '"Balance":"99999999999999"');
    expect(richer).not.toBe(json);
    const changed = await pay({ state: { State: Buffer.from(richer).toString("base64"), Sig } });
    expect([changed.status, messageOf(changed)]).toEqual([400, "invalid sig"]);
  });

  it("is an orchestrator without price or ticket parameters", async () => {
    const { ticketParams: _params, ...rest } = await world.info();
    expect(messageOf(await pay({ orchestrator: encoded(create(OrchestratorInfoSchema, rest)) }))).toBe(
      "missing ticketParams in OrchestratorInfo",
    );
    for (const pricePerUnit of [0n, -1n]) {
      const priceInfo = create(PriceInfoSchema, { pricePerUnit, pixelsPerUnit: 1n });
      expect(messageOf(await pay({ orchestrator: encoded({ ...(await world.info()), priceInfo }) }))).toBe(
        "missing or zero priceInfo",
      );
    }
  });

  it("is a price above the lowest ceiling, with its source", async () => {
    const over = async (answer: Answer, message: string) =>
      expect([answer.status, messageOf(answer)]).toEqual([481, message]);
    const maxPrice = { price: 999_999_999.5, currency: "wei", unit: "seconds" };
    await over(await pay({ maxPrice }), "orchestrator price 1000000000 exceeds request maxPrice ceiling 1999999999/2");
    const first = await pay();
    world.prices.setBase(rational(priceWei + 1n));
    world.session = 2;
    await over(await pay({}, first), "orchestrator price 1000000001 exceeds initial session price ceiling 1000000000");
    const capabilities = encodeBase64(toBinary(CapabilitiesSchema, create(CapabilitiesSchema, { version: "1" })));
    serve({}, { maxPriceOf: (asked) => (asked?.version === "1" ? rational(7n) : undefined) });
    await over(await pay({ capabilities }), "orchestrator price 1000000001 exceeds configured maximum price ceiling 7");
  });

  it("is what the sender's own rules refuse; trouble of its deposit is none of the caller's business", async () => {
    world.funds = { ...world.funds, depositWei: 5n * ticketEvWei - 1n };
    const low = await pay();
    expect([low.status, messageOf(low)]).toEqual([
      400,
      `ticket faceValue ${5n * ticketEvWei} > max faceValue ${5n * ticketEvWei - 1n}`,
    ]);
    world.funds = { ...world.funds, depositWei: 0n };
    const none = await pay();
    expect([none.status, none.text]).toEqual([503, '{"error":{"message":"Service Unavailable Error"}}\n']);
  });

  it("is a request that is none", async () => {
    expect((await call("/generate-live-payment", "{")).status).toBe(400);
    expect((await call("/generate-live-payment", "[]")).status).toBe(400);
    expect((await call("/generate-live-payment", "x".repeat(1_048_577))).status).toBe(413);
    const got = await call("/generate-live-payment", "", {}, "GET");
    expect([got.status, got.header.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("the ceilings of a remote signer", () => {
  it("hold for one payment, with both numbers", async () => {
    serve({ maxRequestWei: 3n * ticketEvWei });
    expect((await pay({ type: "", inPixels: 30 })).status).toBe(200);
    const over = await pay({ type: "", inPixels: 31 });
    expect(over.status).toBe(483);
    expect(messageOf(over)).toMatch(
      /^this payment is worth 4\d{10} wei and the signer signs at most 30000000000 at once/,
    );
  });

  it("hold for a day, also over a restart, and end with it", async () => {
    const options = { maxDayWei: 5n * ticketEvWei };
    serve(options);
    expect((await pay({ type: "", inPixels: 30 })).status).toBe(200);
    serve(options);
    const over = await pay({ type: "", inPixels: 30 });
    expect(over.status).toBe(483);
    expect(messageOf(over)).toContain("its ceiling is 50000000000: wait for the next day (UTC)");
    expect((await pay({ type: "", inPixels: 9 })).status).toBe(200);
    await later(24 * 3600 * seconds);
    expect((await pay({ type: "", inPixels: 30 })).status).toBe(200);
    expect(world.spending.days.size).toBe(2);
  });

  it("sign nothing when the sum cannot be kept", async () => {
    serve({}, { spending: { add: async () => Promise.reject(new Error("disk full")) } });
    const answer = await pay();
    expect([answer.status, messageOf(answer)]).toEqual([500, "Internal Server Error"]);
  });

  it("sign nothing whose use cannot be recorded", async () => {
    serve({}, { events: { emit: async () => Promise.reject(new Error("disk full")) } });
    const answer = await pay();
    expect([answer.status, answer.body["payment"], messageOf(answer)]).toEqual([
      500,
      undefined,
      "Internal Server Error",
    ]);
  });

  const ceilingOf = ({ body }: Answer) => (body["error"] as { ceiling: Json }).ceiling;
  const kinds: [string, Json][] = [
    ["segments", { type: "", inPixels: 30 }],
    ["live video", { type: "lv2v" }],
    ["a metered runner", { type: "live" }],
    ["a runner with a fixed price", { type: "fixed" }],
  ];

  it.each(kinds)("hold for payments of %s, one by one and over the day, and each is told of", async (_kind, change) => {
    // live video has many more units: one wei each
    if (change["type"] === "lv2v") world = new SignerWorld({ priceWei: 1n, ticketEvWei: 1_000_000_000n });
    serve();
    const first = await pay(change);
    expect(first.status, first.text).toBe(200);
    const [day] = world.spending.days.values();
    const worth = day as bigint;
    const events = world.events.of<SignedTicketRecord>("create_signed_ticket");
    expect(events.map(({ pipeline, num_tickets }) => [pipeline, Number(num_tickets)])).toEqual([
      [
        { "": "", lv2v: "live-video-to-video", live: "live", fixed: "fixed" }[String(change["type"])],
        ticketsOf(first).length,
      ],
    ]);
    serve({ maxRequestWei: worth - 1n });
    const dear = await pay(change);
    expect([dear.status, ceilingOf(dear)]).toEqual([
      483,
      { scope: "request", wei: String(worth), ceilingWei: String(worth - 1n), authId: "" },
    ]);
    serve({ maxDayWei: 2n * worth - 1n });
    const late = await pay(change);
    expect([late.status, ceilingOf(late)]).toEqual([
      483,
      { scope: "day", wei: String(2n * worth), ceilingWei: String(2n * worth - 1n), authId: "" },
    ]);
    serve({ maxIdDayWei: worth });
    const known = await pay(change, undefined, { "signer-auth-id": "alice" });
    expect(known.status).toBe(200);
    const again = await pay(change, undefined, { "signer-auth-id": "alice" });
    expect([again.status, ceilingOf(again)]).toEqual([
      483,
      { scope: "id_day", wei: String(2n * worth), ceilingWei: String(worth), authId: "alice" },
    ]);
    expect((await pay(change, undefined, { "signer-auth-id": "bob" })).status).toBe(200);
    const expensive = {
      price: 0.5,
      currency: "wei",
      ...(change["type"] === ""
        ? {}
        : { unit: { lv2v: "720p-pixel-seconds", live: "seconds", fixed: "fixed" }[String(change["type"])] }),
    };
    expect((await pay({ ...change, maxPrice: expensive })).status).toBe(481);
    // what was refused is neither counted nor told of
    expect(world.events.of("create_signed_ticket")).toHaveLength(3);
    expect([...world.spending.days.values()]).toEqual([3n * worth]);
  });

  it("refuse names of callers that are too long", async () => {
    const answer = await pay({}, undefined, { "signer-auth-id": "x".repeat(257) });
    expect([answer.status, messageOf(answer)]).toEqual([400, "the auth ID must have at most 256 characters"]);
  });
});

describe("the webhook of a remote signer", () => {
  let asked: { headers: Record<string, string[]>; state: Json; authorization: string | null }[];
  let says: () => Promise<{ status: number; body: string }>;

  const answers = (status: number, body: Json | string) => {
    says = async () => ({ status, body: typeof body === "string" ? body : JSON.stringify(body) });
  };

  beforeEach(() => {
    asked = [];
    answers(200, { status: 200 });
    const authorizer: SignerAuthorizer = webhookAuthorizer(
      { url: "http://hook/authorize", headers: new Map([["Authorization", "Bearer own"]]) },
      {
        clock: world.host.clock,
        net: {
          async request({ body, header }) {
            const text = new TextDecoder().decode(body as Uint8Array);
            asked.push({
              ...(JSON.parse(text) as { headers: Record<string, string[]>; state: Json }),
              authorization: header.get("authorization"),
            });
            const { status, body: said } = await says();
            return { status, header: new Headers(), body: bodyOf(utf8(said)) };
          },
        },
      },
    );
    serve({}, { authorizer });
  });

  it("sees the caller's headers and the state as it will be, before anything is signed", async () => {
    const first = await pay({}, undefined, { authorization: "Bearer app", "x-request-id": "r1" });
    expect(first.status).toBe(200);
    expect(asked[0]).toMatchObject({
      headers: { Authorization: ["Bearer app"], "X-Request-Id": ["r1"] },
      state: { App: "app", SenderNonce: 1, SequenceNumber: 0, Type: "live", InitialPricePerUnit: 1_000_000_000 },
      authorization: "Bearer own",
    });
    expect(asked[0]?.state["OrchestratorAddress"]).toBe(world.orchestrator.address);
    answers(200, { status: 402, reason: "no balance" });
    await later(5 * seconds);
    const refused = await pay({}, first);
    expect([refused.status, messageOf(refused)]).toEqual([402, "no balance"]);
  });

  it("is asked each time, unless it says until when it need not be", async () => {
    let before = await pay();
    await later(5 * seconds);
    before = await pay({}, before);
    expect(asked).toHaveLength(2);
    answers(200, { status: 200, expiry: Math.floor(world.host.clock.now() / 1000) + 60 });
    for (let i = 0; i < 5; i++) {
      await later(10 * seconds);
      const next = await pay({}, before);
      expect(next.status).toBe(200);
      before = next;
    }
    expect(asked).toHaveLength(3);
    await later(20 * seconds);
    await pay({}, before);
    expect(asked).toHaveLength(4);
  });

  it("pins who pays", async () => {
    answers(200, { status: 200, auth_id: "alice" });
    const first = await pay();
    await later(5 * seconds);
    answers(200, { status: 200, auth_id: "bob" });
    const other = await pay({}, first);
    expect([other.status, messageOf(other)]).toEqual([500, "Internal Server Error"]);
    await later(1);
    expect(world.events.of<SignedTicketRecord>("create_signed_ticket").map(({ auth_id }) => auth_id)).toEqual([
      "alice",
    ]);
  });

  it.each<[string, number, Json | string, number]>([
    ["is away", 503, "", 500],
    ["answers no JSON", 200, "yes", 500],
    ["names no status", 200, {}, 500],
    ["names a price that is none", 200, { status: 200, maxPrice: { price: 0, currency: "wei", unit: "seconds" } }, 502],
    ["names a lower price", 200, { status: 200, maxPrice: { price: 5, currency: "wei", unit: "seconds" } }, 481],
    ["refuses for credit", 200, { status: 483, reason: "empty" }, 483],
  ])("that %s lets nothing be signed", async (_what, status, body, expected) => {
    answers(status, body);
    expect((await pay()).status).toBe(expected);
    expect(world.spending.days.size).toBe(0);
  });

  it("lowers the ceilings of a caller, also of payments that it is not asked about", async () => {
    const expiry = Math.floor(world.host.clock.now() / 1000) + 3600;
    const ceilings = { maxRequestWei: String(3n * ticketEvWei), maxDayWei: Number(4n * ticketEvWei) };
    answers(200, { status: 200, auth_id: "alice", expiry, ...ceilings });
    const first = await pay({ type: "", inPixels: 20 });
    const second = await pay({ type: "", inPixels: 10 }, first);
    expect([ticketsOf(first).length, ticketsOf(second).length]).toEqual([2, 2]);
    const large = await pay({ type: "", inPixels: 40 }, first);
    expect(large.body["error"]).toMatchObject({
      ceiling: { scope: "request", wei: String(5n * ticketEvWei), ceilingWei: ceilings.maxRequestWei, authId: "alice" },
    });
    const over = await pay({ type: "", inPixels: 10 }, second);
    expect([over.status, over.body["error"]]).toMatchObject([
      483,
      { ceiling: { scope: "id_day", wei: String(5n * ticketEvWei), ceilingWei: String(4n * ticketEvWei) } },
    ]);
    expect(asked).toHaveLength(1);
  });

  it.each<[Json]>([
    [{ maxRequestWei: 0 }],
    [{ maxDayWei: "1.5" }],
    [{ maxDayWei: -1 }],
    [{ maxDayWei: true }],
    [{ auth_id: "x".repeat(257) }],
  ])("cannot be used when it says %j", async (more) => {
    answers(200, { status: 200, ...more });
    expect((await pay()).status).toBe(502);
    expect(world.spending.days.size).toBe(0);
  });

  it("is asked before a job of an external capability is signed", async () => {
    const signed = await call("/sign-byoc-job", { request: '{"a":1}', parameters: "{}" }, { authorization: "a" });
    expect(signed.body["sender"]).toBe(checksumAddress(world.key.address));
    const bytes = utf8('{"a":1}{}');
    expect(verifyData(world.key.address, bytes, fromHex(String(signed.body["signature"])))).toBe(true);
    expect(asked).toHaveLength(1);
    answers(200, { status: 401, reason: "who are you" });
    expect((await call("/sign-byoc-job", { request: "", parameters: "" }, { authorization: "b" })).status).toBe(401);
    expect((await call("/sign-byoc-job", { request: 1 }, { authorization: "a" })).status).toBe(400);
  });

  it("is asked before a segment is signed, once a minute for each caller", async () => {
    const segment = { manifestId: "mid", seqNo: 7, hash: `0x${"ab".repeat(32)}`, profiles: ["P240p30fps16x9"] };
    const signed = await call("/sign-segment", segment, { authorization: "a" });
    const bytes = segmentSigningBytes("mid", 7n, fromHex(`0x${"ab".repeat(32)}`), ["P240p30fps16x9"]);
    expect(verifyData(world.key.address, bytes, fromHex(String(signed.body["signature"])))).toBe(true);
    await call("/sign-segment", segment, { authorization: "a" });
    expect(asked).toHaveLength(1);
    await call("/sign-segment", segment, { authorization: "b" });
    await later(61 * seconds);
    await call("/sign-segment", segment, { authorization: "a" });
    expect(asked).toHaveLength(3);
    answers(200, { status: 401, reason: "who are you" });
    const refused = await call("/sign-segment", segment, { authorization: "c" });
    expect([refused.status, messageOf(refused)]).toEqual([401, "who are you"]);
    for (const change of [{ seqNo: -1 }, { hash: "0x00" }, { profiles: [1] }, { manifestId: "" }])
      expect((await call("/sign-segment", { ...segment, ...change }, { authorization: "a" })).status).toBe(400);
  });
});

describe("usage events of a remote signer", () => {
  it("tell everything that a ledger needs", async () => {
    const first = await pay({}, undefined, { "signer-auth-id": "alice", "x-request-id": "r1" });
    await later(5 * seconds);
    await pay({}, first, { "signer-auth-id": "alice" });
    await later(1);
    const [one, two] = world.events.of<SignedTicketRecord>("create_signed_ticket");
    expect(one).toMatchObject({
      ...{ session_status: "new", app: "app", pipeline: "live", request_id: "r1", manifest_id: "mid" },
      ...{ orch_address: checksumAddress(world.orchestrator.address), orch_url: "https://orchestrator:8935" },
      ...{ billable_secs: "10.000", pixels: "10", computed_fee: "10000000000", num_tickets: "1" },
      ...{ sequence_number: "0", auth_id: "alice" },
    });
    expect(two).toMatchObject({ session_status: "continuing", session_id: one?.session_id, sequence_number: "1" });
    expect(Number(two?.current_time_unix) - Number(two?.previous_time_unix)).toBe(5000);
    const balance = parseRational(two?.session_balance ?? "");
    const brought = mulRational(rational(4n), parseRational(one?.cost ?? ""));
    expect(compareRational(subRational(brought, rational(15n * priceWei)), balance) >= -1).toBe(true);
  });
});

describe("a live session", () => {
  const intervalMs = 5 * seconds;

  /** Ten minutes of a client that pays every three to five seconds. Resolves with how long the orchestrator let it live. */
  async function live(options: {
    seed: number;
    drift: number;
    type: "live" | "lv2v";
  }): Promise<{ livedMs: number; paid: number; refused: number }> {
    const random = simRandom(options.seed);
    // one ticket is worth twenty intervals
    const [unitWei, feeWei] = options.type === "live" ? [priceWei, 5n * priceWei] : [10n, 5n * 27_648_000n * 10n];
    world = new SignerWorld({ seed: options.seed, priceWei: unitWei, ticketEvWei: 20n * feeWei });
    serve();
    let [paid, refused, livedMs] = [0, 0, 0];
    let isAlive = true;
    let info = await world.info();
    let before: Answer | undefined;
    const turn = async (): Promise<void> => {
      for (let refreshes = 0; refreshes < 4; refreshes++) {
        const answer = await pay({ orchestrator: encoded(info), type: options.type }, before);
        if (answer.status === 480) {
          info = await world.info();
          continue;
        }
        if (answer.status === 482) refused++;
        else if (answer.status === 200) {
          await world.receive(String(answer.body["payment"]));
          before = answer;
          paid++;
        } else throw new Error(answer.text);
        return;
      }
    };
    await turn();
    const account = (): void => {
      world.simulation.schedule(intervalMs * options.drift, "account", () => {
        const fee = rational(feeWei);
        if (compareRational(world.balance, fee) < 0) isAlive = false;
        if (!isAlive) return;
        world.balances.debit(world.key.address, world.balanceId, fee);
        livedMs = world.simulation.now;
        account();
      });
    };
    account();
    while (isAlive && world.simulation.now < 600 * seconds) {
      await later(3000 + random.unit() * 2000);
      // the signer keeps nothing: a restart changes nothing
      if (random.unit() < 0.1) serve();
      await turn();
    }
    return { livedMs, paid, refused };
  }

  it.each([
    { seed: 1, drift: 1, type: "live" },
    { seed: 2, drift: 1, type: "live" },
    { seed: 3, drift: 0.97, type: "live" },
    { seed: 4, drift: 0.97, type: "live" },
    { seed: 5, drift: 1, type: "lv2v" },
    { seed: 6, drift: 0.97, type: "lv2v" },
  ] as const)("lives for ten minutes though a ticket is worth twenty intervals: %j", async (options) => {
    console.log(`seed=${options.seed}`);
    const { livedMs, paid, refused } = await live(options);
    expect(livedMs).toBeGreaterThan(590 * seconds);
    expect(refused).toBeGreaterThan(50);
    expect(paid).toBeLessThan(12);
  });
});
