// How soon a gateway that knows a hundred orchestrators has one that works: a pushed segment is answered with its renditions once
// a session is there. A further segment of the same stream shows what the work itself takes.
import { join } from "node:path";
import { syntheticSegment } from "@livepeer-ts/media/testing";
import { type BenchGateway, BenchNodes, spreadOf } from "../bench-nodes.ts";
import { rounded } from "../bench-record.ts";
import { type Linked, startLinked } from "../overhead/process-link.ts";
import { ladderNames } from "./clip.ts";

const processes = 4;
const perProcess = 25;
const segmentBytes = 100_000;

/** Ms until a pushed segment is answered with its renditions. */
async function push(gateway: BenchGateway, stream: string, seqNo: number): Promise<number> {
  const { bytes } = syntheticSegment({ seqNo, sizeBytes: segmentBytes });
  const started = performance.now();
  const answer = await fetch(`${gateway.url}/live/${stream}/${seqNo}.ts`, {
    method: "PUT",
    headers: { accept: "multipart/mixed", "content-duration": "2000" },
    body: new Uint8Array(bytes),
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`the segment was answered with ${answer.status}`);
  return performance.now() - started;
}

/** Ms that the first segment of a stream took longer than the next ones: finding somebody for it. */
async function toSession(gateway: BenchGateway, stream: string): Promise<{ first: number; session: number }> {
  const first = await push(gateway, stream, 0);
  const later = [await push(gateway, stream, 1), await push(gateway, stream, 2)];
  return { first, session: Math.max(0, first - Math.min(...later)) };
}

export type DiscoveryFigures = Awaited<ReturnType<typeof measureDiscovery>>;

/** `runs` gateways, each with one cold stream and three more. */
export function measureDiscovery(runs: number) {
  return BenchNodes.with(async (nodes) => {
    const linked: Linked[] = [];
    try {
      for (let i = 0; i < processes; i++) linked.push(await startLinked("../e2e/orchestrators-process.ts", []));
      const started = linked.map((process, i) =>
        process.call<string[]>("start", { count: perProcess, folder: join(nodes.folder, `many-${i}`) }),
      );
      const addresses = (await Promise.all(started)).flat();
      const times = { cold: [] as number[], warm: [] as number[], firstAnswer: [] as number[] };
      for (let run = 0; run < runs; run++) {
        const gateway = await nodes.startGateway(addresses, ladderNames);
        const cold = await toSession(gateway, "cold");
        times.cold.push(cold.session);
        times.firstAnswer.push(cold.first);
        for (const stream of ["a", "b", "c"]) times.warm.push((await toSession(gateway, stream)).session);
        await gateway.node.stop();
      }
      return {
        orchestrators: addresses.length,
        processes,
        runs,
        coldMs: spreadOf(times.cold),
        knownMs: spreadOf(times.warm),
        firstAnswerMs: rounded(Math.max(...times.firstAnswer), 0),
      };
    } finally {
      await Promise.all(linked.map((process) => process.stop()));
    }
  });
}
