import {
  bodyOf,
  formatRational,
  type HttpResponse,
  LpError,
  type NetRequest,
  readBody,
  silentLogger,
  toAddress,
  utf8,
} from "@livepeer-ts/kernel";
import { type SimHost, Simulation } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { WebhookGatewayCheck, type WebhookGatewayCheckOptions } from "./webhook-gateway-check.ts";

const alice = toAddress(`0x${"aa".repeat(20)}`);
const bob = toAddress(`0x${"bb".repeat(20)}`);
let simulation: Simulation;
let host: SimHost;
let asked: { body: string; authorization: string | null }[];
let answer: (signal: AbortSignal) => Promise<{ status: number; body: string }>;

const says = (status: number, body = "") => {
  answer = async () => ({ status, body });
};

function newCheck(options: Partial<WebhookGatewayCheckOptions> = {}): WebhookGatewayCheck {
  const request = async ({ body, header, signal }: NetRequest): Promise<HttpResponse> => {
    const bytes = body instanceof Uint8Array ? body : await readBody(body ?? bodyOf(new Uint8Array(0)), 1000);
    asked.push({ body: new TextDecoder().decode(bytes), authorization: header.get("authorization") });
    const said = await answer(signal);
    return { status: said.status, header: new Headers(), body: bodyOf(utf8(said.body)) };
  };
  return new WebhookGatewayCheck(
    { url: "http://me:pw@hook/gateways", ...options },
    { net: { request }, clock: host.clock, logger: silentLogger },
  );
}

const later = (ms: number) => simulation.run(simulation.now + ms);
const price = (check: WebhookGatewayCheck) => {
  const found = check.priceFor(alice);
  return found === undefined ? undefined : formatRational(found);
};

beforeEach(() => {
  simulation = new Simulation(1);
  host = simulation.host("orchestrator");
  asked = [];
  says(200);
});

describe("a webhook that knows the gateways", () => {
  it("is asked for the checksummed address, once in half an hour", async () => {
    const check = newCheck();
    await check.admit(alice);
    await later(29 * 60_000);
    await check.admit(alice);
    expect(asked).toEqual([
      { body: '{"id":"0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa"}', authorization: `Basic ${btoa("me:pw")}` },
    ]);
    await later(2 * 60_000);
    await check.admit(alice);
    await check.admit(bob);
    expect(asked).toHaveLength(3);
  });

  it("names a price or none", async () => {
    const check = newCheck();
    await check.admit(alice);
    expect(price(check)).toBeUndefined();
    says(200, '{"priceInfo":{"pricePerUnit":6,"pixelsPerUnit":4}}');
    await later(31 * 60_000);
    await check.admit(alice);
    expect(price(check)).toBe("3/2");
    says(200, "{}");
    await later(31 * 60_000);
    await check.admit(alice);
    expect(price(check)).toBeUndefined();
  });

  it.each([
    "no json",
    '{"priceInfo":{"pricePerUnit":1.5,"pixelsPerUnit":1}}',
    '{"priceInfo":{"pricePerUnit":1,"pixelsPerUnit":0}}',
    '{"priceInfo":{"pricePerUnit":-1,"pixelsPerUnit":1}}',
    '{"priceInfo":{"pricePerUnit":"1","pixelsPerUnit":1}}',
  ])("lets nobody in with a price that is none: %s", async (body) => {
    says(200, body);
    await expect(newCheck().admit(alice)).rejects.toMatchObject({
      code: "gateway_unknown",
      message: expect.stringMatching(/^authentication failed: the webhook/),
    });
  });

  it("refuses in go-livepeer's words, and is asked again soon", async () => {
    says(403, "not paid\n");
    const check = newCheck();
    for (let i = 0; i < 3; i++)
      await expect(check.admit(alice)).rejects.toMatchObject({
        code: "gateway_refused",
        message: "authentication failed: not paid",
      });
    expect(asked).toHaveLength(1);
    says(200);
    await later(6000);
    await check.admit(alice);
  });

  it("may be away for a while when it had let a gateway in, and only then", async () => {
    const check = newCheck();
    await check.admit(alice);
    answer = async () => {
      throw new LpError({ code: "net_dial", message: "connection refused" });
    };
    await expect(check.admit(bob)).rejects.toThrow("authentication failed: connection refused");
    await later(45 * 60_000);
    await check.admit(alice);
    await later(20 * 60_000);
    await expect(check.admit(alice)).rejects.toMatchObject({ code: "gateway_unknown", retryable: true });
  });

  it("is waited for five seconds, and asked once for all who wait", async () => {
    answer = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    const check = newCheck();
    const outcomes = Promise.allSettled([check.admit(alice), check.admit(alice)]);
    await later(4900);
    expect(asked).toHaveLength(1);
    await later(200);
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("is remembered for so many gateways and no more", async () => {
    const check = newCheck({ maxGateways: 1 });
    await check.admit(alice);
    await check.admit(bob);
    await check.admit(alice);
    expect(asked).toHaveLength(3);
  });
});
