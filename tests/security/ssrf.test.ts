import { createServer, type Server } from "node:net";
import { create } from "@bufbuild/protobuf";
import { createPostUpload } from "@livepeer-ts/data";
import { CapabilitiesSchema, OrchestratorClient, segmentWire } from "@livepeer-ts/execution";
import { testSigner } from "@livepeer-ts/execution/testing";
import { keccak256, rational, readBody, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { NodeNet, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { peerNet } from "../../node/src/roles/peer-net.ts";
import { startPaidOrchestrator } from "./fuzz/paid-orchestrator.ts";
import { privateUrlForms } from "./url-forms.ts";

// a node as an operator starts it: a public service URI, nothing allowed
const trusted = new NodeNet();
const peers = peerNet({ named: ["https://orchestrator.example.com:8935"], chainId: 42_161n, allowEgress: [] }, trusted);
const traps: Server[] = [];
const caught: string[] = [];
let port = 0;

function listen(host: string, at: number): Promise<number> {
  const trap = createServer((socket) => {
    caught.push(`${host} from ${socket.remotePort}`);
    socket.destroy();
  });
  traps.push(trap);
  return new Promise((resolve, reject) => {
    trap.once("error", reject);
    trap.listen(at, host, () => resolve((trap.address() as { port: number }).port));
  });
}

beforeAll(async () => {
  // every address of this machine, IPv6 where there is any
  port = await listen("0.0.0.0", 0);
  await listen("::1", port).catch(() => {});
});
afterAll(async () => {
  await peers.stop();
  await trusted.stop();
  for (const trap of traps) trap.close();
});

const within = () => AbortSignal.timeout(20_000);
const forms = () => privateUrlForms(port);

describe("URLs that peers name", () => {
  it("are 120 and more kinds here, and the trap is one that a request would reach", async () => {
    expect(new Set(forms()).size).toBeGreaterThanOrEqual(120);
    await trusted
      .request({ method: "GET", url: `http://127.0.0.1:${port}/`, header: new Headers(), signal: within() })
      .catch(() => {});
    expect(caught).toHaveLength(1);
    caught.length = 0;
  });

  it("lead an orchestrator nowhere as the body of a segment; each is answered with BadRequest", async () => {
    const orchestrator = await startPaidOrchestrator({ logger: silentLogger, net: peers });
    try {
      const { info, session } = await orchestrator.gateway.open();
      const send = async (url: string) => {
        const payment = await session.pay(rational(1n));
        const answer = await orchestrator.net.request({
          method: "POST",
          url: `${orchestrator.serviceUri}${segmentWire.segmentPath}`,
          header: new Headers({
            [segmentWire.segmentHeader]: orchestrator.gateway.segmentHeader(info, { hash: keccak256(utf8("x")) }),
            [segmentWire.paymentHeader]: payment.header,
            "content-type": segmentWire.uriType,
          }),
          body: utf8(url),
          signal: within(),
        });
        payment.settle(0n);
        return `${answer.status} ${new TextDecoder().decode(await readBody(answer.body, 10_000)).trim()}`;
      };
      const answers = await Promise.all(forms().map(async (url) => [url, await send(url)]));
      expect(answers).toEqual(forms().map((url) => [url, "400 BadRequest"]));
    } finally {
      await orchestrator.stop();
    }
    expect(caught).toEqual([]);
  });

  it("lead a gateway nowhere as renditions, or as an orchestrator's service URI", async () => {
    const client = new OrchestratorClient({ net: peers, clock: systemClock(), signer: testSigner(1) });
    const options = { ignoreCapacityCheck: true, timeoutMs: 3000, signal: within() };
    const ask = async (url: string) => {
      await expect(client.download(url, 3000, within()), url).rejects.toThrow();
      await expect(
        client.getInfo(url.replace(/\/x\.ts$/, ""), create(CapabilitiesSchema), options),
        url,
      ).rejects.toThrow();
    };
    await Promise.all(forms().map(ask));
    expect(caught).toEqual([]);
  });

  it("lead nobody anywhere as object stores that are posted to", async () => {
    const post = createPostUpload({ clock: systemClock(), random: systemRandom(), net: peers }, { maxTries: 1 });
    const credentials = {
      storageType: "s3",
      key: "k",
      policy: "p",
      signature: "s",
      credential: "c",
      xAmzDate: "d",
    } as const;
    const put = async (url: string) => {
      const upload = post({ ...credentials, host: url.replace(/\/x\.ts$/, "") }, "x.ts", utf8("x"), {
        contentType: "video/mp2t",
        signal: within(),
      });
      await expect(upload, url).rejects.toThrow();
    };
    await Promise.all(forms().map(put));
    expect(caught).toEqual([]);
  });
});
