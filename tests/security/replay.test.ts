import { fromBinary } from "@bufbuild/protobuf";
import {
  type AuthToken,
  createSegData,
  encodeSegmentHeader,
  segmentWire,
  TranscodeResultSchema,
} from "@livepeer-ts/execution";
import { rational, readBody, silentLogger } from "@livepeer-ts/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { media, type PaidOrchestrator, startPaidOrchestrator } from "./fuzz/paid-orchestrator.ts";

let orchestrator: PaidOrchestrator;
let other: PaidOrchestrator;

beforeAll(async () => {
  orchestrator = await startPaidOrchestrator({ logger: silentLogger });
  other = await startPaidOrchestrator({ logger: silentLogger });
});
afterAll(async () => {
  await orchestrator.stop();
  await other.stop();
});

async function send(to: PaidOrchestrator, segmentHeader: string, paymentHeader: string): Promise<string> {
  const answer = await to.net.request({
    method: "POST",
    url: `${to.serviceUri}${segmentWire.segmentPath}`,
    header: new Headers({
      [segmentWire.segmentHeader]: segmentHeader,
      [segmentWire.paymentHeader]: paymentHeader,
      "content-type": segmentWire.mediaType,
    }),
    body: media,
    signal: AbortSignal.timeout(10_000),
  });
  const bytes = await readBody(answer.body, 1024 ** 2);
  if (answer.status !== 200) return `${answer.status} ${new TextDecoder().decode(bytes).trim()}`;
  return `200 ${fromBinary(TranscodeResultSchema, bytes).result.case}`;
}

async function captured() {
  const { info, session } = await orchestrator.gateway.open();
  const payment = await session.pay(rational(100_000n));
  const header = orchestrator.gateway.segmentHeader(info);
  const balance = () =>
    orchestrator.harness.balances.balance(orchestrator.gateway.signer.address, info.authToken?.sessionId ?? "");
  return { info, payment, header, balance };
}

describe("a captured exchange", () => {
  it("pays once: the same tickets again are refused, and credit nothing", async () => {
    const { payment, header, balance } = await captured();
    expect(await send(orchestrator, header, payment.header)).toBe("200 data");
    const before = balance();
    expect(await send(orchestrator, header, payment.header)).toMatch(/^400 invalid ticket senderNonce/);
    expect(balance()).toEqual(before);
  });

  it("pays in its own session only: in another one the same tickets credit nothing", async () => {
    const first = await captured();
    expect(await send(orchestrator, first.header, first.payment.header)).toBe("200 data");
    const second = await captured();
    expect(await send(orchestrator, second.header, first.payment.header)).toMatch(/^400 /);
    expect(second.balance().num).toBe(0n);
  });

  it("is worth nothing at another orchestrator", async () => {
    const { payment, header } = await captured();
    expect(await send(other, header, payment.header)).toBe("403 invalid auth token");
  });

  it("is worth nothing to another gateway: its credentials are signed by the one that sent them", async () => {
    const { info, payment } = await captured();
    const stranger = other.harness.signer;
    const header = encodeSegmentHeader(createSegData(orchestrator.gateway.claim(info), stranger));
    expect(await send(orchestrator, header, payment.header)).toBe("403 ErrSegSig");
  });

  it("cannot be stretched: a token with another session or a later end is refused", async () => {
    const { info, payment } = await captured();
    const token = info.authToken as AuthToken;
    for (const change of [{ sessionId: "00000000" }, { expiration: token.expiration + 3600n }]) {
      const header = orchestrator.gateway.segmentHeader(info, { authToken: { ...token, ...change } });
      expect(await send(orchestrator, header, payment.header)).toBe("403 invalid auth token");
    }
  });
});
