import { create } from "@bufbuild/protobuf";
import {
  OrchestratorInfoSchema,
  ResultRejected,
  TicketParamsSchema,
  TranscodeDataSchema,
  TranscodedSegmentDataSchema,
  type WorkResult,
} from "@livepeer-ts/execution";
import { bodyOf, type HttpRequest, keccak256, readBody, utf8 } from "@livepeer-ts/kernel";
import { SimNet, Simulation } from "@livepeer-ts/kernel/testing";
import { presetProfile, scanSegment, type VideoProfile } from "@livepeer-ts/media";
import { beforeEach, expect, it } from "vitest";
import type { SharedFolder } from "../ports/shared-folder.ts";
import { createExternalResultVerifier } from "./external-result-verifier.ts";

const good = { video_available: true, audio_available: true, audio_dist: 0, pixels: 77, tamper: 0, ocsvm_dist: 0.5 };
const profile = presetProfile("P240p30fps16x9") as VideoProfile;

let asked: unknown;
let answer: { status: number; text: string };
let shared: string[];
let removed: number;

const folder: SharedFolder = {
  async share(files) {
    shared = files.map(({ name, bytes }) => `${name} ${bytes.length}`);
    return {
      paths: files.map(({ name }) => `/stream/x/${name}`),
      async remove() {
        removed++;
      },
    };
  },
};

const work: WorkResult = {
  manifestId: "m",
  uri: "https://o.test",
  source: { seqNo: 1, bytes: new Uint8Array(9), durationMs: 2000, container: "mpegts" },
  sourceScan: scanSegment(new Uint8Array(9), "mpegts"),
  profiles: [profile],
  renditions: [{ bytes: new Uint8Array(5), hash: keccak256(new Uint8Array(5)) }],
  info: create(OrchestratorInfoSchema, {
    ticketParams: create(TicketParamsSchema, { recipient: new Uint8Array(20).fill(0xab) }),
  }),
  data: create(TranscodeDataSchema, { segments: [create(TranscodedSegmentDataSchema, { url: "x", pixels: 77n })] }),
};

beforeEach(() => {
  asked = undefined;
  removed = 0;
  answer = { status: 200, text: JSON.stringify({ source: "s", results: [good] }) };
});

/** What the verifier makes of the answer: its checks, or the refusal. */
async function verify(result: WorkResult = work, timeoutMs = 1000) {
  const sim = new Simulation(1);
  const net = new SimNet(sim);
  const [server, gateway] = [sim.host("v"), sim.host("g")];
  net.mount("http://v.test", server, async (request: HttpRequest) => {
    asked = JSON.parse(new TextDecoder().decode(await readBody(request.body, 1e6)));
    if (answer.status === 0) await new Promise(() => {});
    return { status: answer.status, header: new Headers(), body: bodyOf(utf8(answer.text)) };
  });
  const deps = { net: net.port(gateway), clock: gateway.clock, folder };
  const verifier = createExternalResultVerifier({ url: "http://v.test/verify", timeoutMs }, deps);
  const outcome = verifier.verify(result, gateway.tasks.signal).catch((error: unknown) => error as ResultRejected);
  await sim.run(20_000);
  return outcome;
}

it("asks as the protocol's gateways do, and takes its files away afterwards", async () => {
  expect(await verify()).toEqual([{ check: "classifier", outcome: "passed", rendition: null, detail: null }]);
  expect(asked).toEqual({
    source: "/stream/x/source",
    renditions: [
      {
        uri: "/stream/x/P240p30fps16x9",
        resolution: { width: 426, height: 240 },
        frame_rate: 30,
        pixels: 77,
      },
    ],
    orchestratorID: "ab".repeat(20),
  });
  expect(shared).toEqual(["source 9", "P240p30fps16x9 5"]);
  expect(removed).toBe(1);
  await verify({ ...work, info: create(OrchestratorInfoSchema, {}) });
  expect(asked).toMatchObject({ orchestratorID: "https://o.test" });
});

it.each<[string, object, string, boolean]>([
  ["other audio", { audio_dist: 0.1 }, "AudioMismatch", false],
  ["a tampered picture", { tamper: 1 }, "Tampered", true],
  ["no video", { video_available: false }, "VideoUnavailable", false],
  ["other pixels", { pixels: 76 }, "PixelMismatch", true],
  ["other audio before a tampered picture", { audio_dist: 1, tamper: 1 }, "AudioMismatch", false],
])("refuses %s", async (_what, change, message, isKept) => {
  answer = { status: 200, text: JSON.stringify({ results: [{ ...good, ...change }] }) };
  const refused = (await verify()) as ResultRejected;
  expect(refused).toBeInstanceOf(ResultRejected);
  expect(refused).toMatchObject({ message, retryable: isKept });
  expect(refused.score !== undefined).toBe(isKept);
  expect(refused.checks).toMatchObject([{ check: "classifier", outcome: "failed", rendition: profile.name }]);
});

it("takes the less tampered of two for the better one", async () => {
  const scoreOf = async (ocsvm_dist: number) => {
    answer = { status: 200, text: JSON.stringify({ results: [{ ...good, tamper: 1, ocsvm_dist }] }) };
    return ((await verify()) as ResultRejected).score as number;
  };
  expect(await scoreOf(2)).toBeGreaterThan(await scoreOf(-2));
});

it.each<[string, number, string, string]>([
  ["an error of its own", 500, "oops", "VerifierStatus"],
  ["something else", 200, "<html>", "its answer is no list of results"],
  ["nothing useful", 200, "null", "its answer is no list of results"],
  ["no answer", 0, "", ""],
])("holds %s of the classifier against nobody, and says so in the record", async (_what, status, text, said) => {
  answer = { status, text };
  const [check] = (await verify()) as unknown as [{ outcome: string; detail: string }];
  expect(check.outcome).toBe("skipped");
  expect(check.detail).toContain(said);
  expect(removed).toBe(1);
});
