import { toBinary } from "@bufbuild/protobuf";
import { signerPaths, signerRoutes } from "@livepeer-ts/economics";
import { SignerWorld } from "@livepeer-ts/economics/testing";
import { encodeBase64, OrchestratorInfoSchema, routed } from "@livepeer-ts/execution";
import { noMetrics, readBody, utf8 } from "@livepeer-ts/kernel";
import { NodeNet, startHttpHost } from "@livepeer-ts/kernel/adapters";
import fc from "fast-check";
import { clientFaults, type FuzzTarget } from "./fuzz-target.ts";
import { mutatedBytes, mutatedJson, oneOf } from "./mutate.ts";
import { spoiledHttp } from "./spoiled-http.ts";

const anyJson = fc.json({ maxDepth: 6 });

/** A remote signer's HTTP interface. */
export const signerTarget: FuzzTarget = {
  name: "remote signer",
  weight: 3,
  // 480 and 482: the price or the session is not what it was (go-livepeer's numbers)
  allowed: new Set([...clientFaults, "403", "429", "480", "482", "closed"]),
  async start(logger) {
    const world = new SignerWorld({ priceWei: 1n, ticketEvWei: 1_000_000_000n });
    const signer = world.signer();
    const host = await startHttpHost({ port: 0 }, routed(signerRoutes({ signer, logger, metrics: noMetrics })), logger);
    const net = new NodeNet();
    const post = async (path: string, body: Uint8Array, method = "POST") => {
      const answer = await net.request({
        method,
        url: `${host.url}${path}`,
        header: new Headers({ "content-type": "application/json" }),
        body,
        signal: AbortSignal.timeout(15_000),
      });
      const text = new TextDecoder().decode(await readBody(answer.body, 1024 ** 2));
      return { status: String(answer.status), text };
    };
    const info = toBinary(OrchestratorInfoSchema, await world.info());
    const payment = { orchestrator: encodeBase64(info), manifestID: "m", inPixels: 1000, type: "lv2v" };
    const segment = {
      manifestId: "m",
      seqNo: 1,
      hash: `0x${"11".repeat(32)}`,
      profiles: ["P144p30fps16x9"],
      state: { State: encodeBase64(utf8("{}")), Sig: "" },
    };
    return {
      async shoot(random) {
        if (random.unit() < 0.1) return spoiledHttp(host.port, false, signerPaths.generateLivePayment, random);
        const [path, valid] = oneOf(random, [
          [
            signerPaths.generateLivePayment,
            { ...payment, orchestrator: encodeBase64(random.unit() < 0.5 ? info : mutatedBytes(info, random)) },
          ],
          [signerPaths.signSegment, segment],
          [signerPaths.signOrchestratorInfo, {}],
        ] as const);
        const dice = random.unit();
        const text =
          dice < 0.15
            ? (fc.sample(anyJson, { numRuns: 1, seed: random.u32() })[0] as string)
            : dice < 0.2
              ? "[".repeat(100_000)
              : JSON.stringify(mutatedJson(valid, random));
        const body = dice > 0.9 ? mutatedBytes(utf8(text), random) : utf8(text);
        return (await post(path, body, oneOf(random, ["POST", "POST", "POST", "GET", "PUT"]))).status;
      },
      async stillWorks() {
        const { status, text } = await post(signerPaths.generateLivePayment, utf8(JSON.stringify(payment)));
        if (status !== "200") throw new Error(`${status} ${text}`);
      },
      async stop() {
        await net.stop();
        await host.stop(0);
      },
    };
  },
};
