import { rounded } from "../bench-record.ts";
import type { RunReport } from "./client-process.ts";
import { type Linked, type ServerFigures, startLinked } from "./process-link.ts";

const seconds = 5;
const perSecond = 4;
/** What the bare server needs on a machine for which limits in CPU time are meant, ms. */
const meantForMs = 12;

/** CPU per segment of 2 MB, ms. */
export type BareCpu = { readonly server: number; readonly relay: number };

/**
 * How fast this machine is now: a bare HTTP/2 server takes a segment, hashes it and answers `answerBytes`; a bare relay hands it on
 * to that server as well and hashes the answer.
 */
export async function bareCpuMs(answerBytes: number): Promise<BareCpu> {
  const server = await startLinked("reference-process.ts", [String(answerBytes)]);
  const relay = await startLinked("reference-process.ts", [String(answerBytes), await server.call<string>("uri")]);
  const client = await startLinked("client-process.ts", []);
  const measured = async (process: Linked) => {
    const uri = await process.call<string>("uri");
    await client.call<RunReport>("reference", { uri, perSecond, seconds: 2 });
    await process.call("begin");
    const { latenciesMs } = await client.call<RunReport>("reference", { uri, perSecond, seconds });
    return rounded(((await process.call<ServerFigures>("end")).cpuSec * 1000) / latenciesMs.length, 2);
  };
  try {
    return { server: await measured(server), relay: await measured(relay) };
  } finally {
    await Promise.all([client, relay, server].map((process) => process.stop()));
  }
}

/** By how much this machine is slower than the one that limits in CPU time are meant for; 1 when it is not. */
export function slowness(looks: readonly BareCpu[]): number {
  return Math.max(1, Math.min(...looks.map(({ server }) => server)) / meantForMs);
}
