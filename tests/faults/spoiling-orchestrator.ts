import { create, toBinary } from "@bufbuild/protobuf";
import { SlotPool } from "@livepeer-ts/compute";
import { acceptAllPaymentRecipient, offChainSigner } from "@livepeer-ts/economics";
import {
  decodeSegmentHeader,
  parseOrchestratorOptions,
  segmentWire,
  startOrchestrator,
  TranscodeDataSchema,
  TranscodedSegmentDataSchema,
  type TranscodeResult,
  TranscodeResultSchema,
} from "@livepeer-ts/execution";
import {
  bodyOf,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  noMetrics,
  silentLogger,
  utf8,
} from "@livepeer-ts/kernel";
import {
  createSelfSignedCertificate,
  createTasks,
  NodeNet,
  startHttpHost,
  systemClock,
  systemRandom,
} from "@livepeer-ts/kernel/adapters";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { ladder } from "./off-chain-network.ts";

const noise = (size: number) => Uint8Array.from({ length: size }, (_, i) => (Math.imul(i, 2654435761) >>> 11) & 255);
const answer = (status: number, body: AsyncIterable<Uint8Array>, header: Record<string, string> = {}) => ({
  status,
  header: new Headers(header),
  body,
});

async function* broken(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error("the spoiler breaks its answer off");
}

async function* endless(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const chunk = noise(1 << 20); !signal.aborted; ) yield chunk;
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

function result(outcome: TranscodeResult["result"]): HttpResponse {
  return answer(200, bodyOf(toBinary(TranscodeResultSchema, create(TranscodeResultSchema, { result: outcome }))));
}

/** A result that points at `<base>/spoiled/<kind>`, one URL per rendition. */
function pointing(base: string, kind: string, count: number = ladder.length): HttpResponse {
  const url = `${base}/spoiled/${kind}`;
  const segments = Array.from({ length: count }, () => create(TranscodedSegmentDataSchema, { url, pixels: 1n }));
  return result({ case: "data", value: create(TranscodeDataSchema, { segments }) });
}

type Spoil = (request: HttpRequest, base: string) => HttpResponse | Promise<HttpResponse>;

/** Every way to answer a segment wrongly. */
export const spoils = {
  "random bytes": () => answer(200, bodyOf(noise(5000))),
  "JSON instead of a result": () =>
    answer(200, bodyOf(utf8('{"renditions":[]}')), { "content-type": "application/json" }),
  "a page with status 500": () => answer(500, bodyOf(utf8("<html>oops</html>"))),
  "nothing at all": () => answer(200, bodyOf(new Uint8Array(0))),
  "an answer that breaks off": () => answer(200, broken(noise(64)), { "content-length": "5000" }),
  "an answer without end": (request) => answer(200, endless(request.signal)),
  "no answer": (request) => untilAborted(request.signal),
  "an error nobody knows": () => result({ case: "error", value: "the moon is in the wrong place" }),
  "a result without an outcome": () => result({ case: undefined }),
  "too few renditions": (_, base) => pointing(base, "noise", 1),
  "renditions that are not there": (_, base) => pointing(base, "gone"),
  "renditions of random bytes": (_, base) => pointing(base, "noise"),
  "renditions that break off": (_, base) => pointing(base, "cut"),
  "renditions without end": (_, base) => pointing(base, "endless"),
  "renditions at a closed port": () => pointing("https://127.0.0.1:9", "noise"),
} as const satisfies Readonly<Record<string, Spoil>>;

export type SpoilName = keyof typeof spoils;

function spoiledRendition(request: HttpRequest): HttpResponse {
  const kind = new URL(request.url).pathname.split("/").at(-1);
  if (kind === "noise") return answer(200, bodyOf(noise(40_000)));
  if (kind === "cut") return answer(200, broken(noise(100)), { "content-length": "40000" });
  if (kind === "endless") return answer(200, endless(request.signal));
  return answer(404, bodyOf(utf8("gone")));
}

const names = Object.keys(spoils) as SpoilName[];

/** An orchestrator that offers itself in good form and answers every segment with garbage, over TLS like a real one. */
export class SpoilingOrchestrator {
  readonly address: string;
  /** What it does to the segments of a stream; everything in turn where none is set. */
  readonly spoils = new Map<string, SpoilName>();
  readonly #hits = new Map<string, number>();
  #turn = 0;
  #stop = async () => {};

  private constructor(address: string) {
    this.address = address;
  }

  static async start(): Promise<SpoilingOrchestrator> {
    const port = await freePort();
    const spoiler = new SpoilingOrchestrator(`127.0.0.1:${port}`);
    const base = `https://${spoiler.address}`;
    const tasks = createTasks("spoiler", silentLogger);
    const net = new NodeNet();
    const role = startOrchestrator(parseOrchestratorOptions({ serviceUri: base, maxSessions: 1000 }), {
      ...{ clock: systemClock(), random: systemRandom(), net, tasks, logger: silentLogger, metrics: noMetrics },
      ...{ signer: offChainSigner, recipient: acceptAllPaymentRecipient, receipts: undefined, backend: undefined },
      slots: new SlotPool({ slots: 1 }),
    });
    const handler: HttpHandler = (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/spoiled/")) return Promise.resolve(spoiledRendition(request));
      return pathname === segmentWire.segmentPath ? spoiler.#segment(request, base) : role.handler(request);
    };
    const host = await startHttpHost(
      { port, tls: await createSelfSignedCertificate("127.0.0.1") },
      handler,
      silentLogger,
    );
    spoiler.#stop = async () => {
      await host.stop(0);
      await role.stop();
      await tasks.stop();
      await net.stop();
    };
    return spoiler;
  }

  /** Segments of a stream that came here. */
  hits(manifestId: string): number {
    return this.#hits.get(manifestId) ?? 0;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  async #segment(request: HttpRequest, base: string): Promise<HttpResponse> {
    for await (const _ of request.body); // read to the end, as a real one does
    const { manifestId } = decodeSegmentHeader(request.header.get(segmentWire.segmentHeader) ?? "");
    this.#hits.set(manifestId, this.hits(manifestId) + 1);
    const spoil: Spoil = spoils[this.spoils.get(manifestId) ?? (names[this.#turn++ % names.length] as SpoilName)];
    return spoil(request, base);
  }
}
