import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { SlotPool } from "@livepeer-ts/compute";
import { acceptAllPaymentRecipient, offChainSigner } from "@livepeer-ts/economics";
import {
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  parseOrchestratorOptions,
  segmentWire,
  startOrchestrator,
  type TranscodeResult,
  TranscodeResultSchema,
} from "@livepeer-ts/execution";
import { bodyOf, type HttpHandler, type HttpResponse, noMetrics, type Random, readBody } from "@livepeer-ts/kernel";
import {
  createSelfSignedCertificate,
  createTasks,
  NodeNet,
  startHttpHost,
  systemClock,
  systemRandom,
} from "@livepeer-ts/kernel/adapters";
import { looksLikeMedia } from "@livepeer-ts/media";
import { freePort } from "../../../node/src/supervisor/free-port.ts";
import { NodeProcess } from "../../support/node-process.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { grpcFrame } from "./grpc-frame.ts";
import { mutatedBytes, mutatedHeader, mutatedText, oneOf, uint } from "./mutate.ts";
import { media, modestRemux } from "./paid-orchestrator.ts";

const maxAnswerBytes = 8 * 1024 * 1024;
const grpcHeadBytes = 5;
const ladder = [{ name: "low", width: 160, height: 90, bitrate: 100_000, fps: 0 }];
const oddNumber = (random: Random) => oneOf(random, [0n, 1n, -1n, 2n ** 31n, 2n ** 63n - 1n, -(2n ** 63n)]);
const sometimes = (random: Random) => random.unit() < 0.4;

/** An offer in which some fields say something else. */
function spoiledOffer(info: OrchestratorInfo, random: Random): OrchestratorInfo {
  if (sometimes(random)) info.transcoder = mutatedText(info.transcoder, random);
  if (sometimes(random)) info.address = mutatedBytes(new Uint8Array(20), random);
  if (info.authToken !== undefined && sometimes(random)) {
    info.authToken.sessionId = mutatedText(info.authToken.sessionId, random);
    info.authToken.expiration = oddNumber(random);
    info.authToken.token = mutatedBytes(info.authToken.token, random);
  }
  if (info.priceInfo !== undefined && sometimes(random)) {
    info.priceInfo.pricePerUnit = oddNumber(random);
    info.priceInfo.pixelsPerUnit = oddNumber(random);
  }
  if (info.capabilities !== undefined && sometimes(random)) {
    info.capabilities.bitstring = info.capabilities.bitstring.map(() => oneOf(random, [0n, 2n ** 64n - 1n]));
    info.capabilities.version = mutatedText(info.capabilities.version, random);
  }
  return info;
}

/** A result in which some fields say something else. */
function spoiledResult(result: TranscodeResult, random: Random): TranscodeResult {
  if (result.info !== undefined && sometimes(random)) spoiledOffer(result.info, random);
  if (result.result.case !== "data") return result;
  if (random.unit() < 0.1) {
    result.result = { case: "error", value: mutatedText("OrchestratorBusy", random) };
    return result;
  }
  const data = result.result.value;
  if (sometimes(random)) data.sig = mutatedBytes(data.sig, random);
  for (const segment of data.segments) {
    if (sometimes(random)) segment.url = mutatedText(segment.url, random);
    if (sometimes(random)) segment.pixels = oddNumber(random);
  }
  if (random.unit() < 0.2)
    data.segments = data.segments.flatMap((one) => Array.from({ length: uint(random, 3) }, () => one));
  return result;
}

/** What a message says, changed field by field; bytes that are no message stay as they are. */
function spoiledFields(path: string, bytes: Uint8Array, random: Random): Uint8Array {
  if (path.endsWith("/GetOrchestrator") && bytes.length > grpcHeadBytes) {
    const info = fromBinary(OrchestratorInfoSchema, bytes.subarray(grpcHeadBytes));
    return grpcFrame(toBinary(OrchestratorInfoSchema, spoiledOffer(info, random)));
  }
  if (path !== segmentWire.segmentPath) return mutatedBytes(bytes, random);
  try {
    return toBinary(TranscodeResultSchema, spoiledResult(fromBinary(TranscodeResultSchema, bytes), random));
  } catch {
    return bytes;
  }
}

const oddHeaders: Readonly<Record<string, readonly string[]>> = {
  "content-encoding": ["gzip", "br", "deflate, gzip", "identity", ""],
  "content-type": ["text/html", "application/grpc+json", "multipart/mixed; boundary=x", ""],
  location: ["http://169.254.169.254/latest", "//", "/"],
  "grpc-status": ["0", "13", "99", "x"],
  "grpc-encoding": ["gzip", "x"],
};

/** A real answer, and what a liar makes of it. */
async function spoiledAnswer(path: string, answer: HttpResponse, random: Random): Promise<HttpResponse> {
  const bytes = await readBody(answer.body, maxAnswerBytes);
  const header = new Headers(answer.header);
  // the length would be another one
  header.delete("content-length");
  const spoiled = { ...answer, header, body: bodyOf(bytes) };
  const dice = random.unit();
  if (dice < 0.25) return spoiled;
  if (dice < 0.6) return { ...spoiled, body: bodyOf(spoiledFields(path, bytes, random)) };
  if (dice < 0.75) return { ...spoiled, body: bodyOf(mutatedBytes(bytes, random)) };
  if (dice < 0.85) return { ...spoiled, status: oneOf(random, [204, 206, 302, 307, 400, 404, 500, 503]) };
  if (dice < 0.93) {
    const [name, values] = oneOf(random, Object.entries(oddHeaders));
    header.set(name, oneOf(random, values));
    return spoiled;
  }
  const trailer = new Headers(answer.trailer?.());
  for (const name of ["grpc-status", segmentWire.receiptHeader, segmentWire.receiptSignatureHeader])
    if (sometimes(random)) trailer.set(name, mutatedHeader(trailer.get(name) ?? "0", random));
  return { ...spoiled, trailer: () => trailer };
}

/** Where in an exchange a liar lies: a gateway that is refused at the first step never comes to the others. */
const places: Readonly<Record<string, (path: string) => boolean>> = {
  offer: (path) => path.startsWith("/net."),
  result: (path) => path === segmentWire.segmentPath,
  rendition: (path) => !path.startsWith("/net.") && path !== segmentWire.segmentPath,
};

type Lie = { readonly random: Random; readonly isHere: (path: string) => boolean };

/** A real orchestrator off chain, behind somebody who changes what it says; nothing is changed while `current` is empty. */
async function startLiar(current: () => Lie | undefined) {
  const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
  const port = await freePort();
  const tasks = createTasks("liar", logger);
  const net = new NodeNet();
  const backend = modestRemux();
  const role = startOrchestrator(
    parseOrchestratorOptions({ serviceUri: `https://127.0.0.1:${port}`, maxSessions: 1_000_000 }),
    {
      ...{ clock: systemClock(), random: systemRandom(), net, tasks, logger, metrics: noMetrics, backend },
      ...{ signer: offChainSigner, recipient: acceptAllPaymentRecipient, receipts: undefined },
      slots: new SlotPool({ slots: 4 }),
    },
  );
  const handler: HttpHandler = async (request) => {
    const answer = await role.handler(request);
    const lie = current();
    const path = new URL(request.url).pathname;
    return lie?.isHere(path) === true ? spoiledAnswer(path, answer, lie.random) : answer;
  };
  const host = await startHttpHost({ port, tls: await createSelfSignedCertificate("127.0.0.1") }, handler, logger);
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      await host.stop(0);
      await role.stop();
      await tasks.stop();
      await net.stop();
      await backend.close();
    },
  };
}

/** Watches a stream from its master playlist down. Returns what lies in each variant, by its first path segment. */
async function watch(base: string, name: string): Promise<Map<string, Uint8Array[]>> {
  const read = async (url: string) => {
    const answer = await fetch(url);
    if (answer.status !== 200) throw new Error(`a player gets ${answer.status} for ${url}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const lines = async (url: string) => {
    const text = new TextDecoder().decode(await read(url));
    if (!text.startsWith("#EXTM3U")) throw new Error(`a player gets no playlist from ${url}`);
    return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  };
  const master = `${base}/stream/${name}.m3u8`;
  const variants = new Map<string, Uint8Array[]>();
  for (const variant of await lines(master)) {
    const url = new URL(variant, master).href;
    const segments: Uint8Array[] = [];
    for (const line of await lines(url)) segments.push(await read(new URL(line, url).href));
    variants.set(url.split("/").at(-1) ?? "", segments);
  }
  return variants;
}

/** Why a player may not get this; undefined when it may. */
function complaint(variants: ReadonlyMap<string, readonly Uint8Array[]>): string | undefined {
  const source = variants.get("source.m3u8") ?? [];
  if (source.length !== 1 || !Buffer.from(source[0] as Uint8Array).equals(media))
    return "the source is not what was pushed";
  const bad = [...variants].find(([, segments]) => segments.some((bytes) => !looksLikeMedia(bytes)));
  return bad === undefined ? undefined : `${bad[0]} holds what is no media`;
}

/** What a player gets from a gateway process whose only orchestrator is real, and whose every answer is spoiled on the way. */
export const playerTarget: FuzzTarget = {
  name: "player behind a lying orchestrator",
  weight: 0.1,
  allowed: new Set(["source and renditions", "source alone"]),
  async start() {
    let lie: Lie | undefined;
    let count = 0;
    const folder = await mkdtemp(join(tmpdir(), "livepeer-player-fuzz-"));
    const profiles = join(folder, "ladder.json");
    await writeFile(profiles, JSON.stringify(ladder));
    const liar = await startLiar(() => lie);
    const gateway = await NodeProcess.start([
      ...["-gateway", "-dataDir", folder, "-transcodingOptions", profiles, "-maxSessions", "1000000"],
      ...["-httpAddr", "127.0.0.1:0", "-rtmpAddr", "127.0.0.1:0", "-orchAddr", liar.address, "-localVerify"],
    ]);
    const base = `http://127.0.0.1:${gateway.facts["httpPort"]}`;
    /** Pushes one segment of a stream of its own and watches it. */
    const pushAndWatch = async () => {
      const name = `stream${count++}`;
      const pushed = await fetch(`${base}/live/${name}/0.ts`, {
        method: "PUT",
        headers: { "content-duration": "2000" },
        body: new Uint8Array(media),
      });
      await pushed.arrayBuffer();
      return watch(base, name);
    };
    let turn = Promise.resolve();
    /** One after the other: the liar knows only the current source of spoiling. */
    const alone = <T>(work: () => Promise<T>): Promise<T> => {
      const done = turn.then(work);
      turn = done.then(
        () => {},
        () => {},
      );
      return done;
    };
    return {
      shoot: (given) =>
        alone(async () => {
          lie = { random: given, isHere: oneOf(given, Object.values(places)) };
          const variants = await pushAndWatch();
          const wrong = complaint(variants);
          if (wrong !== undefined) return wrong;
          return (variants.get("low.m3u8") ?? []).length > 0 ? "source and renditions" : "source alone";
        }),
      stillWorks: () =>
        alone(async () => {
          lie = undefined;
          const variants = await pushAndWatch();
          const wrong = complaint(variants) ?? (variants.get("low.m3u8")?.length === 1 ? undefined : "no rendition");
          if (wrong !== undefined) throw new Error(`${wrong}; the gateway says:\n${gateway.log.slice(-2000)}`);
        }),
      async stop() {
        await gateway.stop();
        await liar.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};
