import { routed } from "@livepeer-ts/execution";
import { compareRational, LpError, type Net, noMetrics, rational, silentLogger } from "@livepeer-ts/kernel";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { signerRoutes } from "../../signer/remote/signer-routes.ts";
import { remoteIdentitySigner } from "../../signer/remote-identity-signer.ts";
import { paymentIn, SignerWorld } from "../../testing/signer-world.ts";
import { RemotePaymentSender } from "./remote-payment-sender.ts";
import { RemoteSignerClient } from "./remote-signer-client.ts";

const priceWei = 1000n;
const ticketEvWei = 20_000_000_000n;
/** 5e9 wei: a ticket pays for four segments. */
const units = 5_000_000n;
const never = new AbortController().signal;

let world: SignerWorld;
let calls: number;
let isDown: boolean;
let client: RemoteSignerClient;

function connect(): RemoteSignerClient {
  const net: Net = {
    async request(request) {
      if (isDown) throw new LpError({ code: "net_dial", message: "connection refused" });
      calls++;
      const handler = routed(signerRoutes({ signer: world.signer(), logger: silentLogger, metrics: noMetrics }));
      const bytes = request.body as Uint8Array;
      const body = (async function* () {
        yield bytes;
      })();
      return handler({ ...request, body, peer: { address: "gateway", protocol: "h1" } });
    },
  };
  return new RemoteSignerClient({ url: "http://signer:8935", headers: new Map() }, { net, clock: world.host.clock });
}

const newSender = () =>
  new RemotePaymentSender({ client, random: simRandom(5), sender: world.key.address, signal: never });
const fee = (pixels: bigint) => rational(pixels * priceWei);
const debit = (pixels: bigint) => world.balances.debit(world.key.address, world.balanceId, fee(pixels));

beforeEach(() => {
  world = new SignerWorld({ priceWei, ticketEvWei });
  calls = 0;
  isDown = false;
  client = connect();
});

describe("a gateway with a remote signer", () => {
  it("learns who pays, and can say so itself", async () => {
    const identity = await client.identity(never);
    expect(identity.address).toBe(world.key.address);
    const signer = remoteIdentitySigner(identity);
    expect(signer.address).toBe(world.key.address);
    expect(() => signer.sign(new Uint8Array(3))).toThrow(/its remote signer signs/);
  });

  it.each([1, 2, 3])(
    "keeps its orchestrator in credit through hundreds of segments and every kind of end (seed %d)",
    async (seed) => {
      console.log(`seed=${seed}`);
      const random = simRandom(seed);
      const sender = newSender();
      let info = await world.info();
      const session = sender.session(info);
      let [highest, tickets] = [rational(0n), 0];
      for (let segment = 0; segment < 600; segment++) {
        const asked = units + BigInt(Math.floor(random.unit() * 1_000_000));
        let payment: Awaited<ReturnType<typeof session.pay>>;
        for (;;) {
          try {
            payment = await session.pay(rational(asked));
            break;
          } catch (error) {
            if (!(error instanceof LpError) || error.code !== "ticket_params_expired") throw error;
            info = await world.info();
            session.update(info);
          }
        }
        const end = random.unit();
        if (end < 0.05) payment.notSent();
        else {
          tickets += payment.tickets.length;
          await world.receive(payment.header);
          // what the orchestrator asks for before it works
          const price = paymentIn(payment.header).expectedPrice;
          expect(world.recipient.hasBalance(world.key.address, world.balanceId, price)).toBe(true);
          if (end < 0.1) {
            debit(asked);
            payment.spent();
          } else {
            // estimates are about right, and up to 40 % too high
            const actual = BigInt(Math.floor(Number(asked) * (0.6 + 0.41 * random.unit())));
            debit(actual);
            payment.settle(actual);
          }
        }
        if (compareRational(world.balance, highest) > 0) highest = world.balance;
        await world.simulation.run(world.simulation.now + 2000);
        if (random.unit() < 0.01) {
          world.session++;
          info = await world.info();
          session.update(info);
          highest = rational(0n);
        }
      }
      expect(tickets).toBeGreaterThan(100);
      // not more than a few tickets ahead; each lost answer may add one
      expect(compareRational(highest, rational(60n * ticketEvWei))).toBeLessThan(0);
    },
  );

  it("sends tickets that did not leave with the next request", async () => {
    const session = newSender().session(await world.info());
    const first = await session.pay(rational(units));
    first.notSent();
    const again = await session.pay(rational(units));
    expect(again.header).toBe(first.header);
    expect(calls).toBe(1);
    await world.receive(again.header);
    again.settle(units);
    const next = await session.pay(rational(units));
    next.notSent();
    session.update(await world.info()); // another offer: what was made for the last one is void
    const fresh = await session.pay(rational(units));
    expect(fresh.tickets.map(({ senderNonce }) => senderNonce)[0]).toBe(1);
    expect(fresh.tickets.length).toBeGreaterThan(0);
  });

  it("pays one request after the other, however many overlap", async () => {
    const session = newSender().session(await world.info());
    const payments = await Promise.all(Array.from({ length: 8 }, () => session.pay(rational(units))));
    const nonces = payments.flatMap(({ tickets }) => tickets.map(({ senderNonce }) => senderNonce));
    expect(new Set(nonces).size).toBe(nonces.length);
    for (const { header } of payments) await world.receive(header);
  });

  it("asks no signer about a free orchestrator", async () => {
    const info = await world.info();
    if (info.priceInfo !== undefined) info.priceInfo.pricePerUnit = 0n;
    const sender = newSender();
    sender.checkOffer(info);
    const payment = await sender.session(info).pay(rational(units));
    expect(payment.tickets).toEqual([]);
    expect(paymentIn(payment.header).ticketParams).toBeUndefined();
    expect(calls).toBe(0);
  });

  it("tells a dear price, a stale offer, a refusal and an absent signer apart", async () => {
    const stale = newSender().session(await world.info());
    await world.simulation.run(world.simulation.now + 40 * 12_000);
    await expect(stale.pay(rational(units))).rejects.toMatchObject({ code: "ticket_params_expired", retryable: true });
    world.prices.setBase(rational(priceWei * 3n));
    const dear = newSender().session(await world.info());
    await dear.pay(rational(units));
    const info = await world.info();
    if (info.priceInfo !== undefined) info.priceInfo.pricePerUnit = priceWei * 6n;
    dear.update(info);
    await expect(dear.pay(rational(units))).rejects.toMatchObject({
      code: "price_exceeded",
      message: "the remote signer refused with 481: orchestrator price 6000 exceeds initial session price ceiling 3000",
    });
    world.funds = { ...world.funds, depositWei: 1n };
    world.session++;
    await expect(
      newSender()
        .session(await world.info())
        .pay(rational(units)),
    ).rejects.toMatchObject({
      code: "remote_signer_refused",
    });
    isDown = true;
    await expect(
      newSender()
        .session(await world.info())
        .pay(rational(units)),
    ).rejects.toMatchObject({
      code: "remote_signer_away",
      retryable: true,
    });
  });
});
